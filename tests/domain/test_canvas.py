"""Where an old picture lies in a new one: whole, on the latents' grid, and within every limit."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.canvas import CELLS, Box, Canvas, Direction, cell_boxes, panned, squared, zoomed_out
from bot.errors import BadRequest
from engine.request import MAX_SIDE, MIN_SIDE

MEGAPIXEL = 1024 * 1024
sides = st.integers(8, 256).map(lambda step: 8 * step)
most = st.integers(MIN_SIDE**2, MAX_SIDE**2)


def check(canvas: Canvas, max_pixels: int = MAX_SIDE**2) -> None:
    left, top, right, bottom = canvas.box
    assert all(edge % 8 == 0 for edge in (*canvas.box, canvas.width, canvas.height))
    assert 0 <= left < right <= canvas.width
    assert 0 <= top < bottom <= canvas.height
    assert canvas.box != (0, 0, canvas.width, canvas.height)
    assert min(canvas.width, canvas.height) >= MIN_SIDE
    assert max(canvas.width, canvas.height) <= MAX_SIDE
    assert canvas.width * canvas.height <= max_pixels


def is_centred(canvas: Canvas) -> bool:
    left, top, right, bottom = canvas.box
    return abs(canvas.width - right - left) <= 8 and abs(canvas.height - bottom - top) <= 8


@given(sides, sides, st.floats(1.05, 2))
def test_zooming_out_keeps_the_size_and_shrinks_the_old_picture_into_the_middle(
    width: int, height: int, factor: float
) -> None:
    assume(max(width, height) <= 4 * min(width, height))
    canvas = zoomed_out(width, height, factor)
    check(canvas)
    assert (canvas.width, canvas.height) == (width, height)
    assert is_centred(canvas)
    for inner, side in ((canvas.inner_width, width), (canvas.inner_height, height)):
        assert abs(inner - side / factor) <= 4 or inner == side - 16


@pytest.mark.parametrize("factor", [1.0, 1.04, 2.1, -1.5, math.nan, math.inf])
def test_a_zoom_that_shows_no_more_or_far_too_much_is_refused(factor: float) -> None:
    with pytest.raises(BadRequest, match=r"from 1\.05 to 2\.0, such as 1\.5"):
        zoomed_out(512, 512, factor)


@given(sides, sides, most)
def test_making_square_extends_the_shorter_side(width: int, height: int, max_pixels: int) -> None:
    assume(abs(width - height) >= 16)
    canvas = squared(width, height, max_pixels)
    check(canvas, max_pixels)
    assert canvas.width == canvas.height
    assert is_centred(canvas)
    long = canvas.inner_width if width > height else canvas.inner_height
    assert long == canvas.width


def test_a_square_picture_is_not_made_square() -> None:
    for width, height in ((512, 512), (520, 512)):
        with pytest.raises(BadRequest, match="square already"):
            squared(width, height, MEGAPIXEL)


def test_where_nothing_limits_it_the_old_picture_keeps_its_size() -> None:
    assert squared(768, 512, MEGAPIXEL) == Canvas(768, 768, 0, 128, 768, 512)
    assert panned(512, 512, Direction.LEFT, MEGAPIXEL) == Canvas(768, 512, 256, 0, 512, 512)
    assert panned(512, 512, Direction.RIGHT, MEGAPIXEL) == Canvas(768, 512, 0, 0, 512, 512)
    assert panned(512, 512, Direction.UP, MEGAPIXEL) == Canvas(512, 768, 0, 256, 512, 512)
    assert panned(512, 512, Direction.DOWN, MEGAPIXEL) == Canvas(512, 768, 0, 0, 512, 512)


@given(sides, sides, st.sampled_from(Direction), most)
def test_a_pan_keeps_the_whole_old_picture_within_every_limit(
    width: int, height: int, direction: Direction, max_pixels: int
) -> None:
    assume(max(width, height) <= 4 * min(width, height))
    canvas = panned(width, height, direction, max_pixels)
    check(canvas, max_pixels)
    left, top, right, bottom = canvas.box
    free = {
        Direction.LEFT: left,
        Direction.RIGHT: canvas.width - right,
        Direction.UP: top,
        Direction.DOWN: canvas.height - bottom,
    }
    opposite = dict(
        zip(Direction, (Direction.RIGHT, Direction.LEFT, Direction.DOWN, Direction.UP), strict=True)
    )
    assert free[direction] >= 8
    assert free[opposite[direction]] == 0
    assert max(canvas.width, canvas.height) <= 4 * min(canvas.width, canvas.height) + 32


def test_a_pan_that_would_be_too_narrow_shows_more_on_its_long_sides_too() -> None:
    canvas = panned(1024, 256, Direction.RIGHT, MEGAPIXEL)
    assert canvas == Canvas(1536, 384, 0, 64, 1024, 256)


def test_a_pan_beyond_the_limit_shrinks_everything_alike() -> None:
    canvas = panned(1024, 1024, Direction.DOWN, MEGAPIXEL)
    check(canvas, MEGAPIXEL)
    assert canvas.inner_width == canvas.width
    assert canvas.inner_width / canvas.inner_height == pytest.approx(1, abs=0.02)
    assert canvas.height / canvas.width == pytest.approx(1.5, abs=0.02)


@given(sides, sides)
def test_the_nine_cells_cover_the_picture_without_overlap(width: int, height: int) -> None:
    def area(box: Box) -> int:
        left, top, right, bottom = box
        assert left < right
        assert top < bottom
        return (right - left) * (bottom - top)

    boxes = cell_boxes(width, height, CELLS)
    assert sum(map(area, boxes)) == width * height
    assert all(edge % 8 == 0 for box in boxes for edge in box)
    assert boxes[0][:2] == (0, 0)
    assert boxes[8][2:] == (width, height)


def test_cells_are_numbered_row_by_row_whatever_the_order_in_which_they_are_chosen() -> None:
    assert cell_boxes(384, 192, [9, 2, 2]) == [(128, 0, 256, 64), (256, 128, 384, 192)]


@pytest.mark.parametrize("cells", [[], [0], [10], [5, -1]])
def test_no_cell_or_one_that_is_not_there_is_refused(cells: list[int]) -> None:
    with pytest.raises(BadRequest, match=r"from 1 \(top left\) to 9 \(bottom right\)"):
        cell_boxes(512, 512, cells)
