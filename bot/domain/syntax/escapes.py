r"""The backslash: how a prompt says in so many letters what would be syntax otherwise.

`\{`, `\}`, `\__name__`, `a\::2` and `\--flag` stand for the same without the backslash. No other backslash is ours:
`\(` and `\\` go to the engine as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

WILDCARD = r"__[a-z0-9][a-z0-9_-]{0,31}?__"
_NUMBER = r"-?(?:[0-9]{1,6}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})"
WEIGHT = rf"::(?P<weight>{_NUMBER})?,?\Z"  # at the end of a word

_SYNTAX = rf"[{{}}]|{WILDCARD}|{WEIGHT}"
_PLAIN = re.compile(_SYNTAX, re.IGNORECASE)
_ESCAPED = re.compile(rf"\\(?={_SYNTAX})", re.IGNORECASE)
_FLAG = re.compile(r"\\*(?:--|—|–)[^\W\d_]")


def escape(text: str) -> str:
    """Words that are read as just this text, with single spaces."""
    return " ".join(map(_escape, text.split()))


def plain(words: Iterable[str]) -> str:
    """The text that these words stand for."""
    return " ".join(map(_unescape, words))


def _escape(word: str) -> str:
    word = _PLAIN.sub(r"\\\g<0>", word)
    return f"\\{word}" if _FLAG.match(word) else word


def _unescape(word: str) -> str:
    if word.startswith("\\") and _FLAG.match(word):
        word = word[1:]
    return _ESCAPED.sub("", word)
