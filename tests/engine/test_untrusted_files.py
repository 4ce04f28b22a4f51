"""Nothing in a model's files can run code, and what is broken is refused before it is loaded."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import ModelError
from tests.engine.loading import UNET, load
from tests.engine.watching import watch


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
