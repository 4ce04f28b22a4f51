"""Between the network and a picture: only finite numbers pass; a failure never becomes a black picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from engine.errors import NotFinite
from engine.events import Picture
from engine.sentence import say

Decode = Callable[[torch.Tensor, bool], torch.Tensor]
"""Scaled latents (rows, 4, height, width), and whether to decode in fp32 → pixels (rows, 3, 8 height, 8 width)."""


def picture_of(latents: torch.Tensor, decode: Decode, *, wide: bool) -> Picture:
    """The picture of latents (1, 4, height, width), decoded in their own precision or, where `wide`, in fp32.

    Where half precision overflows there is a second try in fp32. Raises `NotFinite`.
    """
    check_latents(latents)
    return to_picture(decoded(latents, decode, wide=wide))


def decoded(latents: torch.Tensor, decode: Decode, *, wide: bool) -> torch.Tensor:
    """Pixels (1, 3, height, width), as `picture_of` decodes them; they may still hold numbers that are not finite."""
    pixels = decode(latents, wide)
    if not wide and latents.dtype is not torch.float32 and not torch.isfinite(pixels).all():
        pixels = decode(latents, True)
    return pixels


def check_latents(latents: torch.Tensor) -> None:
    """Raises `NotFinite`."""
    if not torch.isfinite(latents).all():
        raise NotFinite(
            say(
                "The picture broke while it was drawn: its latents are not finite. Try another seed or sampler."
            )
        )


def to_picture(pixels: torch.Tensor) -> Picture:
    """From (1, 3, height, width) with values around -1 to 1. Raises `NotFinite`."""
    if not torch.isfinite(pixels).all():
        raise NotFinite(
            say("The picture broke when it was decoded: its pixels are not finite. Try another seed or size.")
        )
    bytes_ = ((pixels[0].float() / 2 + 0.5).clamp(0, 1) * 255).round().to("cpu", torch.uint8)
    _, height, width = bytes_.shape
    return Picture(width, height, bytes_.permute(1, 2, 0).numpy().tobytes())


def decode_with(autoencoder: Any, latents: torch.Tensor, *, wide: bool) -> torch.Tensor:
    """Pixels around -1 to 1, as diffusers' pipelines decode them."""
    dtype = torch.float32 if wide else autoencoder.dtype
    with precision(autoencoder, dtype):
        scaled = unscaled(autoencoder.config, latents.to(dtype))
        pixels: torch.Tensor = autoencoder.decode(scaled, return_dict=False)[0]
    return pixels


def encode_with(autoencoder: Any, pixels: torch.Tensor) -> torch.Tensor:
    """Latents (rows, 4, height / 8, width / 8), scaled as in training, of pixels around -1 to 1; the likeliest
    ones, and in fp32, in which no autoencoder overflows."""
    with precision(autoencoder, torch.float32):
        distribution = autoencoder.encode(pixels.float(), return_dict=False)[0]
    return scaled(autoencoder.config, distribution.mode())


def scaled(config: Any, latents: torch.Tensor) -> torch.Tensor:
    """As in training; some SDXL derivatives have a mean and deviation per channel."""
    mean, deviation = _moments(config, latents)
    factor: float = config.scaling_factor
    return (latents - mean) * factor / deviation


def unscaled(config: Any, latents: torch.Tensor) -> torch.Tensor:
    """The inverse of `scaled`."""
    mean, deviation = _moments(config, latents)
    factor: float = config.scaling_factor
    return latents * deviation / factor + mean


def _moments(config: Any, latents: torch.Tensor) -> tuple[torch.Tensor | float, torch.Tensor | float]:
    if config.latents_mean is None or config.latents_std is None:
        return 0.0, 1.0
    mean, deviation = (latents.new_tensor(each) for each in (config.latents_mean, config.latents_std))
    return mean.view(1, -1, 1, 1), deviation.view(1, -1, 1, 1)


@contextmanager
def precision(module: Any, dtype: torch.dtype) -> Iterator[None]:
    """There and back is exact: every half-precision number is a single-precision one."""
    before = module.dtype
    if before is dtype:
        yield
        return
    module.to(dtype)
    try:
        yield
    finally:
        module.to(before)
