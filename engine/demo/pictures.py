"""Renders the training pictures once, keeps them on disk, and remembers what each shows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.demo.draw import render
from engine.demo.pen import SIZE
from engine.demo.world import STYLES, Style, Subject, caption, subjects

_STYLE_SHARES = (0.5, 0.25, 0.25)  # flat is what a prompt without a style asks for


@dataclass(frozen=True, slots=True)
class Pictures:
    """`pixels` (n, 128, 128, 3) uint8; subject and style of each picture beside it."""

    pixels: npt.NDArray[np.uint8]
    subjects: list[Subject]
    styles: list[Style]

    def __len__(self) -> int:
        return len(self.subjects)

    def batch(self, indices: npt.NDArray[np.int64]) -> torch.Tensor:
        """(n, 3, 128, 128) float in -1..1."""
        picked = torch.from_numpy(self.pixels[indices])
        return picked.permute(0, 3, 1, 2).float() / 127.5 - 1

    def captions(self, indices: npt.NDArray[np.int64], rng: random.Random) -> list[str]:
        return [caption(self.subjects[i], self.styles[i], rng) for i in indices]


def load(folder: Path, count: int, *, seed: int = 0, withheld: bool = False) -> Pictures:
    """The first `count` pictures of this seed, drawn now or read from an earlier run."""
    rng = random.Random(seed)
    pool = subjects(withheld=withheld)
    shown = [rng.choice(pool) for _ in range(count)]
    styles = rng.choices(STYLES, _STYLE_SHARES, k=count)
    path = folder / f"pictures-{seed}-{count}{'-withheld' if withheld else ''}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.empty((count, SIZE, SIZE, 3), np.uint8)
        for i, (subject, style) in enumerate(zip(shown, styles, strict=True)):
            pixels[i] = np.asarray(render(subject, style, rng))
        np.save(path, pixels)
    return Pictures(np.load(path, mmap_mode="r"), shown, styles)
