"""What a mask leaves of a start picture is its own pixels, and no edge shows where the drawing begins."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.events import Picture
from engine.overlay import border_of
from engine.request import ImageRequest
from tests.engine.asking import a_request
from tests.engine.crowds import Studio
from tests.engine.seams import Pixels, file_of, pixels_of

SIDE, FRAME = 128, 16
KEPT = (slice(FRAME, SIDE - FRAME),) * 2


def a_frame(width: int = FRAME) -> npt.NDArray[np.uint8]:
    """All but the middle is redrawn."""
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    mask[width : SIDE - width, width : SIDE - width] = 0
    return mask


@pytest.fixture(scope="module")
def start(exact: Studio) -> Pixels:
    """A picture of the demo model's own, made smaller, with its edges drawn out to the size that it had."""
    picture = pixels_of(exact.alone(a_demo_request()).picture)
    small = picture.reshape(64, 2, 64, 2, 3).mean((1, 3))
    middle = np.kron(small, np.ones((2, 2, 1)))[KEPT]
    return np.pad(middle, ((FRAME,) * 2, (FRAME,) * 2, (0, 0)), mode="edge").round()


def a_demo_request(**changes: Any) -> ImageRequest:
    return a_request(
        **{"model": "demo", "prompt": "a blue boat on the sea", "width": SIDE, "height": SIDE, "steps": 8}
        | {"sampler": "", "guidance": 3.0, "seed": 1, "strength": 0.9}
        | changes
    )


def redrawn(studio: Studio, start: Pixels, mask: npt.NDArray[np.uint8], *, overlay: bool) -> Pixels:
    request = a_demo_request(image=file_of(start), mask=file_of(mask), overlay=overlay)
    return pixels_of(studio.alone(request).picture)


def test_what_is_kept_is_the_start_picture_to_the_byte_and_what_is_redrawn_is_as_drawn(
    exact: Studio, start: Pixels
) -> None:
    plain, laid = (redrawn(exact, start, a_frame(), overlay=overlay) for overlay in (False, True))
    assert np.array_equal(laid[KEPT], start[KEPT])
    assert not np.array_equal(plain[KEPT], start[KEPT]), "an autoencoder changes what it is given"
    beyond = a_frame(FRAME - border_of(SIDE, SIDE)) > 0
    assert np.array_equal(laid[beyond], plain[beyond])


def test_no_edge_shows_where_the_drawing_begins(exact: Studio, start: Pixels) -> None:
    """Laid over the drawing without more ado, the kept part has one."""
    plain, laid = (redrawn(exact, start, a_frame(), overlay=overlay) for overlay in (False, True))
    bare = plain.copy()
    bare[KEPT] = start[KEPT]
    assert edge(laid) < 0.8 * edge(bare)
    assert edge(laid) < 2 * edge(plain)


def edge(pixels: Pixels) -> float:
    """The mean step from the kept part to the drawing, on all four sides."""
    inside = slice(FRAME, SIDE - FRAME)
    last = SIDE - FRAME
    sides = [
        pixels[FRAME, inside] - pixels[FRAME - 1, inside],
        pixels[last, inside] - pixels[last - 1, inside],
        pixels[inside, FRAME] - pixels[inside, FRAME - 1],
        pixels[inside, last] - pixels[inside, last - 1],
    ]
    return float(np.abs(np.array(sides)).mean())


def test_a_stroke_thinner_than_the_border_is_redrawn(exact: Studio, start: Pixels) -> None:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[64:66] = 255
    laid = redrawn(exact, 255 - start, mask, overlay=True)
    assert np.array_equal(laid[mask == 0], (255 - start)[mask == 0])
    assert not np.array_equal(laid[mask > 0], (255 - start)[mask > 0])


def test_a_mask_that_leaves_nothing_and_one_that_leaves_all(exact: Studio, start: Pixels) -> None:
    everything, nothing = np.full((SIDE, SIDE), 255, np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    assert np.array_equal(
        redrawn(exact, start, everything, overlay=True), redrawn(exact, start, everything, overlay=False)
    )
    assert np.array_equal(redrawn(exact, start, nothing, overlay=True), start)


def test_without_a_mask_there_is_nothing_to_lay_over(exact: Studio, start: Pixels) -> None:
    pictures: list[Picture] = [
        exact.alone(a_demo_request(image=file_of(start), overlay=overlay)).picture
        for overlay in (False, True)
    ]
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(("sides", "pixels"), [((64, 64), 2), ((512, 768), 16), ((2048, 2048), 64)])
def test_the_border_is_as_wide_as_it_is_said_to_be(sides: tuple[int, int], pixels: int) -> None:
    assert border_of(*sides) == pixels
