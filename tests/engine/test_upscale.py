"""Pictures made larger: by drawing in tiles, by a network, and by resampling alone."""

from __future__ import annotations

import contextlib
import itertools
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.catalogue import ModelCatalogue
from engine.devices import plan_device
from engine.events import Failed, Finished, Picture, Progress, Started
from engine.executor import Executor
from engine.options import EngineOptions
from engine.request import AdapterUse, PictureRequest, RequestError, UpscaleMethod
from engine.sentence import Sentence
from engine.tiling import plan_tiling
from engine.upscaling_network import UpscalingNetwork, enlarge
from tests.engine.asking import a_png, a_request, an_upscale, difference, events_of, picture_of
from tests.engine.crowds import Drawing, Studio, forwards_of
from tests.engine.seams import file_of, pixels_of, steepest
from tests.engine.test_memory import room_for
from tests.few import few

PROMPT = "a blue boat on the sea"
DEMO = {"model": "demo", "prompt": PROMPT, "width": 64, "height": 64, "sampler": "", "guidance": 3.0}
TILES = len(plan_tiling(128, 128, (64, 64)))  # of the boat made twice as large


@pytest.fixture(scope="module")
def boat(exact: Studio) -> bytes:
    """64 × 64."""
    return file_of(pixels_of(exact.alone(a_request(**DEMO, steps=10)).picture))


def resampled(image: bytes, factor: int) -> Picture:
    with Image.open(BytesIO(image)) as file:
        size = (file.width * factor, file.height * factor)
        return Picture(*size, file.convert("RGB").resize(size, Image.Resampling.LANCZOS).tobytes())


def starts(side: int) -> list[int]:
    """Where tiles of 64 begin or end, but for the picture's own edges."""
    axis = plan_tiling(side, side, (64, 64)).across
    places = {place for start in axis.starts for place in (start, start + axis.size)}
    return sorted(places - {0, axis.length})


@pytest.mark.parametrize("factor", few([2, 4], 1))
@pytest.mark.parametrize("shape", few([((37, 50), "RGBA"), ((64, 64), "RGB"), ((9, 100), "L")], 1))
@pytest.mark.parametrize("method", [UpscaleMethod.TILES, UpscaleMethod.LANCZOS])
def test_the_result_is_that_many_times_as_large(
    exact: Studio, method: UpscaleMethod, shape: tuple[tuple[int, int], str], factor: int
) -> None:
    size, mode = shape
    request = an_upscale(a_png(mode=mode, size=size), factor=factor, method=method, steps=2)
    finished = exact.alone(request)
    assert (finished.picture.width, finished.picture.height) == (size[0] * factor, size[1] * factor)
    assert finished.upscaled_by == method


@pytest.mark.long
@pytest.mark.parametrize("model", ["sd15", "sdxl"])
def test_models_of_every_kind_redraw_in_tiles(exact: Studio, model: str) -> None:
    image = a_png(size=(80, 64))
    finished = exact.alone(an_upscale(image, model=model, sampler="euler_a", adapters=()))
    assert finished.picture != exact.alone(an_upscale(image, model=model, sampler="euler_a", seed=2)).picture
    assert finished.rows == exact.alone(a_request(model=model)).rows, "a tile has the model's own size here"
    assert len(bytes.fromhex(finished.model_hash)) == 32


@pytest.mark.long
def test_an_adapter_acts_in_every_tile(exact: Studio) -> None:
    plain, ink = (
        exact.alone(an_upscale(a_png(), model="sd15", adapters=adapters))
        for adapters in ((), (AdapterUse("ink"),))
    )
    assert plain.picture != ink.picture
    assert [used.name for used in ink.adapters] == ["ink"]


@pytest.mark.long
def test_no_seam_shows_between_tiles(exact: Studio) -> None:
    """Tiles that were drawn each for itself, with other noise and without an overlap, show one."""
    boat = exact.alone(a_request(**DEMO | {"width": 128, "height": 128}, steps=10)).picture
    large, apart = resampled(file_of(pixels_of(boat)), 2), np.zeros((256, 256, 3))
    drawn = exact.alone(an_upscale(file_of(pixels_of(boat)), strength=0.5)).picture
    for top, left in itertools.product((0, 64, 128, 192), repeat=2):
        tile = (slice(top, top + 64), slice(left, left + 64))
        start = file_of(pixels_of(large)[tile])
        request = a_request(**DEMO, image=start, strength=0.5, steps=10, seed=top + left)
        apart[tile] = pixels_of(exact.alone(request).picture)
    assert steepest(pixels_of(drawn), starts(256)) < 1
    assert steepest(apart, [64, 128, 192]) > 1.2


@pytest.mark.long
def test_the_less_strength_the_nearer_is_the_result_to_the_picture(exact: Studio, boat: bytes) -> None:
    start = pixels_of(resampled(boat, 2))
    distances = [
        np.abs(pixels_of(exact.alone(an_upscale(boat, strength=strength)).picture) - start).mean()
        for strength in (0.0, 0.4, 0.9)
    ]
    assert distances == sorted(distances)
    assert distances[0] < 15


def test_progress_counts_the_tiles_of_all_steps(exact: Studio, boat: bytes) -> None:
    drawing = Drawing(an_upscale(boat, steps=10, strength=0.4))
    exact.draw([drawing])
    steps = [event for event in drawing.events if isinstance(event, Progress)]
    assert {step.total for step in steps} == {4 * TILES}
    assert [step.step for step in steps] == sorted({step.step for step in steps})
    assert steps[-1].step == 4 * TILES


def test_tiles_share_forwards(exact: Studio, boat: bytes) -> None:
    rows: list[int] = []
    first = exact.pipeline("demo").unet.conv_in
    upscale = an_upscale(boat, steps=2, strength=1.0)
    with forwards_of(first, lambda sample: rows.append(len(sample))):
        exact.alone(upscale)
    assert rows == [6] * (2 * -(-TILES // 3)), "three tiles with guidance fill one, and all are drawn twice"


def test_a_tile_shares_forwards_with_pictures_of_its_size(exact: Studio) -> None:
    rows: list[int] = []
    upscale = Drawing(an_upscale(a_png(size=(32, 32)), steps=8, strength=1.0))
    pictures = [Drawing(a_request(**DEMO, seed=seed, steps=8)) for seed in range(3)]
    with forwards_of(exact.pipeline("demo").unet.conv_in, lambda sample: rows.append(len(sample))):
        exact.draw([upscale, *pictures])
    assert rows == [6] * len(rows)
    assert len(rows) < 12, "apart they take sixteen"


@pytest.mark.parametrize(
    "sampler", ["", *(pytest.param(name, marks=pytest.mark.long) for name in ("euler_a", "dpmpp_2m_sde"))]
)
@pytest.mark.long
def test_beside_others_the_bytes_are_the_same(exact: Studio, boat: bytes, sampler: str) -> None:
    upscales = [an_upscale(boat, sampler=sampler, steps=4, strength=0.5, seed=seed) for seed in range(2)]
    pictures = [a_request(**DEMO | {"seed": seed}) for seed in range(4)]
    requests: list[PictureRequest] = [*upscales, *pictures]
    alone = [exact.alone(request).picture for request in requests]
    drawings = exact.churn([Drawing(request) for request in requests], Random(3))
    assert [drawing.picture for drawing in drawings] == alone


@pytest.mark.long
def test_where_memory_runs_out_the_picture_is_the_same_but_for_rounding(exact: Studio, boat: bytes) -> None:
    request = an_upscale(boat, steps=4)
    expected = exact.alone(request)
    with room_for(exact.pipeline("demo").unet.conv_in, lambda: 3, []):
        strained = exact.alone(request)
    assert difference(strained.picture.rgb, expected.picture.rgb) <= 1
    assert (strained.rows, expected.rows) == (3, 6)


async def test_an_upscale_is_taken_back_between_two_forwards(
    small_catalogue: ModelCatalogue, boat: bytes, decodes: list[str]
) -> None:
    async with Executor(small_catalogue, EngineOptions(device="cpu", threads=1)) as executor:
        request, last = an_upscale(boat, steps=150, strength=1.0), 0
        async for event in executor.submit(request):
            if isinstance(event, Progress):
                last = event.step
                executor.cancel(request.id)
        await executor.drain()
    assert isinstance(event, Failed)
    assert event.cancelled
    assert last < 150 * TILES
    assert decodes == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"image": b"no picture"}, "The picture cannot be read; send a PNG, JPEG or WebP file."),
        (
            {"image": a_png(size=(2000, 1100)), "factor": 4},
            "The picture would have 8000 × 4400 pixels; at most ",
        ),
        ({"image": a_png(), "sampler": "eular"}, "There is no sampler 'eular'; the samplers are: euler, "),
        ({"image": a_png(), "model": "dall-e"}, "There is no model 'dall-e'; the models here are: sd15, "),
        ({"image": a_png(), "method": UpscaleMethod.NETWORK}, "There is no upscaling network here; "),
    ],
)
def test_what_cannot_be_made_larger_is_refused_with_a_sentence(
    exact: Studio, changes: dict[str, Any], words: str
) -> None:
    image = changes.pop("image")
    drawing = exact.draw([Drawing(an_upscale(image, **changes))])[0]
    failed = drawing.events[-1]
    assert isinstance(failed, Failed)
    assert failed.refused
    assert failed.sentence.startswith(words)
    assert isinstance(failed.sentence, Sentence), "what can be said in another language"


@pytest.mark.parametrize("changes", [{"factor": 3}, {"steps": 0}, {"strength": 1.1}, {"seed": -1}])
def test_a_request_outside_the_legal_ranges_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match=r"choose 2 or 4|must be from"):
        an_upscale(a_png(), **changes)


async def test_resampling_is_pillows_and_loads_no_model(shared_executor: Executor) -> None:
    image = a_png(size=(30, 20))
    request = an_upscale(image, method=UpscaleMethod.LANCZOS, model="of no importance")
    events = await events_of(shared_executor, request)
    assert [type(event) for event in events] == [Started, Finished]
    assert await picture_of(shared_executor, an_upscale(image, method=UpscaleMethod.LANCZOS)) == resampled(
        image, 2
    )


def nearest(factor: int) -> UpscalingNetwork:
    """A network that only repeats pixels."""

    def run(pixels: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.interpolate(pixels, scale_factor=factor)

    return UpscalingNetwork("nearest", "", factor, run, plan_device("cpu"))


@pytest.mark.parametrize("size", [(30, 20), (300, 70), (64, 600)])
def test_a_networks_tiles_are_joined_to_what_it_makes_of_the_whole(size: tuple[int, int]) -> None:
    random = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3))
    steps: list[tuple[int, int]] = []
    request = an_upscale(file_of(random), method=UpscaleMethod.NETWORK, factor=4)
    picture = enlarge(nearest(4), request, lambda done, total, _: steps.append((done, total)))
    assert np.array_equal(pixels_of(picture), random.repeat(4, 0).repeat(4, 1))
    tiles = len(plan_tiling(*size, (256, 256)))
    assert steps == [(done, tiles) for done in range(1, tiles + 1)]


def test_where_a_network_has_another_scale_the_rest_is_resampled() -> None:
    request = an_upscale(a_png(size=(30, 20)), method=UpscaleMethod.NETWORK, factor=2)
    for scale in (1, 2, 4):
        picture = enlarge(nearest(scale), request, lambda *_: None)
        assert (picture.width, picture.height) == (60, 40)


def test_a_network_draws_in_a_crowd_and_is_named(
    small_catalogue: ModelCatalogue, boat: bytes, tmp_path: Path
) -> None:
    arch = pytest.importorskip("spandrel.architectures.ESRGAN", reason="the extra esrgan is not installed")
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = arch.ESRGAN(scale=4, num_filters=8, num_blocks=1)
    file = tmp_path / "4x-Tiny.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, file)
    with Studio(small_catalogue, upscaler=file) as studio:
        request = an_upscale(boat, method=UpscaleMethod.NETWORK, factor=4)
        alone = studio.alone(request)
        crowd = [Drawing(request), *(Drawing(a_request(seed=seed)) for seed in range(4))]
        studio.draw(crowd)
    assert crowd[0].picture == alone.picture
    assert (alone.picture.width, alone.upscaled_by, len(alone.model_hash)) == (512, "4x-Tiny", 64)


@pytest.mark.parametrize("name", ["4x.pth", "4x.safetensors"])
def test_a_file_that_is_no_network_is_not_loaded(
    small_catalogue: ModelCatalogue, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"\x80\x04cos\nsystem\n")
    with Studio(small_catalogue, upscaler=tmp_path / name) as studio:
        drawing = studio.draw([Drawing(an_upscale(a_png(), method=UpscaleMethod.NETWORK))])[0]
    assert drawing.sentence.startswith(f"The upscaling network 4x cannot be used. {name} ")


def test_without_the_extra_library_a_sentence_says_how_to_get_it(
    small_catalogue: ModelCatalogue, models: Path
) -> None:
    with contextlib.suppress(ImportError, RuntimeError):
        import spandrel  # noqa: F401

        pytest.skip("the extra esrgan is installed")
    with Studio(small_catalogue, upscaler=models / "sd15.safetensors") as studio:
        drawing = studio.draw([Drawing(an_upscale(a_png(), method=UpscaleMethod.NETWORK))])[0]
    assert "pip install 'atelier[esrgan]'" in drawing.sentence
