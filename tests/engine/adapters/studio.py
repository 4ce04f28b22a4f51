"""A tiny model whose adapters are put on and taken off, and how its pictures are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from engine.adapters import KEPT, Adapters
from engine.catalogue import AdapterKind, AdapterSource, ModelKind
from engine.request import AdapterUse
from tests.engine.loading import load

LORAS = ("ink", "clay", "wool")


class Studio:
    """A tiny model with its adapters, whose pictures are compared as latents."""

    def __init__(self, models: Path, files: Path, kind: ModelKind, kept: int = KEPT) -> None:
        self.kind, self.pipeline = kind, load(models / kind).pipeline
        self.sources = [lora(name, files / f"{kind}-{name}.safetensors") for name in LORAS]
        self.sources += [embedding(name, files / f"{kind}-{name}.safetensors") for name in ("one", "three")]
        self.adapters = Adapters(self.pipeline, kind, self.sources, kept=kept)

    def add(self, source: AdapterSource) -> None:
        """To a fresh set of adapters on the same model."""
        self.adapters = Adapters(self.pipeline, self.kind, [*self.sources, source])

    def draw(self, *uses: AdapterUse, prompt: str = "a red house") -> torch.Tensor:
        """A call of diffusers' own pipeline, with these LoRAs acting."""
        self.adapters.load(uses, (prompt,))
        self.adapters.activate(uses)
        return draw(self.pipeline, prompt)

    def encode(self, prompt: str) -> list[torch.Tensor]:
        found = self.pipeline.encode_prompt(
            prompt, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False
        )
        return [tensor for tensor in found if tensor is not None]

    def layers(self) -> list[str]:
        return [
            f"{part}.{name} {type(module).__name__}"
            for part, network in self.pipeline.components.items()
            if isinstance(network, torch.nn.Module)
            for name, module in network.named_modules()
        ]


def draw(pipeline: Any, prompt: str = "a red house") -> torch.Tensor:
    pipeline.set_progress_bar_config(disable=True)
    latents: torch.Tensor = pipeline(
        prompt=prompt,
        width=64,
        height=64,
        num_inference_steps=2,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(1),
        output_type="latent",
    ).images
    return latents


def lora(name: str, file: Path, **changes: Any) -> AdapterSource:
    return AdapterSource(name=name, file=str(file), kind=AdapterKind.LORA, **changes)


def embedding(name: str, file: Path, **changes: Any) -> AdapterSource:
    return AdapterSource(name=name, file=str(file), kind=AdapterKind.EMBEDDING, **changes)


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
