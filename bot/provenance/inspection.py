"""What a picture says about itself, whoever sent it, and what that is worth."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace

from PIL import Image
from pydantic import BaseModel, ValidationError

from bot.provenance.files import comment_of
from bot.provenance.manifest import Manifest, Trust, read_manifest
from bot.provenance.signing import Signing
from bot.provenance.source import named_in

MAX_BYTES = 32 * 2**20
_FORMATS = ("PNG", "JPEG", "WEBP")
_LONGEST, _LONGEST_ID = 10_000, 64  # characters
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    TypeError,
    struct.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """Empty where the picture does not say; all of it may be made up, unless the manifest's trust is `OURS`.

    `parameters` is in AUTOMATIC1111's form. `has_record` tells of the `atelier` text that our PNG files have, and
    `request_id` is what that names. `source` is the name of an IPTC digital source type, from the XMP.
    """

    readable: bool
    parameters: str = ""
    has_record: bool = False
    request_id: str = ""
    source: str = ""
    manifest: Manifest = Manifest(Trust.NONE)  # noqa: RUF009 (frozen)


UNREADABLE = Inspection(readable=False, manifest=Manifest(Trust.UNREADABLE))


class _Record(BaseModel):
    request: str = ""


def inspect(data: bytes, signing: Signing | None) -> Inspection:
    """Look at a PNG, WebP or JPEG file; one of more than `MAX_BYTES` counts as unreadable. Nothing is raised."""
    if len(data) > MAX_BYTES:
        return UNREADABLE
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            kind, said = str(image.format), _read(image)
    except _BROKEN:
        return UNREADABLE
    return replace(said, manifest=read_manifest(data, kind.lower(), signing.root if signing else ""))


def _read(image: Image.Image) -> Inspection:
    """All but the manifest, and without the pixels."""
    record, xmp = image.info.get("atelier"), image.info.get("xmp")
    text = str(image.info.get("parameters", "")) or comment_of(image)
    return Inspection(
        readable=True,
        parameters=text[:_LONGEST],
        has_record=record is not None,
        request_id=_request_id(str(record)),
        source=named_in(xmp) if isinstance(xmp, bytes) else "",
    )


def _request_id(record: str) -> str:
    try:
        return _Record.model_validate_json(record).request[:_LONGEST_ID]
    except ValidationError:
        return ""
