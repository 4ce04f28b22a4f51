"""The picture and mask that a request brings, from their files to pixels."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from engine.request import MAX_SIDE, MAX_UPSCALED, ImageRequest, RequestError, UpscaleRequest
from engine.sentence import Sentence, say

_FORMATS = ("PNG", "JPEG", "WEBP")
_MAX_PIXELS = 4 * MAX_SIDE * MAX_SIDE


def start_picture(request: ImageRequest) -> Image.Image:
    """RGB, of the request's size. Raises `RequestError` where the file is no such picture."""
    return _resized(_decode(say("picture"), request.image, "RGB"), request)


def start_mask(request: ImageRequest) -> Image.Image:
    """Grey, of the request's size; white is drawn anew. Raises `RequestError` where the file is no such picture."""
    return _resized(_decode(say("mask"), request.mask, "L"), request)


def source_picture(request: UpscaleRequest) -> Image.Image:
    """RGB. Raises `RequestError` where the file is no such picture, or it would become too large."""
    pixels = _decode(say("picture"), request.image, "RGB")
    width, height = pixels.width * request.factor, pixels.height * request.factor
    if width * height > MAX_UPSCALED:
        raise RequestError(
            say("The picture would have {width} × {height} pixels; at most {most} are made.",
                width=width, height=height, most=MAX_UPSCALED)
        )  # fmt: skip
    return pixels


def enlarged(picture: Image.Image, factor: int) -> Image.Image:
    """Resampled, with nothing new in it."""
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.LANCZOS)


def _resized(pixels: Image.Image, request: ImageRequest) -> Image.Image:
    return pixels.resize((request.width, request.height), Image.Resampling.LANCZOS)


def _decode(what: Sentence, data: bytes | None, mode: str) -> Image.Image:
    try:
        with Image.open(BytesIO(data or b""), formats=_FORMATS) as file:
            if file.width * file.height > _MAX_PIXELS:
                raise RequestError(
                    say("The {what} has {width} × {height} pixels; at most {most} are taken.",
                        what=what, width=file.width, height=file.height, most=_MAX_PIXELS)
                )  # fmt: skip
            return file.convert(mode)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(
            say("The {what} cannot be read; send a PNG, JPEG or WebP file.", what=what)
        ) from error
