"""Pictures as numbers, and how steep they are where a seam would be."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.events import Picture

Pixels = npt.NDArray[np.float64]


def pixels_of(picture: Picture) -> Pixels:
    """(height, width, 3), from 0 to 255."""
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3).astype(float)


def file_of(pixels: npt.NDArray[np.generic]) -> bytes:
    """A PNG file."""
    file = BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def steps_down(pixels: Pixels) -> Pixels:
    """The mean difference between each row and the next."""
    return np.asarray(np.abs(np.diff(pixels, axis=0)).mean((1, 2)))


def steepest(pixels: Pixels, lines: Iterable[int]) -> float:
    """The largest mean difference across any of the horizontal lines (above these rows), and the vertical ones, ÷ the
    largest across any other line of the grid of latents, where autoencoders draw steeper ones than elsewhere."""
    seams, others = [], []
    for steps in (steps_down(pixels), steps_down(pixels.swapaxes(0, 1))):
        seams += [steps[line - 1] for line in lines]
        others += [steps[line - 1] for line in range(8, len(steps), 8) if line not in lines]
    return float(max(seams) / max(others))


def meeting(pixels: Pixels) -> float:
    """The mean difference of opposite edges ÷ the largest across a line between two latents; the worse of two."""
    ratios = [
        np.abs(turned[0] - turned[-1]).mean() / steps_down(turned)[7::8].max()
        for turned in (pixels, pixels.swapaxes(0, 1))
    ]
    return float(max(ratios))
