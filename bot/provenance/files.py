"""Picture files: the stored one, the same for the same drawing, and a smaller one where a limit asks for it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from bot.domain.drawing import Drawing
from bot.ingest import MAX_PIXELS
from bot.provenance.parameters import parameters, record
from bot.provenance.source import XMP, SourceType, packet, source_of
from engine.events import Finished

_USER_COMMENT_CODE = b"UNICODE\0"
_SMALLER_FORMATS = (("webp", 95), ("webp", 85), ("jpeg", 85), ("jpeg", 65), ("jpeg", 40))


@dataclass(frozen=True, slots=True)
class PictureFile:
    """An encoded picture and its file name's ending, such as `png`."""

    data: bytes
    ending: str


def png(
    finished: Finished, drawing: Drawing, cell: int, *, start: bytes | None = None, request_id: str = ""
) -> bytes:
    """The picture as a PNG file; the same drawing and cell give the same bytes, whoever asked and when.

    `start` is the stored picture that it was drawn from. With a `request_id` it says that instead of its words, and
    only the same request gives the same bytes.
    """
    picture = finished.picture
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    info = PngInfo()
    info.add_itxt("parameters", parameters(drawing, cell, finished, request_id))
    info.add_itxt("atelier", record(drawing, cell, finished, request_id))
    info.add_itxt(XMP, packet(_source(drawing, start)))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def fit(data: bytes, limit: int) -> PictureFile | None:
    """The PNG itself where it fits into `limit` bytes, else a WebP or JPEG with its text kept; none if none fits."""
    if len(data) <= limit:
        return PictureFile(data, "png")
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        smaller = (converted(image, ending, quality) for ending, quality in _SMALLER_FORMATS)
        return next((file for file in smaller if len(file.data) <= limit), None)


def converted(image: Image.Image, ending: str, quality: int) -> PictureFile:
    """A stored PNG as a WebP or JPEG file, with its `parameters` as the EXIF comment, and its XMP."""
    exif = Image.Exif()
    text = str(image.info.get("parameters", ""))
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = _USER_COMMENT_CODE + text.encode("utf-16-be")
    out, xmp = io.BytesIO(), image.info.get("xmp", b"")
    image.convert("RGB").save(out, ending.upper(), quality=quality, exif=exif, xmp=xmp)
    return PictureFile(out.getvalue(), ending)


def read_parameters(data: bytes) -> str:
    """What a PNG says about itself in the field's convention; empty where it is silent, too large or no picture."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS:
                return ""
            image.load()
            return str(image.info.get("parameters", ""))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""


def comment_of(image: Image.Image) -> str:
    """The `parameters` text of a WebP or JPEG. Raises what Pillow does where its EXIF is broken."""
    comment = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    if not isinstance(comment, bytes) or not comment.startswith(_USER_COMMENT_CODE):
        return ""
    return comment.removeprefix(_USER_COMMENT_CODE).decode("utf-16-be", "replace")


def _source(drawing: Drawing, start: bytes | None) -> SourceType:
    if start is not None:
        return source_of(start)
    return SourceType.TRAINED if drawing.image_sha256 is None else SourceType.COMPOSITE
