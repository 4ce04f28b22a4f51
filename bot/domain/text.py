"""Members' words, shown back safely: no mention, no markdown, never too long."""

from __future__ import annotations

import regex

_GRAPHEME = regex.compile(r"\X")
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))  # they turn what follows the code around, too
_PLAIN = str.maketrans({"`": "ˋ", "\n": " ", "\r": " "}) | dict.fromkeys(_DIRECTIONS)


def units(text: str) -> int:
    """How long Discord takes the text to be: in UTF-16 units, of which an emoji has two."""
    return len(text.encode("utf-16-le")) // 2


def start_of(text: str, longest: int) -> str:
    """As many whole graphemes as are at most `longest` units."""
    if units(text) <= longest:
        return text
    kept, used = [], 0
    for grapheme in _GRAPHEME.findall(text):
        used += units(grapheme)
        if used > longest:
            break
        kept.append(grapheme)
    return "".join(kept)


def cut(text: str, longest: int) -> str:
    """At most `longest` units; what is cut is marked by `…`."""
    return text if units(text) <= longest else start_of(text, longest - 1) + "…"


def cut_formatted(text: str, longest: int) -> str:
    """`cut` for text with inline code, none of which is left open: what it quotes would be read as markdown."""
    if units(text) <= longest:
        return text
    kept = cut(text, longest - 1)
    return kept + "`" if kept.count("`") % 2 else kept


def code(text: str, longest: int = 1000) -> str:
    """The text as inline code, in which Discord reads no mention and no link."""
    return f"`{cut(text.translate(_PLAIN).strip() or ' ', longest)}`"
