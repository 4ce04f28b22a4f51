"""Files on their way in: a cleaned name, a content type, and the size of a picture."""

from __future__ import annotations

import io
import mimetypes
import re
import warnings
from dataclasses import dataclass

from PIL import Image

from bot.playground.world import Attachment


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a member or the bot sends."""

    filename: str
    data: bytes
    content_type: str | None = None


def clean_filename(name: str) -> str:
    """The name as Discord keeps it: spaces and what does not belong into an address become `_`."""
    return re.sub(r"[^\w.\-]", "_", name, flags=re.ASCII).lstrip(".") or "unknown"


def as_attachment(upload: Upload, attachment_id: int, *, ephemeral: bool = False) -> Attachment:
    """The attachment that Discord makes of a file."""
    name = clean_filename(upload.filename)
    kind = upload.content_type
    if kind in {None, "", "application/octet-stream"}:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    width, height = picture_size(upload.data) if str(kind).startswith("image/") else (None, None)
    return Attachment(attachment_id, name, str(kind), upload.data, width, height, ephemeral=ephemeral)


def picture_size(data: bytes) -> tuple[int, int] | tuple[None, None]:
    """Width and height in pixels, read from the header alone; nothing for what is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return (None, None)
