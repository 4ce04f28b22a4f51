"""Zooming out, panning and making square draw on around an old picture, which stays, and no seam shows."""

from __future__ import annotations

import io
import random

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from bot.canvas import extended
from bot.domain.canvas import OUTPAINT, Canvas, Direction, panned, squared, zoomed_out
from engine.demo.world import subjects
from engine.executor import Executor
from tests.demo.drawing import Pixels, a_drawing, all_drawn, difference, file_of, pixels_of

MOST = 1024 * 1024
SQUARE, WIDE = (128, 128), (192, 128)
CANVASES = {
    "zoom 1.5": (SQUARE, zoomed_out(*SQUARE, 1.5)),
    "zoom 2": (SQUARE, zoomed_out(*SQUARE, 2)),
    "square": (WIDE, squared(*WIDE, MOST)),
    **{f"pan {towards}": (SQUARE, panned(*SQUARE, towards, MOST)) for towards in Direction},
}


def seam(picture: Image.Image, canvas: Canvas) -> float:
    """How much steeper the picture is across the old one's borders than across a line inside it.

    It is the mean difference of the pixels on both sides of a border ÷ the median of the same across all parallel
    lines inside, averaged over the borders that are not the picture's own edges.
    """
    pixels, (left, top, right, bottom) = pixels_of(picture), canvas.box
    upright = _steepness(pixels[top:bottom], left, right)
    level = _steepness(pixels[:, left:right].swapaxes(0, 1), top, bottom)
    return float(np.mean(upright + level))


def _steepness(pixels: Pixels, first: int, last: int) -> list[float]:
    steps: npt.NDArray[np.float64] = np.abs(np.diff(pixels, axis=1)).mean(axis=(0, 2))
    inside = np.median(steps[first : last - 1])
    return [steps[edge - 1] / inside for edge in (first, last) if 0 < edge <= len(steps)]


async def drawn_on(engine: Executor, kind: str, count: int) -> list[float]:
    """The seams; each picture keeps the old one, and what is around it is not the start picture's filling."""
    size, canvas = CANVASES[kind]
    wanted = random.Random(31).sample(subjects(withheld=False), count)
    old = await all_drawn(engine, [a_drawing(subject, 1000 + i, size) for i, subject in enumerate(wanted)])
    pairs = [await extended(file_of(picture), canvas) for picture in old]
    larger = (canvas.width, canvas.height)
    drawings = [a_drawing(subject, 77 + i, larger, OUTPAINT) for i, subject in enumerate(wanted)]
    new = await all_drawn(engine, drawings, [start for start, _ in pairs], [mask for _, mask in pairs])
    for before, after, (start, mask) in zip(old, new, pairs, strict=True):
        shrunk = before.resize((canvas.inner_width, canvas.inner_height), Image.Resampling.LANCZOS)
        assert difference(after.crop(canvas.box), shrunk).mean() <= 0.02
        white = np.asarray(Image.open(io.BytesIO(mask))) == 255
        assert difference(after, Image.open(io.BytesIO(start)))[white].mean() >= 0.01
    return [seam(picture, canvas) for picture in new]


@pytest.mark.long
async def test_the_old_picture_stays_and_no_seam_shows(studio: Executor) -> None:
    assert max(await drawn_on(studio, "zoom 1.5", 1)) <= 2


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", CANVASES)
async def test_ten_old_pictures_stay_and_no_seam_shows(studio: Executor, kind: str) -> None:
    """The demo model has never seen a horizon at another height, so below its pictures it begins another scene."""
    seams = await drawn_on(studio, kind, 10)
    assert np.median(seams) <= 1
    assert max(seams) <= (2.5 if kind == "pan down" else 2)
