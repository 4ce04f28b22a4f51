"""Loads one model for tests that look at loading itself."""

from __future__ import annotations

from pathlib import Path

from engine.catalogue import ModelSource
from engine.devices import plan_device
from engine.digests import Digests
from engine.models import LoadedModel, load_model

UNET = "unet/diffusion_pytorch_model.safetensors"


def load(path: Path, **changes: object) -> LoadedModel:
    source = ModelSource(name="studied", source=str(path), **changes)  # type: ignore[arg-type]
    return load_model(source, plan_device("cpu"), Digests())
