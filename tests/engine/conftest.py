"""One set of tiny models and one running executor for all tests of the engine."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is imported

import pytest
import torch
from diffusers.models.autoencoders.vae import Decoder
from safetensors.torch import load_file, save_file
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.catalogue import ModelCatalogue, ModelSource
from engine.executor import Executor
from engine.options import EngineOptions
from tests.engine.tiny_models import save_tiny_models

torch.set_num_threads(1)  # several wait for each other where cores are few and busy


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sd15 and sdxl as folders and as .safetensors files."""
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


@pytest.fixture
async def executor(catalogue: ModelCatalogue, options: EngineOptions) -> AsyncIterator[Executor]:
    """An executor for one test alone, which may drain or close it."""
    async with Executor(catalogue, options) as running:
        yield running


@pytest.fixture
def decodes() -> Iterator[list[str]]:
    """Grows by one entry for each run of an autoencoder's decoder."""
    seen: list[str] = []
    hook = register_module_forward_pre_hook(
        lambda module, _: seen.append("decode") if isinstance(module, Decoder) else None
    )
    yield seen
    hook.remove()


@pytest.fixture(scope="session")
def sick_model(models: Path) -> str:
    """A model whose denoiser says NaN."""
    (models / "sick").mkdir()
    for part in (models / "sd15").rglob("*"):
        if part.is_file():
            target = models / "sick" / part.relative_to(models / "sd15")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(part.read_bytes())
    weights = models / "sick" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"][:] = torch.nan
    save_file(tensors, weights, {"format": "pt"})
    return "sick"


@pytest.fixture
def folder(models: Path, tmp_path: Path) -> Path:
    """A copy of the tiny SD1.x folder, to be spoilt."""
    return shutil.copytree(models / "sd15", tmp_path / "model")
