"""Opposite edges of a picture meet where convolutions look past an edge at the other side."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.functional import pad

from engine.acceleration import Forward


def seamless(module: torch.nn.Module, forward: Forward) -> Forward:
    """`forward`, which runs the module's convolutions, with circular padding in these meanwhile."""

    @functools.wraps(forward)
    def run(*args: Any, **kwargs: Any) -> Any:
        with circular(module):
            return forward(*args, **kwargs)

    return run


@contextmanager
def circular(module: torch.nn.Module) -> Iterator[None]:
    """The layers are looked up each time, as LoRAs put others into their places."""
    layers = [layer for layer in module.modules() if isinstance(layer, torch.nn.Conv2d)]
    padded = [layer for layer in layers if layer.padding_mode == "zeros" and layer.padding != (0, 0)]
    for layer in padded:
        layer.padding_mode = "circular"
    try:
        yield
    finally:
        for layer in padded:
            layer.padding_mode = "zeros"


def with_margin(latents: torch.Tensor, margin: int) -> torch.Tensor:
    """So many more of them on each side, taken from the other side: (..., height + 2 * margin, width + 2 * margin)."""
    return pad(latents, (margin,) * 4, mode="circular")
