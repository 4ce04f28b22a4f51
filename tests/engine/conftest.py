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

from engine.catalogue import AdapterKind, AdapterSource, ModelCatalogue, ModelKind, ModelSource
from engine.demo import MODEL_FOLDER
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from tests.engine.crowds import Studio
from tests.engine.tiny_adapters import save_lora
from tests.engine.tiny_models import save_tiny_models

torch.set_num_threads(1)  # several wait for each other where cores are few and busy


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")


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
    return EngineOptions(device="cpu", threads=1)


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
        lambda module, inputs: (
            seen.append("decode") if isinstance(module, Decoder) and not inputs[0].is_meta else None
        )
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


@pytest.fixture(scope="session")
def small_catalogue(models: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelCatalogue:
    """Models whose own pictures are small, so that one of 128 × 128 gets fewer rows, and two LoRAs for sd15."""
    folder = tmp_path_factory.mktemp("loras")
    loras = [
        AdapterSource(
            name=name,
            file=str(save_lora(models, ModelKind.SD15, folder / f"{name}.safetensors", seed)),
            kind=AdapterKind.LORA,
        )
        for seed, name in enumerate(("ink", "clay"))
    ]
    folders = {"sd15": models / "sd15", "sdxl": models / "sdxl", "demo": MODEL_FOLDER}
    sources = [
        ModelSource(name=name, source=str(path), width=64, height=64) for name, path in folders.items()
    ]
    return ModelCatalogue(sources, loras)


@pytest.fixture(scope="session")
def exact(small_catalogue: ModelCatalogue) -> Iterator[Studio]:
    """A crowd of at most sixteen, in exact mode."""
    with Studio(small_catalogue, live=16, mode=Mode.EXACT) as studio:
        yield studio


@pytest.fixture(scope="session")
def fast(small_catalogue: ModelCatalogue) -> Iterator[Studio]:
    """The same in fast mode."""
    with Studio(small_catalogue, live=16, mode=Mode.FAST) as studio:
        yield studio
