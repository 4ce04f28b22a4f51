"""Overlapping tiles of one size that cover a picture, and how what was made of them is joined without a seam."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import torch

_ROUND = 64  # pixels; a size that every U-Net halves evenly, and the least that one draws
_LATENT = 8  # pixels
_STRETCH = 1.125  # of a model's own size is a tile at most, where that saves tiles: twice a side takes two
_OVERLAP = 8  # of these are as long as a model's own side, at least


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a picture, `length` long: its tiles of `size` begin at `starts`, the last of which ends it."""

    length: int
    size: int
    starts: tuple[int, ...]

    def weights(self) -> list[torch.Tensor]:
        """For each tile how much its places count, (size,): they rise and fall over the overlaps, and add up to 1."""
        rows = [self._weight(place) for place in range(len(self.starts))]
        total = torch.zeros(self.length)
        for start, row in zip(self.starts, rows, strict=True):
            total[start : start + self.size] += row
        return [row / total[start : start + self.size] for start, row in zip(self.starts, rows, strict=True)]

    def divided(self, by: int) -> Axis:
        """In larger units."""
        return Axis(self.length // by, self.size // by, tuple(start // by for start in self.starts))

    def multiplied(self, by: int) -> Axis:
        """In smaller units."""
        return Axis(self.length * by, self.size * by, tuple(start * by for start in self.starts))

    def _weight(self, place: int) -> torch.Tensor:
        weight = torch.ones(self.size)
        if place > 0:
            weight = weight.minimum(_ramp(self.size, self.size - self._step(place)))
        if place + 1 < len(self.starts):
            weight = weight.minimum(_ramp(self.size, self.size - self._step(place + 1)).flip(0))
        return weight

    def _step(self, place: int) -> int:
        return self.starts[place] - self.starts[place - 1]


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tiles from left to right, then downwards, all in one unit: pixels, or latents."""

    down: Axis
    across: Axis

    def __len__(self) -> int:
        return len(self.down.starts) * len(self.across.starts)

    def cut(self, field: torch.Tensor) -> list[torch.Tensor]:
        """From (..., height, width); what is larger than the picture is left out."""
        return [
            field[..., top : top + self.down.size, left : left + self.across.size]
            for top, left in itertools.product(self.down.starts, self.across.starts)
        ]

    def join(self, tiles: Iterable[torch.Tensor]) -> torch.Tensor:
        """The inverse of `cut`, and a blend where tiles that overlap differ."""
        places = itertools.product(
            zip(self.down.starts, self.down.weights(), strict=True),
            zip(self.across.starts, self.across.weights(), strict=True),
        )
        field: torch.Tensor | None = None
        for tile, ((top, rows), (left, columns)) in zip(tiles, places, strict=True):
            if field is None:
                field = tile.new_zeros(
                    *tile.shape[:-2], self.down.length, self.across.length, dtype=torch.float32
                )
            weight = (rows[:, None] * columns).to(tile.device)
            field[..., top : top + self.down.size, left : left + self.across.size] += tile * weight
        assert field is not None, "there is always a tile"
        return field

    def in_latents(self) -> Tiling:
        """Of a tiling in pixels."""
        return Tiling(self.down.divided(_LATENT), self.across.divided(_LATENT))

    def enlarged(self, by: int) -> Tiling:
        """Of the picture made so many times as large."""
        return Tiling(self.down.multiplied(by), self.across.multiplied(by))


def plan_tiling(width: int, height: int, own: tuple[int, int]) -> Tiling:
    """Of a picture with these sides, in pixels; `own` (width, height) is about the size of a tile. The tiling may
    be larger than the picture, by less than a tile, as its sides are whole latents and no tile is too small."""
    return Tiling(_plan(height, own[1]), _plan(width, own[0]))


def _plan(length: int, own: int) -> Axis:
    """The fewest tiles that are no larger than they may be."""
    whole, most = _up(length, _LATENT), max(_ROUND, int(own * _STRETCH))
    overlap = max(1, own // _OVERLAP // _LATENT) * _LATENT
    for count in itertools.count(1):
        size = _up(-(-(whole + (count - 1) * overlap) // count), _ROUND)
        if size <= most:
            break
    total = max(whole, size)
    step = (total - size) / max(1, count - 1)
    return Axis(total, size, tuple(round(place * step / _LATENT) * _LATENT for place in range(count)))


def _up(length: int, unit: int) -> int:
    return -(-length // unit) * unit


def _ramp(size: int, overlap: int) -> torch.Tensor:
    """Rises over the overlap with the tile before it."""
    return ((torch.arange(size) + 0.5) / overlap).clamp(max=1)
