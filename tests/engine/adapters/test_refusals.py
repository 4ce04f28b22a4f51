"""Files and names that are wrong are refused in a sentence, and nothing of them stays behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.catalogue import AdapterKind, AdapterSource, ModelCatalogue, ModelKind
from engine.digests import Digests
from engine.errors import AdapterError, UnknownAdapter
from engine.request import AdapterUse, RequestError, normalise
from tests.engine.adapters.studio import Studio, draw, embedding, lora
from tests.engine.test_catalogue import HOSTILE
from tests.engine.test_untrusted_files import MALFORMED, Canary
from tests.engine.watching import watch
from tests.few import few


def spoil(tensors: dict[str, torch.Tensor], how: str) -> dict[str, torch.Tensor]:
    first = next(name for name in tensors if name.startswith("unet") and name.endswith("lora.up.weight"))
    last = next(name for name in tensors if name.startswith("text_encoder") and name.endswith("up.weight"))
    match how:
        case "lacks a matrix":
            del tensors[last]
        case "has a layer too many":
            tensors["unet.no.such.layer.lora.down.weight"] = torch.ones(4, 16)
            tensors["unet.no.such.layer.lora.up.weight"] = torch.ones(16, 4)
        case "is of no component":
            tensors = {f"transformer.{name}": tensor for name, tensor in tensors.items()}
        case "has another rank in one half":
            tensors[last] = torch.ones(16, 9)
        case "has another width":
            tensors[first] = torch.ones(77, 4)
        case "is not a number":
            tensors[first][0] = torch.nan
        case "is a vector":
            tensors[first] = torch.ones(4)
        case "is of another method":
            tensors[first.replace("lora.up.weight", "dora_scale")] = torch.ones(4, 4)
        case "is an embedding":
            tensors = {"emb_params": torch.ones(1, 16)}
        case "is empty":
            tensors = {}
    return tensors


def test_an_adapter_named_twice_is_refused(sd15: Studio) -> None:
    with pytest.raises(RequestError, match="The adapter 'ink' is named twice"):
        sd15.adapters.load((AdapterUse("ink"), AdapterUse("ink", 0.5)), ())
    with pytest.raises(RequestError, match="There are 9 adapters; at most 8 can act together"):
        normalise(tuple(AdapterUse(f"a{i}") for i in range(9)))


def test_an_unknown_adapter_names_the_known_ones(sd15: Studio) -> None:
    for weight in (0, 1):
        with pytest.raises(UnknownAdapter, match="no LoRA 'chalk'; the LoRAs here are: ink, clay, wool"):
            sd15.adapters.load((AdapterUse("chalk", weight),), ())
    with pytest.raises(RequestError, match="one is an embedding; write <one> into the prompt instead"):
        sd15.adapters.load((AdapterUse("one"),), ())


@pytest.mark.parametrize("name", few(HOSTILE, 6))
def test_a_hostile_adapter_name_is_only_a_key_that_is_not_there(sd15: Studio, name: str) -> None:
    with watch() as seen, pytest.raises(UnknownAdapter) as caught:
        sd15.adapters.load((AdapterUse(name),), (name,))
    assert seen.opened == []
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_a_lora_of_the_other_family_is_refused_and_leaves_nothing(studio: Studio, files: Path) -> None:
    other = next(kind for kind in ModelKind if kind is not studio.kind)
    studio.add(lora("foreign", files / f"{other}-ink.safetensors"))
    plain, layers = draw(studio.pipeline), studio.layers()
    with pytest.raises(AdapterError, match=r"The adapter foreign cannot be used"):
        studio.adapters.load((AdapterUse("foreign"),), ())
    assert studio.layers() == layers
    assert torch.equal(draw(studio.pipeline), plain)
    clay = studio.draw(AdapterUse("clay"))
    with pytest.raises(AdapterError, match=r"The adapter foreign cannot be used"):
        studio.adapters.activate((AdapterUse("foreign"),))
    assert torch.equal(draw(studio.pipeline), clay)
    assert torch.equal(studio.draw(), plain)


def test_the_family_and_sha256_of_the_settings_are_held_to(studio: Studio, files: Path) -> None:
    file = files / f"{studio.kind}-ink.safetensors"
    other = next(kind for kind in ModelKind if kind is not studio.kind)
    studio.add(lora("declared", file, model=other))
    with pytest.raises(
        AdapterError, match=f"It is for models of the family {other}, this one is {studio.kind}"
    ):
        studio.adapters.load((AdapterUse("declared"),), ())
    studio.add(lora("swapped", file, sha256="0" * 64))
    with pytest.raises(AdapterError, match=f"the settings say {'0' * 64}"):
        studio.adapters.load((AdapterUse("swapped"),), ())
    studio.add(lora("pinned", file, sha256=Digests().of_file(file), model=studio.kind))
    assert not torch.equal(studio.draw(AdapterUse("pinned")), studio.draw())


@pytest.mark.parametrize(
    "how",
    few([
        "lacks a matrix", "has a layer too many", "is of no component", "has another rank in one half",
        "has another width", "is not a number", "is a vector", "is of another method", "is an embedding",
        "is empty",
    ], 3),
)  # fmt: skip
def test_a_lora_that_does_not_fit_is_refused_and_leaves_nothing(
    sd15: Studio, files: Path, tmp_path: Path, how: str
) -> None:
    tensors = spoil(load_file(files / "sd15-ink.safetensors"), how)
    save_file(tensors, tmp_path / "bad.safetensors")
    sd15.add(lora("bad", tmp_path / "bad.safetensors"))
    plain, layers = draw(sd15.pipeline), sd15.layers()
    for before in ((), (AdapterUse("wool"),)):
        picture = sd15.draw(*before)
        with pytest.raises(AdapterError, match=r"The adapter bad cannot be used") as caught:
            sd15.adapters.load((AdapterUse("bad"), AdapterUse("clay")), ())
        assert str(tmp_path) not in str(caught.value)
        assert torch.equal(draw(sd15.pipeline), picture)
        assert sd15.draw(AdapterUse("clay")).isfinite().all()
        assert torch.equal(sd15.draw(), plain)
        assert before or len(sd15.layers()) > len(layers)


@pytest.mark.parametrize("kind", AdapterKind)
@pytest.mark.parametrize(
    "name", few(["a.safetensors", "a.pt", "a.ckpt", "a.bin", "a.safetensors.pt", "a"], 2)
)
def test_a_pickle_is_never_read(sd15: Studio, tmp_path: Path, kind: AdapterKind, name: str) -> None:
    path, sung = tmp_path / name, tmp_path / "canary-sang"
    torch.save({"state_dict": Canary(sung)}, path)
    sd15.add(AdapterSource(name="bad", file=str(path), kind=kind))
    use = (AdapterUse("bad"),) if kind is AdapterKind.LORA else ()
    with watch() as seen, pytest.raises(AdapterError, match=r"only \.safetensors is|no valid safetensors"):
        sd15.adapters.load(use, ("a <bad> house",))
    assert not seen.unpickled
    assert not sung.exists()


@pytest.mark.parametrize("fault", few(MALFORMED, 5))
def test_a_malformed_file_is_refused_in_a_sentence(
    sd15: Studio, files: Path, tmp_path: Path, fault: str
) -> None:
    path, content = tmp_path / "bad.safetensors", MALFORMED[fault]
    path.write_bytes((files / "sd15-ink.safetensors").read_bytes()[:-100] if content is None else content)
    sd15.add(lora("bad", path))
    with pytest.raises(AdapterError, match=r"cannot be used. bad.safetensors is no valid safetensors file"):
        sd15.adapters.load((AdapterUse("bad"),), ())


def test_a_file_that_is_not_there_is_told_without_its_path(sd15: Studio, tmp_path: Path) -> None:
    sd15.add(lora("gone", tmp_path / "gone.safetensors"))
    with pytest.raises(AdapterError, match="The adapter gone cannot be used") as caught:
        sd15.adapters.load((AdapterUse("gone"),), ())
    assert str(tmp_path) not in str(caught.value)


def test_settings_in_a_file_cannot_bring_in_code(sd15: Studio, files: Path, tmp_path: Path) -> None:
    path = tmp_path / "lora.safetensors"
    code = {"unet.megatron_config": {"x": 1}, "unet.megatron_core": "antigravity", "unet.r": 4}
    save_file(load_file(files / "sd15-ink.safetensors"), path, {"lora_adapter_metadata": json.dumps(code)})
    sd15.add(lora("sly", path))
    with watch() as seen:
        assert torch.equal(sd15.draw(AdapterUse("sly")), sd15.draw(AdapterUse("ink")))
    assert not [file for file in seen.opened if "antigravity" in file.name]


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"unet.alpha_pattern": {"a": 1}}', '{"unet.use_dora": true}'],
    ids=["cut", "list", "a", "d"],
)
def test_settings_that_cannot_be_followed_are_refused(
    sd15: Studio, files: Path, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "lora.safetensors"
    save_file(load_file(files / "sd15-ink.safetensors"), path, {"lora_adapter_metadata": text})
    sd15.add(lora("odd", path))
    with pytest.raises(AdapterError, match=r"The adapter odd cannot be used\. .*train"):
        sd15.adapters.load((AdapterUse("odd"),), ())


def test_a_repaired_file_is_taken_at_the_next_request(sd15: Studio, files: Path, tmp_path: Path) -> None:
    path = tmp_path / "late.safetensors"
    sd15.add(lora("late", path))
    with pytest.raises(AdapterError):
        sd15.adapters.load((AdapterUse("late"),), ())
    shutil.copy(files / "sd15-ink.safetensors", path)
    assert torch.equal(sd15.draw(AdapterUse("late")), sd15.draw(AdapterUse("ink")))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "../a"}, "is not 1 to 64 letters"),
        ({"file": ""}, "has no file"),
        ({"file": "a\0b"}, "has no file"),
        ({"sha256": "abc"}, "must be 64 lower-case hexadecimal digits"),
        ({"trigger": "<a>"}, "is a LoRA, which has no trigger"),
        ({"kind": AdapterKind.EMBEDDING, "trigger": "Two Words"}, "must be lower-case letters"),
        ({"kind": AdapterKind.EMBEDDING, "trigger": "(a:1.2)"}, "such as <ink>"),
    ],
)
def test_a_source_that_cannot_be_right_is_refused_at_once(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AdapterError, match=words):
        AdapterSource(**({"name": "ink", "file": "ink.safetensors", "kind": AdapterKind.LORA} | changes))


def test_adapters_cannot_share_a_name_or_a_trigger() -> None:
    with pytest.raises(AdapterError, match="Two adapters are called ink"):
        ModelCatalogue([], [lora("ink", Path("a")), embedding("ink", Path("b"))])
    with pytest.raises(AdapterError, match="Two embeddings have the trigger <ink>"):
        ModelCatalogue([], [embedding("ink", Path("a")), embedding("other", Path("b"), trigger="<ink>")])
