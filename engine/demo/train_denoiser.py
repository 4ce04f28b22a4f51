"""Trains the demo's U-Net and text encoder together on cached latents, with v-prediction."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from engine.demo import tokens
from engine.demo.pen import SIZE
from engine.demo.pictures import Pictures
from engine.demo.training import Stage

_BATCH = 32
_WIDTH = 128  # of the text embeddings
_EMPTY_SHARE = 0.1  # captions dropped, for classifier-free guidance
# Stable Diffusion's schedule with a later end, so that the last step keeps no trace of a picture's brightness.
NOISE_SCHEDULE = {
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.02,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
}


class Denoiser(nn.Module):
    """The U-Net and the text encoder it learns with, as one set of weights."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.unet = UNet2DConditionModel(
            sample_size=SIZE // 8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            block_out_channels=(64, 112, 160),
            layers_per_block=1,
            cross_attention_dim=_WIDTH,
            attention_head_dim=4,
            norm_num_groups=16,
        )
        self.text_encoder = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(tokenizer),
                hidden_size=_WIDTH,
                intermediate_size=4 * _WIDTH,
                projection_dim=_WIDTH,
                num_hidden_layers=3,
                num_attention_heads=4,
                max_position_embeddings=tokens.LENGTH,
                bos_token_id=tokenizer.bos_token_id,
                eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )
        )

    def forward(self, noisy: torch.Tensor, timesteps: torch.Tensor, captions: list[str]) -> torch.Tensor:
        """(n, 4, 16, 16) noisy latents at (n,) timesteps with n captions, to the predicted velocity."""
        ids = self.tokenizer(
            captions, padding="max_length", max_length=tokens.LENGTH, truncation=True, return_tensors="pt"
        ).input_ids
        embeddings = self.text_encoder(ids.to(noisy.device)).last_hidden_state
        velocity: torch.Tensor = self.unet(noisy, timesteps, embeddings).sample
        return velocity


@dataclass(frozen=True, slots=True)
class Latents:
    """Mean and deviation of each picture's latents, already scaled: two (n, 4, 16, 16) half tensors."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def sample(self, indices: torch.Tensor) -> torch.Tensor:
        mean = self.mean[indices].float()
        return mean + self.deviation[indices].float() * torch.randn_like(mean)


def encode(autoencoder: AutoencoderKL, pictures: Pictures, folder: Path) -> Latents:
    """Every picture's latents, computed once and kept on disk."""
    path = folder / f"latents-{len(pictures)}.ckpt"
    if not path.exists():
        means, deviations, scale = [], [], autoencoder.config.scaling_factor
        for indices in np.array_split(np.arange(len(pictures)), -(-len(pictures) // 32)):
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                posterior = autoencoder.encode(pictures.batch(indices)).latent_dist
            means.append((posterior.mean * scale).half())
            deviations.append((posterior.std * scale).half())
        torch.save((torch.cat(means), torch.cat(deviations)), path)
    return Latents(*torch.load(path, weights_only=True))


def train(
    autoencoder: AutoencoderKL, pictures: Pictures, folder: Path, steps: int, say: Callable[[str], None]
) -> Denoiser:
    """Train, or go on training, and return the averaged weights."""
    torch.manual_seed(0)
    denoiser = Denoiser(tokens.build())
    stage = Stage("denoiser", denoiser, folder, steps, 8e-4, ema_decay=0.9995)
    latents, noise = encode(autoencoder, pictures, folder), DDPMScheduler(**NOISE_SCHEDULE)
    torch.manual_seed(stage.step)
    rng = random.Random(stage.step)
    recent: list[float] = []
    for _ in stage.remaining(lambda n: say(f"denoiser {n}/{steps}: loss {np.mean(recent[-200:]):.4f}")):
        indices = torch.randint(len(pictures), (_BATCH,))
        captions = pictures.captions(indices.numpy(), rng)
        captions = ["" if rng.random() < _EMPTY_SHARE else text for text in captions]
        loss = _loss(denoiser, noise, latents.sample(indices), captions)
        recent.append(loss.item())
        stage.descend(loss)
    stage.use_average()
    return denoiser


def _loss(
    denoiser: Denoiser, noise: DDPMScheduler, latents: torch.Tensor, captions: list[str]
) -> torch.Tensor:
    """Squared error of the velocity at timesteps spread evenly over the batch."""
    count = len(latents)
    timesteps = ((torch.arange(count) + torch.rand(count)) / count * noise.config.num_train_timesteps).long()
    eps = torch.randn_like(latents)
    noisy, target = noise.add_noise(latents, eps, timesteps), noise.get_velocity(latents, eps, timesteps)
    with torch.autocast("cpu", torch.bfloat16):
        predicted = denoiser(noisy, timesteps, captions)
    return F.mse_loss(predicted.float(), target)
