"""Members' words, shown back safely: no mention, no markdown, never too long."""

from __future__ import annotations

import regex

_GRAPHEME = regex.compile(r"\X")
_BACKTICKS = str.maketrans({"`": "ˋ", "\n": " ", "\r": " "})


def cut(text: str, longest: int) -> str:
    """At most `longest` UTF-16 units, as Discord counts them, cut between graphemes; a cut is marked by `…`."""
    if _units(text) <= longest:
        return text
    kept, used = [], 1
    for grapheme in _GRAPHEME.findall(text):
        used += _units(grapheme)
        if used > longest:
            break
        kept.append(grapheme)
    return "".join(kept) + "…"


def code(text: str, longest: int = 1000) -> str:
    """The text as inline code, in which Discord reads no mention and no link."""
    return f"`{cut(text.translate(_BACKTICKS).strip() or ' ', longest)}`"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
