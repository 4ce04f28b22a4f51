"""What may be loaded, from where, and that nothing in a model's files can run code."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.catalogue import ModelCatalogue, ModelKind, ModelSource
from engine.devices import describe_device, plan_device
from engine.digests import Digests
from engine.errors import ModelError, UnknownModel
from engine.models import LoadedModel, load_model
from tests.engine.watching import watch

UNET = "unet/diffusion_pytorch_model.safetensors"


class Canary:
    """Pickled, it creates a file wherever it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.path,)


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[bytes]:
    """A pickle that must never be read; at the end it must not have been."""
    sung = tmp_path / "canary-sang"
    yield pickle.dumps({"state_dict": Canary(sung)})
    assert not sung.exists()


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A copy of the tiny SD1.x folder, to be spoilt."""
    return shutil.copytree(models / "sd15", tmp_path / "model")


def load(path: Path, **changes: object) -> LoadedModel:
    source = ModelSource(name="studied", source=str(path), **changes)  # type: ignore[arg-type]
    return load_model(source, plan_device("cpu"), Digests())


@pytest.mark.parametrize(
    "name", ["m.ckpt", "m.pt", "m.pth", "m.bin", "m.pkl", "m.safetensors.pt", "m.SAFETENSORS", "m"]
)
def test_a_file_of_another_format_is_not_even_opened(tmp_path: Path, canary: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(canary)
    with watch() as seen, pytest.raises(ModelError, match=r"was not opened; only \.safetensors is"):
        load(path)
    assert seen.opened_below(tmp_path) == []
    assert not seen.unpickled


def test_a_pickle_with_a_false_name_is_not_read(tmp_path: Path, canary: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(canary)
    with watch() as seen, pytest.raises(ModelError, match="no valid safetensors file"):
        load(path)
    assert not seen.unpickled


@pytest.mark.parametrize("component", ["unet", "vae", "text_encoder"])
@pytest.mark.parametrize("name", ["diffusion_pytorch_model.bin", "pytorch_model.bin", "model.ckpt"])
def test_a_folder_whose_weights_are_pickles_is_not_read(
    folder: Path, canary: bytes, component: str, name: str
) -> None:
    for weights in (folder / component).glob("*.safetensors"):
        weights.unlink()
    (folder / component / name).write_bytes(canary)
    with watch() as seen, pytest.raises(ModelError, match=f"Its {component} has no .safetensors weights"):
        load(folder)
    assert all(path.suffix == ".json" or ".safetensors" in path.name for path in seen.opened_below(folder))
    assert not seen.unpickled


def test_pickles_beside_good_weights_are_left_alone(folder: Path, canary: bytes) -> None:
    for name in ("unet/diffusion_pytorch_model.bin", "text_encoder/pytorch_model.bin", "unet/spoilt.pt"):
        (folder / name).write_bytes(canary)
    with watch() as seen:
        load(folder)
    assert not [path for path in seen.opened_below(folder) if path.suffix in (".bin", ".pt")]
    assert not seen.unpickled


@pytest.mark.parametrize("shard", ["spoilt.bin", "../spoilt.safetensors", "/spoilt.safetensors", 7, None])
def test_an_index_may_only_name_safetensors_beside_it(folder: Path, canary: bytes, shard: object) -> None:
    (folder / "unet" / "spoilt.bin").write_bytes(canary)
    index = {"metadata": {}, "weight_map": {"conv_in.weight": shard}}
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    with (
        watch() as seen,
        pytest.raises(ModelError, match=r"names something else than \.safetensors files beside it"),
    ):
        load(folder)
    assert not seen.unpickled


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("_class_name", ["my_pipeline", "Mine"]),
        ("_class_name", "FluxPipeline"),
        ("unet", ["my_unet", "UNet2DConditionModel"]),
        ("unet", ["diffusers", "FluxTransformer2DModel"]),
        ("text_encoder", ["transformers", "T5EncoderModel"]),
        ("tokenizer", "CLIPTokenizer"),
        ("vae", [None, None]),
        ("scheduler", ["diffusers", "StableDiffusionPipeline"]),
        ("scheduler", ["os", "EulerScheduler"]),
    ],
)
def test_a_folder_may_only_name_the_classes_that_the_engine_knows(
    folder: Path, key: str, value: object
) -> None:
    index = json.loads((folder / "model_index.json").read_bytes())
    (folder / "model_index.json").write_text(json.dumps(index | {key: value}))
    with pytest.raises(ModelError, match=r"The model studied cannot be used\. "):
        load(folder)


def test_program_code_in_a_folder_does_not_run(folder: Path, tmp_path: Path) -> None:
    code = f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()"
    for name in ("pipeline.py", "unet/diffusers.py", "text_encoder/transformers.py", "unet/unet.py"):
        (folder / name).write_text(code)
    load(folder)
    assert not (tmp_path / "ran").exists()


def _header(header: object, data: bytes = b"", size: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


_ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
MALFORMED = {
    "empty": b"",
    "short": b"\x01\x02\x03",
    "header of 100 MB and more": _header({"a": _ONE}, bytes(4), size=100_000_001),
    "header longer than the file": _header({"a": _ONE}, bytes(4), size=5000),
    "header of no JSON": _header(b"{not json", bytes(4)),
    "header of a list": _header([1, 2]),
    "deep header": _header(b'{"a":' * 5000),
    "no dtype": _header({"a": {"shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
    "unknown dtype": _header({"a": _ONE | {"dtype": "OBJ"}}, bytes(4)),
    "shape and offsets disagree": _header({"a": _ONE | {"shape": [9]}}, bytes(4)),
    "offsets beyond the end": _header({"a": _ONE | {"shape": [2], "data_offsets": [0, 8]}}, bytes(4)),
    "a hole": _header({"a": _ONE, "b": _ONE | {"data_offsets": [8, 12]}}, bytes(12)),
    "an overlap": _header({"a": _ONE, "b": _ONE | {"data_offsets": [2, 6]}}, bytes(6)),
    "negative shape": _header({"a": _ONE | {"shape": [-1]}}, bytes(4)),
    "data after the end": _header({"a": _ONE}, bytes(4000)),
    "truncated": None,
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_malformed_safetensors_are_refused_in_a_sentence(
    folder: Path, models: Path, tmp_path: Path, content: bytes | None
) -> None:
    whole = (models / "sd15.safetensors").read_bytes()
    path = tmp_path / "m.safetensors"
    path.write_bytes(whole[:-100] if content is None else content)
    with pytest.raises(
        ModelError, match=r"The model studied cannot be used. m.safetensors is no valid safetensors"
    ):
        load(path)
    (folder / UNET).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=r"diffusion_pytorch_model\.safetensors is no valid safetensors"):
        load(folder)


def test_a_folder_that_lacks_tensors_is_refused(folder: Path) -> None:
    tensors = load_file(folder / UNET)
    del tensors["conv_out.weight"], tensors["conv_out.bias"]
    save_file(tensors, folder / UNET, {"format": "pt"})
    with pytest.raises(ModelError, match=r"Its unet weights are incomplete \(tensors missing: 2\)"):
        load(folder)


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("first_stage_model.decoder.conv_out", "The owner finds the reason in the log"),
        (
            "cond_stage_model.transformer.text_model.final_layer_norm",
            "Its text_encoder weights are incomplete",
        ),
    ],
)
def test_a_file_that_lacks_tensors_is_refused(models: Path, tmp_path: Path, prefix: str, words: str) -> None:
    tensors = load_file(models / "sd15.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith(prefix)}
    assert len(kept) == len(tensors) - 2
    save_file(kept, tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match=words):
        load(tmp_path / "m.safetensors", config=str(models / "sd15.config"))


def test_weights_of_other_shapes_are_refused(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    tensors = load_file(folder / UNET)
    tensors["conv_out.weight"] = torch.zeros(3, 3)
    save_file(tensors, folder / UNET, {"format": "pt"})
    with pytest.raises(ModelError, match="The owner finds the reason in the log"):
        load(folder)
    assert "conv_out.weight" in caplog.text


def test_a_single_file_needs_the_configuration_of_its_family(models: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.safetensors"
    shutil.copy(models / "sdxl.safetensors", alone)
    with pytest.raises(
        ModelError, match=r"put a diffusers folder of the family sdxl .* beside it as alone\.config"
    ):
        load(alone)
    assert load(alone, config=str(models / "sdxl.config")).kind is ModelKind.SDXL
    with pytest.raises(ModelError, match="of the family sdxl, its configuration of sd15"):
        load(alone, config=str(models / "sd15.config"))


@pytest.mark.parametrize("name", ["unet/diffusion_pytorch_model.safetensors", "lora.safetensors"])
def test_a_file_that_is_no_whole_model_says_so(models: Path, tmp_path: Path, name: str) -> None:
    path = models / "sd15" / name
    if not path.exists():
        path = tmp_path / name
        save_file({"lora_unet.lora_down.weight": torch.zeros(1)}, path)
    with pytest.raises(ModelError, match=r"holds no whole Stable Diffusion 1\.x or XL model"):
        load(path)


def test_kind_and_sha256_are_held_to_what_the_settings_say(models: Path) -> None:
    digest = Digests().of_file(models / "sd15.safetensors")
    assert load(models / "sd15.safetensors", kind=ModelKind.SD15, sha256=digest).digest == digest
    with pytest.raises(ModelError, match="of the family sd15, the settings say sdxl"):
        load(models / "sd15", kind=ModelKind.SDXL)
    with pytest.raises(ModelError, match=f"is {digest}, the settings say {'0' * 64}"):
        load(models / "sd15.safetensors", sha256="0" * 64)


def test_a_variant_is_taken_where_there_is_one(folder: Path) -> None:
    plain = load(folder)
    tensors = {name: tensor * 2 for name, tensor in load_file(folder / UNET).items()}
    save_file(tensors, folder / "unet" / "diffusion_pytorch_model.fp16.safetensors", {"format": "pt"})
    variant = load(folder, variant="fp16")
    assert variant.digest != plain.digest
    assert load(folder).digest == plain.digest
    before, after = plain.pipeline.unet.conv_in.weight, variant.pipeline.unet.conv_in.weight
    assert torch.equal(before * 2, after)


def test_a_digest_changes_with_the_weights_and_is_remembered(folder: Path, tmp_path: Path) -> None:
    memory, weights = tmp_path / "digests.json", folder / UNET
    first = Digests(memory).of_file(weights)
    with watch() as seen:
        assert Digests(memory).of_file(weights) == first
    assert weights not in seen.opened_below(folder)
    tensors = load_file(weights)
    save_file({name: tensor + 1 for name, tensor in tensors.items()}, weights)
    assert Digests(memory).of_file(weights) != first
    memory.write_text("[broken")
    assert Digests(memory).of_file(weights) != first


HOSTILE = [
    "../sd15", "/etc/passwd", "sd15/../../x", "sd15\0", "C:\\models", "\\\\host\\share", "a" * 300, "~root", "",
    ".", "..", "sd15 ", " sd15", "SD15", "sd15\n", "\u202esd15", "file:///etc/passwd", "$HOME", "*", "%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_name_is_only_a_key_that_is_not_there(
    models: Path, catalogue: ModelCatalogue, name: str
) -> None:
    with watch() as seen, pytest.raises(UnknownModel) as caught:
        catalogue.get(name)
    assert seen.opened == []
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.isascii()
    assert len(sentence) < 400
    assert "the models here are: sd15, sdxl" in sentence


@pytest.mark.parametrize("name", [name for name in HOSTILE if name not in ("SD15",)])
def test_a_model_cannot_be_given_a_hostile_name(name: str) -> None:
    with pytest.raises(ModelError, match="is not 1 to 64 letters"):
        ModelSource(name=name, source="somewhere")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": ""}, "has no source"),
        ({"source": "a\0b"}, "has no source"),
        ({"source": "owner/name", "revision": "main"}, "pin a commit"),
        ({"source": "owner/name", "revision": "v1.0"}, "pin a commit"),
        ({"source": "../name", "revision": "0" * 40}, "is no hub id"),
        ({"source": "x/y/z", "revision": "0" * 40}, "is no hub id"),
        ({"source": "here", "sha256": "abc"}, "must be 64 lower-case hexadecimal digits"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_at_once(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ModelError, match=words):
        ModelSource(**({"name": "m"} | changes))  # type: ignore[arg-type]


def test_two_models_cannot_share_a_name() -> None:
    with pytest.raises(ModelError, match="Two models are called m"):
        ModelCatalogue([ModelSource(name="m", source="a"), ModelSource(name="m", source="b")])


def test_a_missing_path_says_how_a_hub_id_is_written() -> None:
    with pytest.raises(ModelError, match="if owner/name is a hub id, pin its revision"):
        load(Path("owner/name"))
    with pytest.raises(ModelError, match="are not where the settings say"):
        load(Path("/nowhere/at/all"))


def test_a_hub_model_that_cannot_be_fetched_says_so() -> None:
    with pytest.raises(ModelError, match="could not be fetched from the hub at that revision"):
        load(Path("owner/name"), revision="0" * 40)


def test_the_cpu_draws_in_single_precision() -> None:
    description = describe_device(plan_device("cpu"))
    assert (description.kind, description.precision) == ("cpu", "float32")
    assert description.memory > 2**28
    assert plan_device("cpu", "float16").dtype is torch.float16
