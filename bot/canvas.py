"""Start pictures and masks for what is drawn from old pictures: more of a scene, a region anew, several as one."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps
from PIL.PngImagePlugin import PngInfo

from bot.domain.canvas import Box, Canvas
from bot.domain.text import code
from bot.errors import BadRequest
from bot.ingest import decoded
from bot.provenance.source import XMP, SourceType, packet, source_of
from engine.sentence import say

MIN_BLENDED, MAX_BLENDED = 2, 5
# Of a mask: what is grey or lighter is redrawn, and the lighter it is, the more of the new picture shows there.
_KEPT, _GREY, _REDRAWN = 0, 128, 255
# Pixels of the soft border around an old picture, two latents, and of that inside a region, one.
_WIDE, _NARROW = 16, 8


async def extended(picture: bytes, canvas: Canvas) -> tuple[bytes, bytes]:
    """The start picture and the mask, both PNG, for a picture that shows more than this one.

    The old picture fills its box; around it the colours of its edges run on and blur. The mask is black on the box
    and becomes white within 16 pixels around it: the new is blended into what runs on, so that no seam shows.
    """
    return await asyncio.to_thread(_extended, picture, canvas)


async def region_mask(width: int, height: int, boxes: Iterable[Box]) -> bytes:
    """A grey PNG of that size: black, and white in the boxes but for a soft border of 8 pixels inside them."""
    return await asyncio.to_thread(_region_mask, width, height, boxes)


async def read_mask(data: bytes, filename: str, width: int, height: int) -> bytes:
    """An uploaded mask as a grey PNG of that size, with the same soft border.

    Where it is transparent anywhere, the transparent part is drawn anew, else what is lighter than middle grey; a
    mask that asks for the whole picture is legal. Raises `BadRequest`.
    """
    return await asyncio.to_thread(_read_mask, data, code(filename, 60), width, height)


async def blended(pictures: Sequence[bytes], width: int, height: int) -> bytes:
    """The average of 2 to 5 pictures as a PNG of that size, each cropped to its shape around the middle.

    It is taken in linear light, so that it is as bright as they are together. Raises `BadRequest`.
    """
    if not MIN_BLENDED <= len(pictures) <= MAX_BLENDED:
        raise BadRequest(
            say("There are {count} pictures to blend; give {low} to {high}.",
                count=len(pictures), low=MIN_BLENDED, high=MAX_BLENDED)
        )  # fmt: skip
    return await asyncio.to_thread(_blended, pictures, width, height)


def _extended(picture: bytes, canvas: Canvas) -> tuple[bytes, bytes]:
    left, top, right, bottom = canvas.box
    inner = _rgb(picture).resize((canvas.inner_width, canvas.inner_height), Image.Resampling.LANCZOS)
    around = ((top, canvas.height - bottom), (left, canvas.width - right), (0, 0))
    streaks = Image.fromarray(np.pad(np.asarray(inner), around, mode="edge"))
    redrawn = Image.new("L", streaks.size, _REDRAWN)
    redrawn.paste(_KEPT, canvas.box)
    mask = _softened(redrawn, _WIDE)
    start = Image.composite(streaks.filter(ImageFilter.GaussianBlur(_WIDE)), streaks, mask.point(_share))
    start.paste(inner, canvas.box)
    return _png(start, source_of(picture)), _png(mask)


def _region_mask(width: int, height: int, boxes: Iterable[Box]) -> bytes:
    redrawn = Image.new("L", (width, height), _KEPT)
    for box in boxes:
        redrawn.paste(_REDRAWN, box)
    return _png(_softened(redrawn, _NARROW))


def _softened(redrawn: Image.Image, border: int) -> Image.Image:
    """A black and white mask whose white parts begin grey, and are white from `border` pixels inside on.

    Where none of them is as wide as that, they are white in their middle.
    """
    area = np.asarray(redrawn) > 0
    depth = area.astype(np.uint8)
    for _ in range(border - 1):
        padded = np.pad(area, 1, mode="edge")
        rows = padded[:-2] & padded[1:-1] & padded[2:]
        area = rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]
        depth += area
    levels = np.rint(np.linspace(_GREY, _REDRAWN, depth.max() + 1))
    return Image.fromarray(np.where(depth, levels[depth], _KEPT).astype(np.uint8))


def _share(grey: int) -> int:
    """How much of the new picture shows where the mask is this grey, from 0 to 255."""
    return max(0, 2 * grey - _REDRAWN)


def _read_mask(data: bytes, name: str, width: int, height: int) -> bytes:
    mask = _redrawn(decoded(data, name)).resize((width, height), Image.Resampling.BOX)
    mask = mask.point(lambda grey: _REDRAWN if grey >= _GREY else _KEPT)
    if mask.getbbox() is None:
        raise BadRequest(
            say(
                "The mask {name} leaves nothing to be redrawn; make that part white, or transparent.",
                name=name,
            )
        )
    return _png(_softened(mask, _NARROW))


def _redrawn(mask: Image.Image) -> Image.Image:
    """Grey, the lighter the more it is to be redrawn."""
    colours = mask.convert("RGBA")
    opaque = colours.getchannel("A")
    return colours.convert("L") if opaque.getextrema() == (255, 255) else ImageOps.invert(opaque)


def _blended(pictures: Sequence[bytes], width: int, height: int) -> bytes:
    fitted = (ImageOps.fit(_rgb(picture), (width, height), Image.Resampling.LANCZOS) for picture in pictures)
    light = np.mean([_to_linear(np.asarray(picture)) for picture in fitted], axis=0)
    return _png(Image.fromarray(_from_linear(light)))


def _to_linear(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Light from 0 to 1, by the sRGB standard (IEC 61966-2-1)."""
    value = pixels / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _from_linear(light: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    value = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(value * 255), np.uint8)


def _rgb(picture: bytes) -> Image.Image:
    with Image.open(io.BytesIO(picture)) as image:
        return image.convert("RGB")


def _png(image: Image.Image, source: SourceType | None = None) -> bytes:
    """With a `source` it says whose pixels these are, as the picture does that they come from."""
    info = PngInfo()
    if source is not None:
        info.add_itxt(XMP, packet(source))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()
