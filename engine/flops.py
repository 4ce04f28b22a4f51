"""How much arithmetic a row of a forward takes, counted on weightless copies of the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

_TOKENS = 77
_SIDES = (16, 32, 64)  # latents; a U-Net halves them three times


@dataclass(frozen=True, slots=True)
class Work:
    """FLOPs (two for a multiplication with its addition) of one row, by the number of its latent pixels.

    Convolutions and cross-attention are linear in it, self-attention is quadratic: with three terms the
    count is exact where the sides can be halved as often as the network does, and close elsewhere.
    """

    constant: float
    linear: float
    quadratic: float

    def __call__(self, height: int, width: int) -> float:
        """Of latents with these sides."""
        pixels = height * width
        return self.constant + (self.linear + self.quadratic * pixels) * pixels


def denoiser_work(denoiser: Any) -> Work:
    """Of a `UNet2DConditionModel`, with a text of 77 tokens."""
    copy, config = _weightless(denoiser), denoiser.config
    text, added = torch.zeros(1, _TOKENS, config.cross_attention_dim, device="meta"), {}
    if config.addition_embed_type == "text_time":
        sizes = torch.zeros(1, 6, device="meta")  # of SDXL: the original size, the crop, the size
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        added = {"text_embeds": torch.zeros(1, pooled, device="meta"), "time_ids": sizes}

    def forward(side: int) -> None:
        latents = torch.zeros(1, config.in_channels, side, side, device="meta")
        copy(latents, torch.zeros(1, device="meta"), text, added_cond_kwargs=added)

    return _fit(forward)


def decoder_work(autoencoder: Any) -> Work:
    """Of an `AutoencoderKL`."""
    copy, channels = _weightless(autoencoder), autoencoder.config.latent_channels
    return _fit(lambda side: copy.decode(torch.zeros(1, channels, side, side, device="meta")))


def encoder_work(text_encoder: Any) -> float:
    """Of a CLIP text encoder, for a row of 77 tokens."""
    with torch.device("meta"):
        copy = type(text_encoder)(text_encoder.config)
    return _count(lambda: copy(torch.zeros(1, _TOKENS, dtype=torch.long, device="meta")))


def vision_work(tower: Any) -> float:
    """Of a CLIP vision tower, for a picture of its own size."""
    config = tower.config
    with torch.device("meta"):
        copy = type(tower)(config)
        picture = torch.zeros(1, config.num_channels, config.image_size, config.image_size)
    return _count(lambda: copy(picture))


def _weightless(module: Any) -> Any:
    """A copy that computes shapes only; the module itself may be shared, busy or changed on the instance."""
    with torch.device("meta"):
        return type(module).from_config(module.config)


def _fit(forward: Callable[[int], object]) -> Work:
    powers = np.vander([side * side for side in _SIDES], 3, increasing=True)
    counts = [_count(partial(forward, side)) for side in _SIDES]
    return Work(*map(float, np.linalg.solve(powers, counts)))


def _count(call: Callable[[], object]) -> float:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())
