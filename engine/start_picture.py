"""A start picture or mask of a request, from its file to pixels of the request's size."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from engine.request import MAX_SIDE, ImageRequest, RequestError

_FORMATS = ("PNG", "JPEG", "WEBP")
_MAX_PIXELS = 4 * MAX_SIDE * MAX_SIDE


def start_picture(request: ImageRequest) -> Image.Image:
    """RGB. Raises `RequestError` where the file is no such picture."""
    return _decode("picture", request.image, "RGB", request)


def start_mask(request: ImageRequest) -> Image.Image:
    """Grey; white is drawn anew. Raises `RequestError` where the file is no such picture."""
    return _decode("mask", request.mask, "L", request)


def _decode(what: str, data: bytes | None, mode: str, request: ImageRequest) -> Image.Image:
    try:
        with Image.open(BytesIO(data or b""), formats=_FORMATS) as file:
            if file.width * file.height > _MAX_PIXELS:
                raise RequestError(
                    f"The {what} has {file.width} × {file.height} pixels; at most {_MAX_PIXELS} are taken."
                )
            pixels = file.convert(mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"The {what} cannot be read; send a PNG, JPEG or WebP file.") from error
    return pixels.resize((request.width, request.height), Image.Resampling.LANCZOS)
