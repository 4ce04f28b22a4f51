"""Random models of any size are folders that the engine loads and draws with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from engine.benchmarks.random_models import SD15, SDXL, Architecture, build_networks, write_random_model
from engine.catalogue import ModelCatalogue, ModelSource
from engine.demo import tokens
from engine.executor import Executor
from engine.options import EngineOptions
from tests.engine.asking import a_request, picture_of
from tests.few import few

_TEXT = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
_AUTOENCODER = {"block_out_channels": (8, 8, 8, 8), "norm_num_groups": 4}


def smaller(architecture: Architecture) -> Architecture:
    """The same layout with a hundredth of the width."""
    levels = len(architecture.denoiser["block_out_channels"])
    denoiser = {
        "block_out_channels": (8, 16, 16, 16)[:levels],
        "norm_num_groups": 4,
        "cross_attention_dim": 16 * len(architecture.text),
    }
    if architecture is SDXL:
        denoiser |= {
            "transformer_layers_per_block": 1,
            "attention_head_dim": 4,
            "projection_class_embeddings_input_dim": 6 * 256 + 16,
        }
    return replace(
        architecture,
        denoiser={**architecture.denoiser, **denoiser},
        autoencoder={**architecture.autoencoder, **_AUTOENCODER},
        text=tuple({**size, **_TEXT, "projection_dim": 16} for size in architecture.text),
    )


@pytest.mark.parametrize("architecture", few([SD15, SDXL], 1), ids=lambda architecture: architecture.kind)
@pytest.mark.long
async def test_a_random_model_is_loaded_and_draws(
    tmp_path: Path, options: EngineOptions, architecture: Architecture
) -> None:
    write_random_model(tmp_path, smaller(architecture))
    source = ModelSource(name="random", source=str(tmp_path), kind=architecture.kind)
    async with Executor(ModelCatalogue([source]), options) as executor:
        picture = await picture_of(executor, a_request(model="random", guidance=12.0, sampler="ddim"))
    assert len(set(picture.rgb)) > 10


def test_its_weights_are_in_half_precision_and_finite(tmp_path: Path) -> None:
    write_random_model(tmp_path, smaller(SD15))
    assert torch.get_default_dtype() is torch.float32
    for file in tmp_path.rglob("*.safetensors"):
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118
                tensor = tensors.get_tensor(name)
                assert tensor.isfinite().all()
                assert tensor.dtype is torch.float16 or not tensor.is_floating_point()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text("{}")
    write_random_model(tmp_path, SDXL)
    assert [file.name for file in tmp_path.iterdir()] == ["model_index.json"]


@pytest.mark.parametrize(("architecture", "millions"), [(SD15, 1066), (SDXL, 3469)], ids=["sd15", "sdxl"])
def test_the_full_sizes_are_those_of_the_published_models(architecture: Architecture, millions: int) -> None:
    with torch.device("meta"):
        networks = build_networks(architecture, tokens.build()).values()
    weights = sum(weight.numel() for network in networks for weight in network.parameters())
    assert round(weights / 1e6) == millions
