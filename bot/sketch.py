"""What is drawn so far, as one small picture to look at while the rest is on its way."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from engine.events import Picture

ENDING = "webp"
SHEET_SIDE = 512  # pixels, at most, of a whole sheet
_CELL_SIDE = 256  # pixels of a cell's longer side, where the picture itself is not larger
_GAP = 6  # pixels between two cells
_GROUND = (30, 31, 34)  # between the cells, and where nothing is drawn yet


def sheet(cells: Sequence[Picture | None], width: int, height: int, columns: int = 2) -> bytes:
    """An encoded picture of all cells, so many in a row. Raises `ValueError` on a cell that is no picture.

    `width` and `height` are the pixels of the finished picture, which give each cell its shape.
    """
    columns = min(len(cells), columns)
    rows = -(-len(cells) // columns)
    across, down = _cell_size(width, height, (SHEET_SIDE + _GAP) // columns - _GAP)
    step_x, step_y = across + _GAP, down + _GAP
    image = Image.new("RGB", (columns * step_x - _GAP, rows * step_y - _GAP), _GROUND)
    for at, cell in enumerate(cells):
        if cell is not None:
            small = _image(cell).resize((across, down), Image.Resampling.BICUBIC)
            image.paste(small, (at % columns * step_x, at // columns * step_y))
    out = io.BytesIO()
    image.save(out, ENDING.upper(), quality=80, method=0)
    return out.getvalue()


def shrunk(picture: Picture) -> Picture:
    """The picture no larger than a sheet shows it, so that a finished one does not stay in memory whole."""
    return _picture(_image(picture))


def shrunk_file(data: bytes) -> Picture:
    """The same for an encoded picture. Raises `OSError` when it cannot be read."""
    with Image.open(io.BytesIO(data)) as image:
        return _picture(image.convert("RGB"))


def _image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _picture(image: Image.Image) -> Picture:
    image.thumbnail((SHEET_SIDE, SHEET_SIDE), Image.Resampling.BICUBIC)
    return Picture(image.width, image.height, image.tobytes())


def _cell_size(width: int, height: int, room: int) -> tuple[int, int]:
    scale = min(room, max(_CELL_SIDE, width, height)) / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))
