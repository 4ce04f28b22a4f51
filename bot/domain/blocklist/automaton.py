"""All listed words at once, a bit for each of their letters: the shift-and search of Baeza-Yates and Gonnet (1992)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.blocklist.glyphs import BREAK, GAP, Glyph
from bot.domain.blocklist.reading import Reading

_MOST_MASKS = 1 << 12
_FARTHEST = 5  # glyphs to a letter that a match is followed back


@dataclass(frozen=True, slots=True)
class Pattern:
    """One spelling of the listed word of that `number`.

    Each of `letters` holds what may stand for it; `ends` are the numbers of letters after which one of its own words
    ends. White space may stand there, and anywhere where it is `divisible`. `open_start` and `open_end` let it stand
    inside a longer word; `by_sound` lets a letter stand for another that sounds alike.
    """

    number: int
    letters: Sequence[str]
    ends: frozenset[int]
    divisible: bool
    open_start: bool
    open_end: bool
    by_sound: bool

    @property
    def numeric(self) -> bool:
        """Whether it is a number."""
        return all(map(str.isdigit, self.letters))


@dataclass(frozen=True, slots=True)
class Match:
    """The glyphs from `first` to `last` of a reading spell a pattern.

    It `begins` and `ends` where a word does, and is `divided` where white space cuts one of its own words.
    """

    pattern: Pattern
    first: int
    last: int
    begins: bool
    ends: bool
    divided: bool


class Automaton:
    """The state is the set of letters that the text read so far can end with, each with those before it."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._starts = self._open_starts = self._finals = self._open_finals = 0
        self._by_sound = self._own_gaps = self._gaps = 0
        self._accept: defaultdict[str, int] = defaultdict(int)
        self._pattern_of: dict[int, Pattern] = {}
        self._masks: dict[Glyph, int] = {}
        first = 0
        for pattern in patterns:
            self._add(pattern, first)
            first += len(pattern.letters) + 1  # a bit that nothing accepts keeps the next one apart

    def _add(self, pattern: Pattern, first: int) -> None:
        for place, letters in enumerate(pattern.letters, first):
            for letter in letters:
                self._accept[letter] |= 1 << place
        start, final = 1 << first, 1 << (first + len(pattern.letters) - 1)
        own_gaps = sum(1 << (first + end - 1) for end in pattern.ends)
        body = 2 * final - start
        self._starts |= start
        self._finals |= final
        self._own_gaps |= own_gaps
        self._gaps |= body if pattern.divisible else own_gaps
        if pattern.open_start:
            self._open_starts |= start
        if pattern.open_end:
            self._open_finals |= final
        if pattern.by_sound:
            self._by_sound |= body
        self._pattern_of[final] = pattern

    def matches(self, reading: Reading) -> Iterator[Match]:
        """In the order of their last glyphs."""
        masks, previous = self._masks, ""
        state = signs = 0
        joined = False
        for index, glyph in enumerate(reading.glyphs):
            mask = masks[glyph] if glyph in masks else self._mask(glyph)
            if mask:
                entered = state << 1 | (self._open_starts if joined else self._starts)
                if glyph.looks == previous:
                    entered |= state
                entered &= mask
                if glyph.skips:
                    state |= entered
                    signs += glyph.looks != previous
                else:
                    state, signs = entered, 0
                previous = glyph.looks
                if entered & self._finals:
                    yield from self._ended(reading.glyphs, index, entered & self._finals, signs)
            elif glyph is GAP:
                state &= self._gaps
            elif glyph is BREAK:
                state &= self._own_gaps
            elif not glyph.skips:
                state = 0
            joined = glyph.joins

    def _ended(self, glyphs: Sequence[Glyph], last: int, finals: int, signs: int) -> Iterator[Match]:
        """Those that end there; not where they can be read in the last `signs` alone, unless they are a number."""
        if not ends_word(glyphs, last):
            finals &= self._open_finals
        while finals:
            final = finals & -finals
            finals ^= final
            pattern = self._pattern_of[final]
            if signs < len(pattern.letters) or pattern.numeric:
                match = self._match(glyphs, last, final)
                if match:
                    yield match

    def _mask(self, glyph: Glyph) -> int:
        """All letters of all patterns that it may stand for."""
        if glyph in self._masks:
            return self._masks[glyph]
        looks = sounds = 0
        for letter in glyph.looks:
            looks |= self._accept.get(letter, 0)
        for letter in glyph.sounds:
            sounds |= self._accept.get(letter, 0)
        if len(self._masks) >= _MOST_MASKS:
            self._masks.clear()
        mask = self._masks[glyph] = looks | (sounds & self._by_sound)
        return mask

    def _match(self, glyphs: Sequence[Glyph], last: int, final: int) -> Match | None:
        """Back to its first glyph, and on to where a word begins if that is near; none where it is too far."""
        pattern = self._pattern_of[final]
        start = final >> (len(pattern.letters) - 1)
        state, divided, following, best = final, False, glyphs[last].looks, None
        for first in range(last, max(0, last - _FARTHEST * len(pattern.letters)), -1):
            before = glyphs[first - 1]
            if state & start and (best is None or glyphs[first].joins):
                best = Match(pattern, first, last, not before.joins, ends_word(glyphs, last), divided)
                if best.begins and glyphs[first].joins:
                    break
            if before.looks or before.sounds:
                left = (state >> 1 | (state if before.looks == following else 0)) & self._mask(before)
                state = left | state if before.skips else left
                following = before.looks
            elif before is GAP or before is BREAK:
                own = state & self._own_gaps << 1
                divided = divided or not own
                state = own or (state & self._gaps << 1 if before is GAP else 0)
            elif not before.skips:
                break
        return best


def ends_word(glyphs: Sequence[Glyph], last: int) -> bool:
    """Whether nothing but the end of a plural stands between this glyph and the end of its word."""
    after = last + 1
    if glyphs[after].joins and "e" in glyphs[after].looks and "s" in glyphs[after + 1].looks:
        after += 1
    if glyphs[after].joins and "s" in glyphs[after].looks:
        after += 1
    return not glyphs[after].joins
