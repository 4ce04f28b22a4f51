"""LoRAs act when they are asked for, and leave no trace when not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.catalogue import ModelKind
from engine.digests import Digests
from engine.request import AdapterUse, normalise
from tests.engine.adapters.studio import LORAS, Studio, draw, lora
from tests.engine.loading import load
from tests.engine.tiny_adapters import save_lora, save_webui_lora


def test_each_lora_changes_the_picture_and_none_leaves_a_trace(studio: Studio) -> None:
    plain = draw(studio.pipeline)
    pictures = [plain, *(studio.draw(AdapterUse(name)) for name in LORAS)]
    for i, one in enumerate(pictures):
        assert torch.isfinite(one).all()
        assert not any(torch.allclose(one, other, atol=1e-3) for other in pictures[:i])
    assert torch.equal(studio.draw(), plain)
    assert torch.equal(studio.draw(AdapterUse("ink")), pictures[1])


def test_a_lora_acts_on_denoiser_and_text_encoders(studio: Studio) -> None:
    before = studio.encode("a red house")
    studio.adapters.activate((AdapterUse("ink"),))
    after = studio.encode("a red house")
    assert not any(torch.allclose(one, other, atol=1e-3) for one, other in zip(before, after, strict=True))
    kinds = {line.split(".")[0] for line in studio.layers() if "lora_A" in line}
    assert kinds == {"unet", "text_encoder"} | (
        {"text_encoder_2"} if studio.kind is ModelKind.SDXL else set()
    )


def test_a_lora_acts_as_in_diffusers_own_loading(studio: Studio, models: Path, files: Path) -> None:
    stock = load(models / studio.kind).pipeline
    for name in ("ink", "wool"):
        stock.load_lora_weights(str(files / f"{studio.kind}-{name}.safetensors"), adapter_name=name)
    stock.set_adapters(["ink", "wool"], [0.4, 1.3])
    ours = studio.draw(AdapterUse("wool", 1.3), AdapterUse("ink", 0.4))
    assert torch.equal(ours, draw(stock))


def test_a_lora_with_two_ways_of_naming_is_loaded_whole(studio: Studio, models: Path, tmp_path: Path) -> None:
    file = save_lora(
        models, studio.kind, tmp_path / "mixed.safetensors", seed=0, also=("proj_in", "ff.net.2")
    )
    ways = {re.sub(r".*\.(lora\w*)\..*", r"\1", name) for name in load_file(file) if name.startswith("unet")}
    assert ways == {"lora", "lora_A", "lora_B"}
    studio.add(lora("mixed", file))
    assert not torch.allclose(studio.draw(AdapterUse("mixed")), studio.draw(), atol=1e-3)


def test_weight_0_is_the_plain_model_and_1_is_not_2(studio: Studio) -> None:
    plain = draw(studio.pipeline)
    assert torch.equal(studio.draw(AdapterUse("ink", 0)), plain)
    assert not torch.allclose(studio.draw(AdapterUse("ink")), studio.draw(AdapterUse("ink", 2)), atol=1e-3)
    assert torch.equal(studio.draw(AdapterUse("ink", 0)), plain)


def test_the_order_of_uses_and_of_loading_does_not_matter(models: Path, files: Path) -> None:
    one, other = (Studio(models, files, ModelKind.SD15) for _ in range(2))
    uses = (AdapterUse("ink", 0.7), AdapterUse("clay"), AdapterUse("wool", 0.2))
    for name in reversed(LORAS):
        other.draw(AdapterUse(name))
    assert torch.equal(one.draw(*uses), other.draw(*reversed(uses)))
    assert normalise(uses) == normalise(uses[::-1]) == (uses[1], uses[0], uses[2])


def test_loading_changes_nothing_until_it_is_activated(sd15: Studio) -> None:
    plain = draw(sd15.pipeline)
    sd15.adapters.load((AdapterUse("ink"),), ("a <one> house",))
    assert torch.equal(draw(sd15.pipeline), plain)
    ink = sd15.draw(AdapterUse("ink"))
    sd15.adapters.load((AdapterUse("clay", 0.3), AdapterUse("wool")), ("a <three>",))
    assert torch.equal(draw(sd15.pipeline), ink)


def test_a_gate_in_place_of_forward_stays(studio: Studio) -> None:
    calls = []

    def gated(network: Any) -> Callable[..., Any]:
        real = network.forward

        def gate(*arguments: Any, **options: Any) -> Any:
            calls.append(type(network).__name__)
            return real(*arguments, **options)

        return gate

    networks = [
        network for name, network in studio.pipeline.components.items() if name[:4] in ("unet", "text")
    ]
    plain, gates = draw(studio.pipeline), [gated(network) for network in networks]
    for network, gate in zip(networks, gates, strict=True):
        network.forward = gate
    ink = studio.draw(AdapterUse("ink"), prompt="a <three> house")
    assert not torch.equal(ink, plain)
    assert torch.equal(studio.draw(), plain)
    assert all(network.forward is gate for network, gate in zip(networks, gates, strict=True))
    assert set(calls) == {type(network).__name__ for network in networks}


def test_what_acts_is_told_with_its_digest(studio: Studio, files: Path) -> None:
    told = studio.adapters.load((AdapterUse("ink", 0.5), AdapterUse("clay", 0)), ("a <one>", "<ONE>"))
    digests = [Digests().of_file(files / f"{studio.kind}-{name}.safetensors") for name in ("ink", "one")]
    assert [(one.name, one.weight, one.sha256) for one in told] == [
        ("ink", 0.5, digests[0]),
        ("one", 1.0, digests[1]),
    ]


def test_only_some_loras_stay_loaded_and_what_acts_is_kept(models: Path, files: Path) -> None:
    studio = Studio(models, files, ModelKind.SD15, kept=2)
    alone = {name: studio.draw(AdapterUse(name)) for name in LORAS}
    assert studio.pipeline.get_list_adapters()["unet"] == ["slot00001", "slot00002"]
    studio.draw(AdapterUse("clay"))
    studio.adapters.load((AdapterUse("ink"),), ())
    assert sorted(studio.pipeline.get_list_adapters()["unet"]) == ["slot00000", "slot00001"]
    assert torch.equal(draw(studio.pipeline), alone["clay"])
    studio.adapters.activate((AdapterUse("wool"),))
    assert torch.equal(draw(studio.pipeline), alone["wool"])
    assert torch.isfinite(studio.draw(*map(AdapterUse, LORAS))).all()


def test_the_training_scale_in_a_file_counts(models: Path, files: Path, tmp_path: Path) -> None:
    strong = save_lora(models, ModelKind.SD15, tmp_path / "strong.safetensors", seed=0, alpha=8)
    studio, stock = Studio(models, files, ModelKind.SD15), load(models / "sd15").pipeline
    studio.add(lora("strong", strong))
    stock.load_lora_weights(str(strong))
    assert torch.allclose(studio.draw(AdapterUse("strong")), draw(stock), atol=1e-5)
    assert not torch.allclose(studio.draw(AdapterUse("ink")), draw(stock), atol=1e-3)


def test_a_file_of_the_web_interfaces_layout_acts_with_its_alpha(
    studio: Studio, files: Path, tmp_path: Path
) -> None:
    file = files / f"{studio.kind}-ink.safetensors"
    studio.add(lora("web", save_webui_lora(file, studio.kind, tmp_path / "web.safetensors", alpha=2.0)))
    half = studio.draw(AdapterUse("ink", 0.5))
    assert torch.equal(studio.draw(AdapterUse("web")), half)
