"""An attachment becomes a checked RGB picture, or one sentence about what is wrong with it."""

from __future__ import annotations

import asyncio
import io
import struct
from dataclasses import dataclass

from PIL import Image, ImageOps

from bot.domain.text import code
from bot.errors import BadRequest
from engine.sentence import Sentence, say

_FORMATS = ("PNG", "JPEG", "WEBP")
_BROKEN = (
    ArithmeticError,
    EOFError,
    Image.DecompressionBombError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)  # what Pillow raises on damaged files and on what their cameras wrote
MAX_PIXELS = 16_800_000  # about 4096 x 4096; a decoded picture of this size takes 50 MB


def check_before_download(filename: str, size: int, content_type: str | None, limit: int) -> None:
    """Refuse what its own declaration already rules out. Raises `BadRequest`."""
    name = code(filename, 60)
    if content_type is not None and not content_type.startswith("image/"):
        raise BadRequest(say("{name} is not a picture; upload a PNG, JPEG or WebP picture.", name=name))
    if size > limit:
        raise BadRequest(
            say(
                "{name} has {size:.1f} MiB; at most {most:.0f} MiB are allowed.",
                name=name,
                size=size / 2**20,
                most=limit / 2**20,
            )
        )


@dataclass(frozen=True, slots=True)
class Ingested:
    """A fresh PNG without metadata; sides in pixels."""

    png: bytes
    width: int
    height: int


async def to_png(data: bytes, filename: str) -> Ingested:
    """Only the pixels: first frame, upright, RGB. Raises `BadRequest`."""
    return await asyncio.to_thread(_to_png, data, code(filename, 60))


def decoded(data: bytes, name: str) -> Image.Image:
    """The first frame, upright, in the file's own mode; `name` is for the sentence. Raises `BadRequest`."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadRequest(_too_many_pixels(name, image))
            return ImageOps.exif_transpose(image)
    except _BROKEN as error:
        raise BadRequest(
            say("{name} cannot be read as a picture; upload a PNG, JPEG or WebP picture.", name=name)
        ) from error


def _to_png(data: bytes, name: str) -> Ingested:
    pixels = decoded(data, name).convert("RGB")
    out = io.BytesIO()
    Image.frombytes("RGB", pixels.size, pixels.tobytes()).save(out, "PNG")
    return Ingested(out.getvalue(), *pixels.size)


def _too_many_pixels(name: str, image: Image.Image) -> Sentence:
    return say(
        "{name} has {width} x {height} pixels; at most {most:,} in all are allowed.",
        name=name,
        width=image.width,
        height=image.height,
        most=MAX_PIXELS,
    )
