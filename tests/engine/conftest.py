"""One set of tiny models and one running executor for all tests of the engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported

import pytest
import torch

from engine.catalogue import ModelCatalogue, ModelSource
from engine.executor import Executor
from engine.options import EngineOptions
from tests.engine.tiny_models import save_tiny_models

torch.set_num_threads(1)  # several wait for each other where cores are few and busy


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sd15 and sdxl as folders and as .safetensors files, and sick/, whose denoiser is full of NaN."""
    folder = tmp_path_factory.mktemp("models")
    save_tiny_models(folder)
    return folder


@pytest.fixture(scope="session")
def catalogue(models: Path) -> ModelCatalogue:
    files = ("sd15", "sdxl", "sick", "sd15.safetensors", "sdxl.safetensors")
    return ModelCatalogue(ModelSource(name=name, source=str(models / name)) for name in files)


@pytest.fixture(scope="session")
def options() -> EngineOptions:
    return EngineOptions(device="cpu", threads=1, models_kept=5)


@pytest.fixture(scope="session")
def shared_executor(catalogue: ModelCatalogue, options: EngineOptions) -> Iterator[Executor]:
    """Each test has an event loop of its own, and an executor serves any loop."""
    executor = Executor(catalogue, options)
    asyncio.run(executor.__aenter__())
    yield executor
    asyncio.run(executor.close())
