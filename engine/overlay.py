"""Puts the start picture's own pixels back where a mask leaves it, without an edge to what was drawn."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d, max_pool2d

from engine.events import Picture
from engine.request import ImageRequest
from engine.start_picture import start_mask, start_picture

_BORDERS = 32  # of them are as long as the shorter side
_GREY, _WHITE = 128, 255  # from grey on the pipelines redraw


def overlay(drawn: Picture, request: ImageRequest, device: torch.device) -> Picture:
    """The start picture, byte for byte, but for what the mask says is to be redrawn; that is as drawn where the mask
    is white, and a mixture of both where it is between middle grey and white.

    An autoencoder changes colours a little, also of what is kept. Where the redrawn part begins, it differs from
    the drawing by as much as the start picture does there, and then, within `border_of` pixels, by less and less.
    """
    size = (drawn.width, drawn.height)
    start = _tensor(start_picture(request), device)
    pixels = _tensor(Image.frombytes("RGB", size, drawn.rgb), device)
    mask = _tensor(start_mask(request), device)
    kept = (mask < _GREY).float()
    blended = (pixels + _fading((start - pixels) * kept, kept, border_of(*size))).clamp(0, 255)
    share = ((mask - _GREY + 1) / (_WHITE - _GREY + 1)).clamp(min=0)
    result = (start + (blended - start) * share).round()
    return Picture(*size, result[0].permute(1, 2, 0).to("cpu", torch.uint8).numpy().tobytes())


def border_of(width: int, height: int) -> int:
    """How wide the soft border is, in pixels: 16 of 512, 32 of 1024."""
    return max(1, min(width, height) // _BORDERS)


def _tensor(picture: Image.Image, device: torch.device) -> torch.Tensor:
    """(1, channels, height, width), from 0 to 255."""
    pixels = np.array(picture).reshape(picture.height, picture.width, -1)
    return torch.from_numpy(pixels).to(device).permute(2, 0, 1)[None].float()


def _fading(values: torch.Tensor, known: torch.Tensor, border: int) -> torch.Tensor:
    """The values, which are 0 where they are not known, and around them rings, `border` pixels in all, each of which
    goes on with what lies inside it, and counts for less."""
    share = known
    for ring in range(border, 0, -1):
        grown = max_pool2d(known, 3, stride=1, padding=1)
        beyond = _mean(values) / _mean(known).clamp(min=1e-6)
        values = torch.where(known > 0, values, beyond * grown)
        share = share + (grown - known) * ring / (border + 1)
        known = grown
    return values * share


def _mean(field: torch.Tensor) -> torch.Tensor:
    """Of each pixel and those around it."""
    return avg_pool2d(field, 3, stride=1, padding=1)
