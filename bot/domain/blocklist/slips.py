"""Listed words that are turned round, misspelt, masked or painted: tokens are looked up here, not searched."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import punctuation

from anyascii import anyascii

from bot.domain.blocklist.entries import LONG, Entry, Place
from bot.domain.blocklist.glyphs import glyphs
from bot.domain.blocklist.ordinary import is_ordinary
from bot.domain.blocklist.reading import Reading, Token, read

_SHORTEST = 4  # letters of a word that is looked for backwards
_MASKED = re.compile(r"(?<![^\W_])[^\W_]++(?:(?:_|[^\w\s'’.,/:;()\[\]{}<>|\\\"&=-])++[^\W_]++)+")
_PART = re.compile(r"[^\W_]+|[\W_]+")


class Slips:
    """What a list of words looks like through slips of the pen."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._spelt = {entry.spelling: number for number, entry in enumerate(entries)}
        self._variants: dict[str, int] = {}
        self._by_ends: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for spelling, number in self._spelt.items():
            self._variants |= dict.fromkeys(_variants(spelling), number)
            self._by_ends[spelling[0], spelling[-1]].append((spelling, number))
        self._most_words = max((len(entry.words) for entry in entries), default=0)
        self._longest = max(map(len, self._spelt), default=0)

    def find(self, reading: Reading) -> Iterator[Place]:
        """In no order."""
        yield from self._varied(reading)
        yield from self._masked(reading.text)
        if not reading.text.isascii():
            yield from self._painted(reading.text)

    def _varied(self, reading: Reading) -> Iterator[Place]:
        """Looks up each token that is no ordinary word, alone and with its neighbours, as far as a name may go."""
        tokens, begin = reading.tokens, 0
        disguised = [
            number
            for number, token in enumerate(tokens)
            if not is_ordinary(reading.text_of(token).strip(punctuation))
        ]
        written = _Written(reading if disguised else read(""))
        for number in disguised:
            for first in range(max(begin, number - self._most_words + 1), number + 1):
                for last in range(number, min(first + self._most_words, len(tokens))):
                    found = self._look_up(written, tokens[first : last + 1])
                    if found is not None:
                        yield Place(found, reading.at[tokens[first].first], reading.at[tokens[last].end])
            begin = number + 1

    def _look_up(self, written: _Written, tokens: Sequence[Token]) -> int | None:
        first, end = tokens[0].first, tokens[-1].end
        if not _SHORTEST <= len("".join(written.whole[first:end])) <= self._longest + 1:
            return None
        for reading in written.readings(first, end):
            found = self._variants.get(reading, self._variants.get(reading.removesuffix("s")))
            if found is not None:
                return found
        backwards = [word for token in tokens for word in reversed(written.whole[token.first : token.end])]
        return self._spelt.get("".join(backwards)) if len(tokens) > 1 else None

    def _masked(self, text: str) -> Iterator[Place]:
        for found in _MASKED.finditer(text):
            ends = _letters(found[0][0]), _letters(found[0][-1])
            if ends in self._by_ends:
                parts = [_letters(part) if part[0].isalnum() else part for part in _PART.findall(found[0])]
                for spelling, number in self._by_ends[ends]:
                    if _fits(parts, spelling):
                        yield Place(number, *found.span())

    def _painted(self, text: str) -> Iterator[Place]:
        for at, char in enumerate(text):
            for word in _painted_words(char):
                number = self._spelt.get(word, self._spelt.get(word.removesuffix("s")))
                if number is not None:
                    yield Place(number, at, at + 1)


class _Written:
    """For each glyph the letter that it may be, that it is if it is no sign, and that is seen upside down."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.whole = [glyph.looks[:1] for glyph in reading.glyphs]
        self.letters = [glyph.looks[:1] if glyph.joins else "" for glyph in reading.glyphs]
        self.turned = [glyph.turned for glyph in reading.glyphs]

    def readings(self, first: int, end: int) -> Iterator[str]:
        """Of the glyphs from `first` to before `end`. What is all in ASCII is turned only if each letter can be."""
        whole = self.whole[first:end]
        yield "".join(whole)
        yield "".join(self.letters[first:end])
        pairs = list(zip(whole, self.turned[first:end], strict=True))
        text = self._reading.text[self._reading.at[first] : self._reading.at[end]]
        if not text.isascii() or all(new or not old for old, new in pairs):
            yield "".join(new or old for old, new in pairs)


def _letters(text: str) -> str:
    return "".join(glyph.looks[:1] for char in text for glyph in glyphs(char))


def _variants(spelling: str) -> Iterator[str]:
    """Backwards, with one letter inside it left out, with two neighbours swapped; a 1 may be an I or an L."""
    if len(spelling) >= _SHORTEST:
        yield from (spelling, spelling[::-1], spelling[::-1].replace("l", "i"))
    if len(spelling) >= LONG:
        yield from (spelling[:at] + spelling[at + 1 :] for at in range(1, len(spelling) - 1))
        for at in range(len(spelling) - 1):
            yield spelling[:at] + spelling[at + 1] + spelling[at] + spelling[at + 2 :]


def _fits(parts: Sequence[str], spelling: str) -> bool:
    """Whether masks, every second part, can hide what is missing, and no more than half of the word."""
    seen, masks = parts[::2], parts[1::2]
    missing = len(spelling) - sum(map(len, seen))
    if not 0 < missing <= len(spelling) // 2:
        return False
    if len(masks) == 1:
        return missing <= len(masks[0]) and spelling.startswith(seen[0]) and spelling.endswith(seen[1])
    whole = "".join(part if number % 2 == 0 else "*" * len(part) for number, part in enumerate(parts))
    return len(whole) == len(spelling) and all(a in ("*", b) for a, b in zip(whole, spelling, strict=True))


@lru_cache(maxsize=1 << 14)
def _painted_words(char: str) -> tuple[str, ...]:
    """What an emoji is called."""
    name = "" if char.isalnum() else anyascii(char)
    return tuple(name.strip(":").split("_")) if name.startswith(":") else ()
