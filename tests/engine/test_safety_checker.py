"""The real checker class on tiny random weights: what it is shown, what it says, and what is refused as one."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.devices import plan_device
from engine.errors import ModelError
from engine.flops import vision_work
from engine.options import EngineOptions
from engine.rows import plan_rows
from engine.safety.checker import SafetyChecker, load_checker, verdicts
from engine.safety.views import views_of
from tests.engine.tiny_checkers import SIDE, a_module, embeddings_of, pixels_of, save_checker
from tests.engine.watching import watch

PLAN = plan_device("cpu")
ROWS = plan_rows("cpu", EngineOptions())


def loaded(folder: Path, told: Callable[[int], None] = lambda _: None) -> SafetyChecker:
    with torch.no_grad():
        return load_checker(str(folder), "", PLAN, ROWS, told)


def a_picture(seed: int, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """Large patches in random colours."""
    patches = np.random.default_rng(seed).integers(256, size=(4, 4, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a checker that knows picture 0."""
    return save_checker(
        tmp_path_factory.mktemp("checker") / "own", a_picture(0), [a_picture(seed) for seed in range(1, 30)]
    )


@pytest.fixture
def spoilt(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / "spoilt")


@torch.no_grad()
def test_a_verdict_is_that_of_the_class_and_its_pictures_do_not_turn_black() -> None:
    module, pictures = a_module(), [a_picture(seed) for seed in range(40)]
    scores = embeddings_of(module, pictures)[:, 0]
    module.concept_embeds[2, 0], module.concept_embeds_weights[2] = 1, 0
    module.concept_embeds[2, 1:] = 0
    module.concept_embeds_weights[2] = scores.median()
    pixels = pixels_of(pictures)
    _, stock = module(clip_input=pixels, images=[np.ones((2, 2, 3))] * 40)
    before = pixels.clone()
    assert verdicts(module, pixels).tolist() == stock
    assert 10 < sum(stock) < 30
    assert torch.equal(before, pixels)


@torch.no_grad()
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_flagged_although_the_class_lets_it_pass(value: float) -> None:
    module, pixels = a_module(), pixels_of([a_picture(0), a_picture(1)])
    pixels[1, 0, 3, 3] = value
    assert module(pixels, torch.zeros(2, 1))[1] == [False, False]
    assert verdicts(module, pixels).tolist() == [False, True]


@torch.no_grad()
def test_a_tower_that_overflows_flags_everything(spoilt: Path) -> None:
    tensors = load_file(spoilt / "model.safetensors")
    weights = tensors["visual_projection.weight"]
    weights *= 3e38 / weights.abs().max()
    save_file(tensors, spoilt / "model.safetensors", {"format": "pt"})
    assert loaded(spoilt).flags([a_picture(7)])


@torch.no_grad()
def test_a_checker_from_a_folder_knows_its_picture_whatever_its_size(folder: Path) -> None:
    checker = loaded(folder)
    assert [checker.flags([a_picture(seed)]) for seed in range(30)] == [True] + [False] * 29
    assert checker.flags([a_picture(0, (160, 160))])
    assert checker.flags([a_picture(1), a_picture(0)]), "one view is enough"
    assert not checker.flags([a_picture(1), a_picture(2)])


@torch.no_grad()
def test_a_flagged_picture_leaves_no_line_in_the_log_and_other_warnings_do(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("diffusers.pipelines.stable_diffusion.safety_checker")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.WARNING, logger.name):
            assert loaded(folder).flags([a_picture(0)])
            logger.warning("something else")
    finally:
        logger.removeHandler(caplog.handler)
    assert {record.message for record in caplog.records} == {"something else"}


@torch.no_grad()
def test_a_long_picture_is_squeezed_and_not_cut(folder: Path) -> None:
    assert loaded(folder).flags(views_of(a_picture(0).resize((5 * SIDE, SIDE)), 5 * SIDE)[:1])


def test_its_bytes_are_told_before_it_goes_to_the_device(folder: Path) -> None:
    told: list[int] = []
    loaded(folder, told.append)
    assert told == [sum(tensor.nbytes for tensor in load_file(folder / "model.safetensors").values())]


def test_the_work_of_a_picture_grows_with_the_tower() -> None:
    work = vision_work(a_module().vision_model)
    weights = sum(tensor.numel() for tensor in a_module().vision_model.encoder.parameters())
    assert 2 * 17 * weights * 0.8 < work < 2 * 17 * weights * 1.5, "17 tokens see each weight"


@torch.no_grad()
def test_the_published_layout_of_files_and_names_is_read(folder: Path, tmp_path: Path) -> None:
    """The weights of 2022 nest the tower twice and carry its positions; the processor has another name there."""
    tensors = load_file(folder / "model.safetensors")
    renamed = {
        name.replace("vision_model.", "vision_model.vision_model.", 1): tensor
        for name, tensor in tensors.items()
    }
    renamed["vision_model.vision_model.embeddings.position_ids"] = torch.arange(17)[None]
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole / "safety_checker")
    (whole / "feature_extractor").mkdir()
    (whole / "safety_checker" / "preprocessor_config.json").unlink()
    save_file(renamed, whole / "safety_checker" / "model.safetensors", {"format": "pt"})
    old = {"feature_extractor_type": "CLIPFeatureExtractor", "size": SIDE, "crop_size": SIDE, "resample": 3}
    old |= {"do_resize": True, "do_center_crop": True, "do_normalize": True}
    old |= {
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    (whole / "feature_extractor" / "preprocessor_config.json").write_text(json.dumps(old))
    checker = loaded(whole)
    assert [checker.flags([a_picture(seed)]) for seed in range(5)] == [True] + [False] * 4


def test_weights_of_another_format_are_refused_unopened(spoilt: Path) -> None:
    (spoilt / "model.safetensors").unlink()
    torch.save(a_module().state_dict(), spoilt / "pytorch_model.bin")
    with watch() as seen, pytest.raises(ModelError):
        loaded(spoilt)
    assert not seen.unpickled
    assert spoilt / "pytorch_model.bin" not in seen.opened_below(spoilt)


@pytest.mark.parametrize("fault", ["missing", "nan", "cut", "side"])
def test_weights_that_are_not_whole_are_refused(spoilt: Path, fault: str) -> None:
    file = spoilt / "model.safetensors"
    tensors = load_file(file)
    if fault == "missing":
        del tensors["concept_embeds"]
    if fault == "nan":
        tensors["concept_embeds"][3, 1] = torch.nan
    save_file(tensors, file, {"format": "pt"})
    if fault == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    if fault == "side":
        settings = json.loads((spoilt / "preprocessor_config.json").read_text())
        settings |= {"crop_size": {"height": 48, "width": 48}}
        (spoilt / "preprocessor_config.json").write_text(json.dumps(settings))
    with pytest.raises((ModelError, ValueError, RuntimeError)):
        loaded(spoilt)


@pytest.mark.parametrize(
    ("source", "revision"), [("nobody/nothing", ""), ("/no/such/place", ""), ("nobody/nothing", "main")]
)
def test_a_source_that_is_not_here_or_not_pinned_is_refused(source: str, revision: str) -> None:
    with pytest.raises(ModelError):
        load_checker(source, revision, PLAN, ROWS, lambda _: None)


def test_a_picture_of_the_models_own_shape_is_seen_once() -> None:
    for size in ((512, 512), (640, 512), (704, 512), (512, 704), (768, 768)):
        assert [view.size for view in views_of(Image.new("RGB", size), 512)] == [size]


def test_large_and_long_pictures_are_seen_in_squares_too() -> None:
    sizes = [view.size for view in views_of(Image.new("RGB", (512, 512)), 128)]
    assert sizes == [(512, 512)] + 5 * [(308, 308)]
    assert [view.size for view in views_of(Image.new("RGB", (192, 128)), 128)] == [(192, 128)] + 2 * [
        (128, 128)
    ]
    assert len(views_of(Image.new("RGB", (64, 2048)), 128)) > 32


@pytest.mark.parametrize("size", [(512, 512), (128, 300), (2048, 96), (1000, 700), (17, 16), (1, 9)])
def test_the_squares_cover_every_spot_and_one_that_is_small_is_whole_in_one_of_them(
    size: tuple[int, int],
) -> None:
    """In one of 0.6 of the shorter side that overlaps its neighbours by a fifth, anything of a tenth is whole."""
    random, short = Random(1), min(size)
    for _ in range(40):
        spot = max(1, short // 10)
        left, top = (random.randint(0, length - spot) for length in size)
        picture = Image.new("L", size, 0)
        picture.paste(255, (left, top, left + spot, top + spot))
        squares = views_of(picture, 0)[1:]
        assert max(int(np.count_nonzero(np.asarray(view))) for view in squares) == spot * spot


def test_a_picture_too_small_to_be_cut_is_seen() -> None:
    assert all(min(view.size) >= 1 for view in views_of(Image.new("RGB", (1, 1)), 0))
