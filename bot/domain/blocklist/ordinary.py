"""The ordinary English words: what is spelled plainly as one of these is no disguise of another."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_FILE = "frequency_dictionary_en_82_765.txt"  # a word and how often it was counted, one a line
_WORD = re.compile("[a-z]+")
_CONTRACTED = re.compile(r"(?:n?['’]t|['’](?:s|d|m|ll|re|ve))\b")
_SENTENCE = re.compile(r"[a-z\s,.;:!?/&'’\"“”–—_()\[\]{}<>+-]*")


@cache
def ordinary_words() -> frozenset[str]:
    """About 83,000, in lower case."""
    with (files("symspellpy") / _FILE).open(encoding="utf-8-sig") as lines:
        return frozenset(line.partition(" ")[0] for line in lines)


def is_ordinary(text: str) -> bool:
    """Whether it is made of them, with nothing between them that a sentence has not."""
    text = text.lower()
    if text.rstrip(",.") in ordinary_words():
        return True
    if not _SENTENCE.fullmatch(text):
        return False
    return ordinary_words().issuperset(_WORD.findall(_CONTRACTED.sub("", text)))
