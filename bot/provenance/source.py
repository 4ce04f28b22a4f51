"""How the pixels came to be, in the words of the IPTC: written into a picture as XMP, and read from it."""

from __future__ import annotations

import io
import re
from enum import StrEnum
from typing import Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from PIL import Image
from pydantic import BaseModel, ValidationError

XMP: Final = "XML:com.adobe.xmp"  # the keyword of a PNG's text
TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_NAME = re.compile(re.escape(TYPES) + r"(\w{1,64})")
_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="{ext}"
    xmp:CreatorTool="Atelier"
    Iptc4xmpExt:DigitalSourceType="{type}"/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


class SourceType(StrEnum):
    """The names of the IPTC's digital source types that fit what is drawn here."""

    TRAINED = "trainedAlgorithmicMedia"
    COMPOSITE = "compositeWithTrainedAlgorithmicMedia"  # begun from a picture that somebody else made

    @property
    def uri(self) -> str:
        return TYPES + self


class _Record(BaseModel):
    image: str


def packet(source: SourceType) -> str:
    """An XMP packet that says so."""
    return _PACKET.format(ext=_EXT, type=source.uri)


def named_in(xmp: bytes) -> str:
    """The name of the digital source type in a packet, whoever wrote it; empty where there is none."""
    try:
        root = fromstring(xmp.rstrip(b"\0 "))
    except (ParseError, DefusedXmlException, ValueError):
        return ""
    tag = f"{{{_EXT}}}DigitalSourceType"
    for element in root.iter():
        said = element.get(tag) or (element.text if element.tag == tag else None)
        if found := _NAME.match((said or "").strip()):
            return found[1]
    return ""


def source_of(start: bytes) -> SourceType:
    """Of a stored picture, or of what is drawn from it; a picture that does not say so was not made by us."""
    with Image.open(io.BytesIO(start)) as image:
        xmp, record = image.info.get("xmp", b""), str(image.info.get("atelier", ""))
    named = named_in(xmp)
    if named in tuple(SourceType):
        return SourceType(named)
    return SourceType.TRAINED if _drawn_from_nothing(record) else SourceType.COMPOSITE


def _drawn_from_nothing(record: str) -> bool:
    """Pictures of the first version have a record, and no XMP."""
    try:
        return _Record.model_validate_json(record).image == ""
    except ValidationError:
        return False
