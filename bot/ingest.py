"""An attachment becomes a checked RGB picture, or one sentence about what is wrong with it."""

from __future__ import annotations

import asyncio
import io
import warnings

from PIL import Image, ImageOps

from bot.domain.text import code
from bot.errors import BadRequest

_FORMATS = ("PNG", "JPEG", "WEBP")
_MAX_PIXELS = 16_800_000  # about 4096 x 4096; a decoded picture of this size takes 50 MB
_ADVICE = "upload a PNG, JPEG or WebP picture"


def check_before_download(filename: str, size: int, content_type: str | None, limit: int) -> None:
    """Refuse what its own declaration already rules out. Raises `BadRequest`."""
    name = code(filename, 60)
    if content_type is not None and not content_type.startswith("image/"):
        raise BadRequest(f"{name} is not a picture; {_ADVICE}.")
    if size > limit:
        raise BadRequest(f"{name} has {size / 2**20:.1f} MiB; at most {limit / 2**20:.0f} MiB are allowed.")


async def to_png(data: bytes, filename: str) -> bytes:
    """Only the pixels (first frame, upright, RGB) as a fresh PNG without metadata. Raises `BadRequest`."""
    return await asyncio.to_thread(_to_png, data, code(filename, 60))


def _to_png(data: bytes, name: str) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise BadRequest(
                        f"{name} has {image.width} x {image.height} pixels; at most {_MAX_PIXELS:,} in all are allowed."
                    )
                pixels = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Warning, Image.DecompressionBombError) as error:
        raise BadRequest(f"{name} cannot be read as a picture; {_ADVICE}.") from error
    out = io.BytesIO()
    Image.frombytes("RGB", pixels.size, pixels.tobytes()).save(out, "PNG")
    return out.getvalue()
