"""The adapters' files, and tiny models that have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalogue import ModelKind
from tests.engine.adapters.studio import LORAS, Studio
from tests.engine.tiny_adapters import save_embedding, save_lora


@pytest.fixture(scope="session")
def files(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For each family its LoRAs, and embeddings of one and of three vectors."""
    folder = tmp_path_factory.mktemp("adapters")
    for kind in ModelKind:
        for seed, name in enumerate(LORAS):
            save_lora(models, kind, folder / f"{kind}-{name}.safetensors", seed)
        save_embedding(kind, folder / f"{kind}-one.safetensors")
        save_embedding(kind, folder / f"{kind}-three.safetensors", vectors=3)
    return folder


@pytest.fixture(params=list(ModelKind))
def studio(request: pytest.FixtureRequest, models: Path, files: Path) -> Studio:
    return Studio(models, files, request.param)


@pytest.fixture
def sd15(models: Path, files: Path) -> Studio:
    return Studio(models, files, ModelKind.SD15)
