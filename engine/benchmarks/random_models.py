"""Full-size models with random weights, as folders: as fast and as large as the real ones, with no download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from engine.catalogue import ModelKind
from engine.demo import tokens
from engine.weights import INDEX

_NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


@dataclass(frozen=True, slots=True)
class Architecture:
    """A family's published configuration where it is not the default of its classes; a text encoder each."""

    kind: ModelKind
    denoiser: Mapping[str, Any]
    autoencoder: Mapping[str, Any]
    text: tuple[Mapping[str, Any], ...]


_AUTOENCODER: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}
_CLIP_L: Mapping[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "projection_dim": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "vocab_size": 49408,
}
_CLIP_BIG_G: Mapping[str, Any] = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "projection_dim": 1280,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "vocab_size": 49408,
    "hidden_act": "gelu",
}
SD15 = Architecture(
    ModelKind.SD15,
    denoiser={
        "sample_size": 64,
        "block_out_channels": (320, 640, 1280, 1280),
        "attention_head_dim": 8,
        "cross_attention_dim": 768,
    },
    autoencoder=_AUTOENCODER | {"sample_size": 512},
    text=(_CLIP_L,),
)
SDXL = Architecture(
    ModelKind.SDXL,
    denoiser={
        "sample_size": 128,
        "block_out_channels": (320, 640, 1280),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
    autoencoder=_AUTOENCODER | {"sample_size": 1024, "scaling_factor": 0.13025},
    text=(_CLIP_L, _CLIP_BIG_G),
)


def write_random_model(folder: Path, architecture: Architecture) -> None:
    """A diffusers folder in half precision, written once: SD1.5 has 2 GB, SDXL 7 GB, in memory as well meanwhile.

    The weights are torch's initial ones, whose scale keeps half precision finite: with latents a hundred times
    as large as real ones no number inside SD1.5 went beyond 1,500, of 65,504.
    """
    if (folder / INDEX).exists():
        return
    transformers_logging.disable_progress_bar()
    torch.manual_seed(0)
    tokenizer = tokens.build()
    build = _build_sdxl if architecture.kind is ModelKind.SDXL else _build_sd15
    build(architecture, tokenizer).save_pretrained(folder)


def _build_sd15(architecture: Architecture, tokenizer: CLIPTokenizer) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        **build_networks(architecture, tokenizer),
        tokenizer=tokenizer,
        scheduler=PNDMScheduler(**_NOISE, skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _build_sdxl(architecture: Architecture, tokenizer: CLIPTokenizer) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        **build_networks(architecture, tokenizer),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        scheduler=EulerDiscreteScheduler(**_NOISE),
    )


def build_networks(architecture: Architecture, tokenizer: CLIPTokenizer) -> dict[str, torch.nn.Module]:
    """By the pipeline's names for them, in half precision."""
    marks = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    classes = {"text_encoder": CLIPTextModel, "text_encoder_2": CLIPTextModelWithProjection}
    with _half_precision():
        encoders = {
            name: encoder(CLIPTextConfig(**size, **marks)).eval()
            for (name, encoder), size in zip(classes.items(), architecture.text, strict=False)
        }
        return {
            "unet": UNet2DConditionModel(**architecture.denoiser).eval(),
            "vae": AutoencoderKL(**architecture.autoencoder).eval(),
            **encoders,
        }


@contextmanager
def _half_precision() -> Iterator[None]:
    """Weights are made so from the first, which spares half of the memory."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
