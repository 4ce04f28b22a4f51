"""Letters that are written in code, as `%67`, `&#103;` or `:regional_indicator_g:`, or drawn, as `|-|` for an H."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from itertools import chain
from urllib.parse import unquote

_DRAWN = dict(
    pair.split(" ")
    for pair in (
        r"|\/| m", r"/\/\ m", r"|\| n", r"/\/ n", r"\/\/ w", "|-| h", "]-[ h", "}{ h", "|_| u", "(_) u", r"/-\ a",
        r"/\ a", r"\/ v", "|< k", "|{ k", "|) d", "|> d", "[) d", "|3 b", "|2 r", "|= f", "|* p", "|_ l", "_| j",
        "() o", "[] o", "{} o", "<> o", ">< x", ")( x",
    )
)  # fmt: skip
_CODED = re.compile(
    r"(?P<percent>(?:%(?:25)*[0-9a-f]{2})+)"
    r"|(?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z]{2,24}[0-9]{0,2});)"
    r"|\\(?:u\{?|x|U000)(?P<point>[0-9a-f]{2,5})\}?"
    r"|:regional_indicator_(?P<letter>[a-z]):"
    r"|(?P<drawn>" + "|".join(re.escape(shape) for shape in sorted(_DRAWN, key=len, reverse=True)) + ")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a text says, and where each of its characters, and its end, stand in the text itself."""

    text: str
    origin: tuple[int, ...]


def decode(text: str) -> Decoded | None:
    """None where nothing is in code."""
    parts: list[str] = []
    origins: list[range | list[int]] = []
    done = 0
    for code in _CODED.finditer(text):
        meant = _meant(code)
        parts += text[done : code.start()], meant
        origins += range(done, code.start()), [code.start()] * len(meant)
        done = code.end()
    if not parts:
        return None
    return Decoded("".join((*parts, text[done:])), tuple(chain(*origins, range(done, len(text) + 1))))


def _meant(code: re.Match[str]) -> str:
    match code.lastgroup:
        case "percent":
            return unquote(re.sub("%(?:25)+", "%", code[0]))
        case "entity":
            return html.unescape(code[0])
        case "point":
            return chr(int(code["point"], 16))
        case "letter":
            return code["letter"]
        case _:
            return _DRAWN[code[0]]
