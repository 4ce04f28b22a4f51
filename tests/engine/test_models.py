"""Models from folders, files and the hub: what is loaded, and what is refused with which sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.catalogue import ModelKind
from engine.devices import describe_device, plan_device
from engine.digests import Digests
from engine.errors import ModelError
from tests.engine.loading import UNET, load
from tests.engine.watching import watch


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
