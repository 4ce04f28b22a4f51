"""Trains the demo's AutoencoderKL: mostly on 64-pixel crops (a quarter of the cost), at the end on whole pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from engine.demo.pen import SIZE
from engine.demo.pictures import Pictures
from engine.demo.training import Stage

_CROP, _CROP_BATCH, _WHOLE_BATCH = 64, 16, 6
_WHOLE_SHARE = 0.2  # of the steps, at the end
_CELL = 8  # pixels a latent cell covers, on each side
_KL_WEIGHT = 2e-5


def build() -> AutoencoderKL:
    """Factor 8, four latent channels: (n, 3, 128, 128) to (n, 4, 16, 16)."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(16, 32, 64, 96),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=SIZE,
        mid_block_add_attention=False,
    )


def train(pictures: Pictures, folder: Path, steps: int, say: Callable[[str], None]) -> AutoencoderKL:
    """Train, or go on training, and return the averaged network with its scaling factor set."""
    torch.manual_seed(0)
    network = build()
    stage = Stage("autoencoder", network, folder, steps, 1.5e-3)
    rng = np.random.default_rng(stage.step)
    recent: list[float] = []
    for step in stage.remaining(
        lambda n: say(f"autoencoder {n}/{steps}: squared error {np.mean(recent[-100:]):.5f}")
    ):
        pixels = _sample(pictures, rng, whole=step >= steps * (1 - _WHOLE_SHARE))
        loss, squared = _loss(network, pixels)
        recent.append(squared)
        stage.descend(loss)
    stage.use_average()
    _set_scale(network, pictures)
    return network


def colour_error(network: AutoencoderKL, pictures: Pictures, count: int = 256) -> float:
    """Mean distance between the average colour of a latent cell before and after, in steps of 0..255."""
    pixels = pictures.batch(np.arange(count))
    with torch.no_grad():
        back = torch.cat([network(part).sample for part in torch.split(pixels, 16)])
    gap = (F.avg_pool2d(back - pixels, _CELL) * 127.5).square().sum(1).sqrt()
    return float(gap.mean())


def _sample(pictures: Pictures, rng: np.random.Generator, *, whole: bool) -> torch.Tensor:
    indices = rng.integers(len(pictures), size=_WHOLE_BATCH if whole else _CROP_BATCH)
    pixels = pictures.batch(indices)
    if whole:
        return pixels
    corners = rng.integers((SIZE - _CROP) // _CELL + 1, size=(len(indices), 2)) * _CELL
    return torch.stack(
        [p[:, y : y + _CROP, x : x + _CROP] for p, (y, x) in zip(pixels, corners, strict=True)]
    )


def _loss(network: AutoencoderKL, pixels: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Squared error, the same again on cell averages (colour comes first), a little L1 and a very little KL."""
    with torch.autocast("cpu", torch.bfloat16):
        posterior = network.encode(pixels).latent_dist
        back = network.decode(posterior.sample()).sample
    gap = back.float() - pixels
    squared = gap.square().mean()
    cells = F.avg_pool2d(gap, _CELL).square().mean()
    kl = posterior.kl().float().mean() / posterior.mean[0].numel()
    return squared + 2 * cells + 0.1 * gap.abs().mean() + _KL_WEIGHT * kl, squared.item()


def _set_scale(network: AutoencoderKL, pictures: Pictures) -> None:
    with torch.no_grad():
        latents = torch.cat(
            [
                network.encode(part).latent_dist.mean
                for part in torch.split(pictures.batch(np.arange(256)), 16)
            ]
        )
    network.register_to_config(scaling_factor=round(1 / float(latents.std()), 4))
