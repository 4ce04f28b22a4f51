"""What an owner wrote into a list, and the spellings of it that are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.blocklist.automaton import Pattern
from bot.domain.blocklist.glyphs import plain, unspaced
from bot.domain.blocklist.reading import normal_form, plain_words, read

LONG = 5  # letters; a shorter word is found only between the borders of words
_DIVISIBLE = 4  # letters; a shorter word is not put together across white space
_DRAWN_BY_TWO = {"w": "vv", "m": "rn", "d": "cl", "f": "ph"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed word or name: `letters` holds what may stand for each of its letters, the plain one first.

    `ends` are the numbers of letters after which one of its own words ends. A `*` before or after it means that a word
    may go on there.
    """

    listed: str
    words: tuple[str, ...]
    letters: tuple[str, ...]
    ends: frozenset[int]
    open_start: bool
    open_end: bool

    @property
    def spelling(self) -> str:
        """Its plain letters, without white space."""
        return "".join(letter[0] for letter in self.letters)

    @property
    def is_long(self) -> bool:
        """Long enough to be told from a part of another word, and through a slip of the pen."""
        return len(self.letters) >= LONG

    def patterns(self, number: int) -> Iterator[Pattern]:
        """Under that number: as it is written, and with each letter that can be drawn by two others drawn so."""
        yield self._pattern(number, self.letters, self.ends)
        for letter, two in _DRAWN_BY_TWO.items():
            if letter in self.letters:
                yield self._drawn(number, letter, two)

    def _drawn(self, number: int, letter: str, two: str) -> Pattern:
        letters: list[str] = []
        ends = set()
        for place, own in enumerate(self.letters, 1):
            letters += two if own == letter else [own]
            if place in self.ends:
                ends.add(len(letters))
        return self._pattern(number, tuple(letters), frozenset(ends))

    def _pattern(self, number: int, letters: tuple[str, ...], ends: frozenset[int]) -> Pattern:
        return Pattern(
            number,
            letters,
            ends,
            divisible=len(self.letters) >= _DIVISIBLE,
            open_start=self.open_start or self.is_long,
            open_end=self.open_end or self.is_long,
            by_sound=self.is_long,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text has the listed word of that `number`: the characters from `start` to before `end`."""

    number: int
    start: int
    end: int


def entry(listed: str) -> Entry | None:
    """None where nothing in it is a letter or digit."""
    text = normal_form(listed.strip())
    reading = read(text)
    letters: list[str] = []
    ends = set()
    for glyph, at in zip(reading.glyphs, reading.at, strict=True):
        if glyph.looks and not glyph.outside:
            letters.append(_accepted(text[at], glyph.looks))
        else:
            ends.add(len(letters))
    if not any(map(str.isalnum, text)):
        return None
    apart = any(map(unspaced, text))
    return Entry(
        listed,
        plain_words(text),
        tuple(letters),
        frozenset(ends - {0, len(letters)}),
        open_start=apart or text.startswith("*"),
        open_end=apart or text.endswith("*"),
    )


def _accepted(char: str, looks: str) -> str:
    """What may stand for a listed letter; one that is no sign stands for itself, whatever else it looks like."""
    if unspaced(char) or (char.isascii() and char.isalnum()):
        return plain(char)
    return looks
