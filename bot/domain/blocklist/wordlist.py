"""A list of refused words or names, found in a text even where they are disguised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.domain.blocklist.automaton import Automaton
from bot.domain.blocklist.decoding import decode
from bot.domain.blocklist.entries import Place, entry
from bot.domain.blocklist.meaning import is_meant
from bot.domain.blocklist.reading import normal_form, read
from bot.domain.blocklist.slips import Slips


@dataclass(frozen=True, slots=True)
class Hit:
    """The listed `word`, and the part of the `text` in which it was found, as it stands there."""

    word: str
    text: str


class WordList:
    """Words, names of several words, and signs such as an emoji.

    A word is found with its plural in s or es, and with whatever hides it (see the package). A `*` at its beginning or
    end stands for any letters: `blood*` also finds "bloody". What has no letter is found as it stands.
    """

    def __init__(self, words: Iterable[str]) -> None:
        listed = [word for word in map(str.strip, words) if word]
        self._entries = [found for word in listed if (found := entry(word))]
        known = {found.listed for found in self._entries}
        self._signs = [normal_form(word) for word in listed if word not in known]
        self._automaton = Automaton(
            [pattern for number, found in enumerate(self._entries) for pattern in found.patterns(number)]
        )
        self._slips = Slips(self._entries)

    def __bool__(self) -> bool:
        """Whether anything is listed."""
        return bool(self._entries or self._signs)

    def find(self, text: str) -> Hit | None:
        """One listed word that the text has, if it has any; takes a time that is linear in its length."""
        text = normal_form(text)
        hit = next((Hit(sign, sign) for sign in self._signs if sign in text), None)
        if hit or not self._entries:
            return hit
        place = next(self._places(text), None)
        if place:
            return Hit(self._entries[place.number].listed, text[place.start : place.end])
        decoded = decode(text)
        place = next(self._places(decoded.text), None) if decoded else None
        if decoded and place:
            start, end = decoded.origin[place.start], decoded.origin[place.end]
            return Hit(self._entries[place.number].listed, text[start:end])
        return None

    def _places(self, text: str) -> Iterator[Place]:
        reading = read(text)
        for match in self._automaton.matches(reading):
            if is_meant(match, self._entries[match.pattern.number], reading):
                yield Place(match.pattern.number, reading.at[match.first], reading.at[match.last] + 1)
        yield from self._slips.find(reading)
