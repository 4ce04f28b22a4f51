"""Real SD1.x and SDXL pipelines with tiny random networks: 64-pixel pictures have latents of 8 × 8."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engine.catalogue import ModelKind
from engine.demo import tokens
from tests.engine.original_layout import original_tensors

_NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def save_tiny_models(folder: Path) -> None:
    """In `folder`: sd15/ and sdxl/ as diffusers folders, sd15.safetensors and sdxl.safetensors in the original
    layout, and their configurations beside them."""
    torch.manual_seed(0)
    tokenizer = tokens.build()
    for kind, pipeline in ((ModelKind.SD15, tiny_sd15(tokenizer)), (ModelKind.SDXL, tiny_sdxl(tokenizer))):
        pipeline.save_pretrained(folder / kind)
        save_file(original_tensors(kind, pipeline), folder / f"{kind}.safetensors")
        no_weights = shutil.ignore_patterns("*.safetensors")
        shutil.copytree(folder / kind, folder / f"{kind}.config", ignore=no_weights)


def tiny_sd15(tokenizer: CLIPTokenizer) -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=_autoencoder(),
        text_encoder=CLIPTextModel(_text_config(tokenizer, 16)).eval(),
        tokenizer=tokenizer,
        unet=_denoiser(cross_attention_dim=16),
        scheduler=PNDMScheduler(**_NOISE, skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def tiny_sdxl(tokenizer: CLIPTokenizer) -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=_autoencoder(),
        text_encoder=CLIPTextModel(_text_config(tokenizer, 16)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(_text_config(tokenizer, 24)).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=_denoiser(
            cross_attention_dim=16 + 24,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 24,
            use_linear_projection=True,
        ),
        scheduler=EulerDiscreteScheduler(**_NOISE),
    )


def _text_config(tokenizer: CLIPTokenizer, width: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _denoiser(**options: object) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        **options,
    ).eval()


def _autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 16, 16, 16),
        layers_per_block=1,
        norm_num_groups=8,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        sample_size=64,
    ).eval()
