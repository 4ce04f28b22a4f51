"""The arithmetic of real networks, against published counts; no weights are made."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from engine.catalogue import ModelKind
from engine.flops import Work, decoder_work, denoiser_work, encoder_work

TERA = 1e12
_DENOISERS: dict[ModelKind, dict[str, object]] = {
    ModelKind.SD15: {"cross_attention_dim": 768},
    ModelKind.SDXL: {
        "cross_attention_dim": 2048,
        "block_out_channels": (320, 640, 1280),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    },
}


def real_denoiser(kind: ModelKind) -> Any:
    with torch.device("meta"):
        return UNet2DConditionModel(**_DENOISERS[kind])


def real_autoencoder() -> Any:
    with torch.device("meta"):
        return AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            layers_per_block=2,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
        )


def by_size(work: Work) -> list[float]:
    """TFLOP of pictures of 512², 768² and 1024²."""
    return [work(side // 8, side // 8) / TERA for side in (512, 768, 1024)]


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        (ModelKind.SD15, [0.803, 2.148, 4.674]),
        pytest.param(ModelKind.SDXL, [1.589, 3.641, 6.761], marks=pytest.mark.long),
    ],
)
@pytest.mark.long
def test_a_denoiser_takes_the_published_work(kind: ModelKind, published: list[float]) -> None:
    assert by_size(denoiser_work(real_denoiser(kind))) == pytest.approx(published, rel=0.001)


def test_a_decoder_takes_the_published_work() -> None:
    assert by_size(decoder_work(real_autoencoder())) == pytest.approx([2.515, 5.754, 10.470], rel=0.001)


def test_a_text_encoder_takes_the_published_work() -> None:
    config = CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12
    )
    with torch.device("meta"):
        assert encoder_work(CLIPTextModel(config)) / TERA == pytest.approx(0.013, abs=0.0005)


def test_tall_and_wide_pictures_of_one_area_take_the_same_work() -> None:
    work = Work(5.0, 3.0, 2.0)
    assert work(2, 8) == work(8, 2) == work(4, 4) == 5 + 3 * 16 + 2 * 16**2


@pytest.mark.long
def test_the_live_networks_are_not_run() -> None:
    """Their forwards may be replaced on the instance by ones that wait for others."""
    denoiser, autoencoder = real_denoiser(ModelKind.SD15), real_autoencoder()
    denoiser.forward = autoencoder.decode = None
    assert denoiser_work(denoiser)(64, 64) > TERA / 2
    assert decoder_work(autoencoder)(64, 64) > TERA
