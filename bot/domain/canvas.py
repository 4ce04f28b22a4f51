"""Where an old picture lies in a new one that shows more of the scene, and the nine cells of a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.params import MAX_RATIO, fitted
from bot.errors import BadRequest
from engine.request import MAX_SIDE, MIN_SIDE, SIDE_STEP
from engine.sentence import say

MIN_ZOOM, MAX_ZOOM = 1.05, 2.0
CELLS = range(1, 10)  # row by row from the top left
# The shares of the noise schedule, as `ImageRequest.strength`, for variations, for regions, and around old pictures.
VARY_SUBTLE, VARY_STRONG, REGION, OUTPAINT = 0.4, 0.8, 0.9, 0.7
_PAN = 0.5  # of the side that grows

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""


class Direction(StrEnum):
    """Where a pan looks: the side on which new picture is added."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of a new picture, and the box in it that the old picture fills.

    All are pixels and multiples of 8: what is kept and what is drawn anew meet where two latents do.
    """

    width: int
    height: int
    left: int
    top: int
    inner_width: int
    inner_height: int

    @property
    def box(self) -> Box:
        return self.left, self.top, self.left + self.inner_width, self.top + self.inner_height


def zoomed_out(width: int, height: int, factor: float) -> Canvas:
    """As large as the old picture, which is shrunk to 1/`factor` in the middle. Raises `BadRequest`."""
    if not MIN_ZOOM <= factor <= MAX_ZOOM:
        raise BadRequest(
            say("The zoom is {factor}; it must be from {low} to {high}, such as 1.5.",
                factor=factor, low=MIN_ZOOM, high=MAX_ZOOM)
        )  # fmt: skip
    return _laid_out((width, height), (width / factor, height / factor), (0.5, 0.5), MAX_SIDE * MAX_SIDE)


def squared(width: int, height: int, max_pixels: int) -> Canvas:
    """The shorter side becomes as long as the longer one. Raises `BadRequest` when it is."""
    if abs(width - height) < 2 * SIDE_STEP:
        raise BadRequest(say("The picture is square already; zoom out or pan to see more."))
    side = max(width, height)
    return _laid_out((side, side), (width, height), (0.5, 0.5), max_pixels)


def panned(width: int, height: int, direction: Direction, max_pixels: int) -> Canvas:
    """Grown by half in that direction; a shape that gets too narrow also grows on its long sides."""
    across, along = (width * (1 + _PAN), height), (width, height * (1 + _PAN))
    size, place = {
        Direction.LEFT: (across, (1.0, 0.5)),
        Direction.RIGHT: (across, (0.0, 0.5)),
        Direction.UP: (along, (0.5, 1.0)),
        Direction.DOWN: (along, (0.5, 0.0)),
    }[direction]
    return _laid_out(size, (width, height), place, max_pixels)


def cell_boxes(width: int, height: int, cells: Iterable[int]) -> list[Box]:
    """The boxes of these cells of a 3 × 3 grid, numbered 1 to 9 row by row; together the nine cover the picture.

    All nine are legal: that is the whole picture drawn anew. Raises `BadRequest` on no cell or another number.
    """
    chosen = sorted(set(cells))
    if not chosen or any(cell not in CELLS for cell in chosen):
        raise BadRequest(
            say("Choose what to redraw by numbers from 1 (top left) to 9 (bottom right), such as 5.")
        )
    across, down = _thirds(width), _thirds(height)
    places = [divmod(cell - 1, 3) for cell in chosen]
    return [(across[x], down[y], across[x + 1], down[y + 1]) for y, x in places]


def _laid_out(
    size: tuple[float, float], old: tuple[float, float], place: tuple[float, float], max_pixels: int
) -> Canvas:
    """The old picture in a canvas of about that size, all of it scaled down where a limit asks for that.

    `place` is where it lies in what is left of each side: 0 at the left or top, 1 at the right or bottom.
    """
    ratio = min(MAX_RATIO, max_pixels / MIN_SIDE**2)
    wide, high = max(size[0], size[1] / ratio), max(size[1], size[0] / ratio)
    width, height = fitted(round(wide), round(high), max_pixels)
    left, inner_width = _span(width, old[0] / wide, place[0])
    top, inner_height = _span(height, old[1] / high, place[1])
    return Canvas(width, height, left, top, inner_width, inner_height)


def _span(side: int, share: float, place: float) -> tuple[int, int]:
    """Start and length of the old picture along one side; what is left of it is a whole latent at each end."""
    if share >= 1:
        return 0, side
    rest = SIDE_STEP if place in (0, 1) else 2 * SIDE_STEP
    length = min(max(_step(side * share), SIDE_STEP), side - rest)
    return int((side - length) * place) // SIDE_STEP * SIDE_STEP, length


def _thirds(side: int) -> tuple[int, int, int, int]:
    return 0, _step(side / 3), _step(side * 2 / 3), side


def _step(length: float) -> int:
    return round(length / SIDE_STEP) * SIDE_STEP
