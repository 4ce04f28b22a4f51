"""A sheet shows each cell in its place, as large as is useful and no larger."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.sketch import sheet, shrunk, shrunk_file
from engine.events import Picture

RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)
EMPTY = (30, 31, 34)


def plain(colour: tuple[int, int, int], side: int = 16) -> Picture:
    return Picture(side, side, bytes(colour) * side * side)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(found - wanted) < 16 for found, wanted in zip(pixel, colour, strict=True))


def test_four_cells_stand_two_by_two_and_what_is_not_begun_is_dark() -> None:
    image = opened(sheet([plain(RED), plain(GREEN), None, plain(BLUE)], 128, 128))
    assert image.size == (512, 512)
    corners = [(50, 50), (450, 50), (50, 450), (450, 450)]
    for corner, colour in zip(corners, [RED, GREEN, EMPTY, BLUE], strict=True):
        assert near(image.getpixel(corner), colour)


SIZES = [
    (1, 128, 128, (256, 256)),  # the demo model's
    (1, 512, 512, (512, 512)),
    (1, 1024, 1024, (512, 512)),
    (2, 512, 512, (512, 253)),
    (3, 512, 512, (512, 512)),
    (4, 768, 512, (512, 344)),
    (4, 256, 1024, (132, 512)),
]


@pytest.mark.parametrize(("count", "width", "height", "expected"), SIZES)
def test_a_sheet_has_the_shape_of_its_pictures_and_at_most_512_pixels_a_side(
    count: int, width: int, height: int, expected: tuple[int, int]
) -> None:
    assert opened(sheet([plain(RED)] + [None] * (count - 1), width, height)).size == expected


def test_a_sheet_of_rough_pictures_is_small_to_send() -> None:
    noise = Picture(64, 64, bytes(range(256)) * 48)
    assert len(sheet([noise] * 4, 512, 512)) < 100_000


def test_a_large_picture_is_kept_small_and_a_small_one_as_it_is() -> None:
    assert shrunk(plain(RED)) == plain(RED)
    assert shrunk(plain(RED, 1024)) == plain(RED, 512)


def test_a_stored_file_is_shown_like_the_picture_itself() -> None:
    out = io.BytesIO()
    Image.new("RGB", (1024, 512), BLUE).save(out, "PNG")
    small = shrunk_file(out.getvalue())
    assert (small.width, small.height, small.rgb[:3]) == (512, 256, bytes(BLUE))
