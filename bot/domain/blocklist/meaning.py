"""Whether letters that spell a listed word are meant as one, or merely fall so."""

from __future__ import annotations

from itertools import groupby

from bot.domain.blocklist.automaton import Match
from bot.domain.blocklist.entries import Entry
from bot.domain.blocklist.ordinary import is_ordinary
from bot.domain.blocklist.reading import LONGEST_RUN, Reading, plain_words

_COMPOUND = 6  # letters; so long a word is also found in two ordinary ones, as in "blood bath"
_SHORT = 3  # letters; of so short a word only one may be a digit: "k1d", but not the "A55" of a telephone


def is_meant(match: Match, entry: Entry, reading: Reading) -> bool:
    """What stands plainly is meant; what does not, where the words around it are neither ordinary nor a name."""
    start, end = reading.at[match.first], _end(entry.words[-1], reading, match)
    whole = match.begins and match.ends
    if (match.divided and not whole) or _cuts_number(entry.spelling, reading.text, start, end):
        return False
    words = plain_words(reading.text[start:end])
    if (match.begins or entry.open_start) and (match.ends or entry.open_end) and words == entry.words:
        return True
    if whole and len(words) == 2 and "".join(words) == entry.spelling and len(entry.spelling) >= _COMPOUND:
        return True
    if not _is_legible(match, reading):
        return False
    sign_before = not reading.glyphs[match.first].looks
    if not sign_before and sum(map(str.isalpha, reading.text[start:end])) < len(match.pattern.letters):
        return True
    around = _words_around(reading.text, start + sign_before, end)
    return not is_ordinary(around) and (whole or len(entry.words) > 1 or not around.istitle())


def _end(word: str, reading: Reading, match: Match) -> int:
    """After the match in the text; of a long run at the end of a listed word the reading leaves a part out."""
    end = reading.at[match.last] + 1
    rest = word[-1] * (len(word) - len(word.rstrip(word[-1])) - LONGEST_RUN)
    return end + len(rest) if reading.text.startswith(rest, end) else end


def _cuts_number(spelling: str, text: str, start: int, end: int) -> bool:
    """Whether a listed number is only a part of one, as the 18 of 180."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return (spelling[0].isdigit() and before.isdigit()) or (spelling[-1].isdigit() and after.isdigit())


def _is_legible(match: Match, reading: Reading) -> bool:
    """Whether its signs and digits can be letters; where all its letters are there, they merely stand between them."""
    span = range(match.first, match.last + 1)
    read = [
        reading.glyphs[at] for at in span if reading.glyphs[at].looks and reading.at[at] > reading.at[at - 1]
    ]
    letters, size = sum(glyph.joins for glyph in read), len(match.pattern.letters)
    if letters >= size:
        return True
    runs = [glyph for glyph, _ in groupby(read)]
    digits = sum(glyph.looks[-1].isdigit() for glyph in runs)
    if match.divided and letters < size / 2:
        return False
    return len(runs) <= size and digits < len(runs) and not (size <= _SHORT and digits and letters < 2)


def _words_around(text: str, start: int, end: int) -> str:
    """A part of the text, with the rest of the words that it begins and ends in."""
    while start and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[start:end]
