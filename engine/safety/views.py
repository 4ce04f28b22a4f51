"""What a safety checker is shown of a picture: the whole, and squares where that makes things too small."""

from __future__ import annotations

import itertools
import math

from PIL import Image

_LONG = 1.4  # times the shorter side
_LARGE = 1.5  # times the side of a model's own pictures
_QUADRANT, _OVERLAP = 0.6, 0.2  # of the shorter side, and of a square

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


def views_of(picture: Image.Image, own: int) -> list[Image.Image]:
    """The whole picture first. `own` is the side, in this picture's pixels, of those that its model draws best.

    A long picture adds squares as wide as it is narrow, a large one its quadrants and its centre, or as many more
    as it takes to cover it. Neighbours overlap by a fifth at least, so that nothing small lies only on borders.
    """
    return [picture.crop(box) for box in dict.fromkeys(_boxes(picture.size, own))]


def _boxes(size: tuple[int, int], own: int) -> list[Box]:
    short, longest = min(size), max(size)
    long = longest > _LONG * short
    boxes = [(0, 0, *size)]
    if long:
        boxes += _squares(size, short)
    if (short if long else longest) > _LARGE * own:
        side = math.ceil(short * _QUADRANT)
        boxes += [*_squares(size, side), _centre(size, side)]
    return boxes


def _squares(size: tuple[int, int], side: int) -> list[Box]:
    lefts, tops = (_starts(length, side) for length in size)
    return [(left, top, left + side, top + side) for top, left in itertools.product(tops, lefts)]


def _starts(length: int, side: int) -> list[int]:
    """The fewest, evenly spread."""
    rest = length - side
    steps = max(1, math.ceil(rest / (side * (1 - _OVERLAP)))) if rest else 1
    return sorted({round(rest * step / steps) for step in range(steps + 1)})


def _centre(size: tuple[int, int], side: int) -> Box:
    left, top = ((length - side) // 2 for length in size)
    return left, top, left + side, top + side
