"""A text as glyphs, in which white space is told apart from what merely stands between the letters of a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from bot.domain.blocklist.glyphs import BREAK, GAP, NOTHING, Glyph, glyphs, plain
from bot.domain.blocklist.ordinary import ordinary_words

_CONTRACTION = re.compile(r"(?<![\w'’])([a-z]+)(['’])(?:ll|re|ve|s|d|t|m)(?![\w'’])", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_TOO_MANY_ACCENTS = regex.compile(r"(\p{M}{30})\p{M}+")  # sorting them takes a time of the second degree
_LONGEST_SINGLE = 8  # glyphs, for a letter with what surrounds it
LONGEST_RUN = 3  # of one glyph; the fourth O of "goooore" says nothing that the third does not


@dataclass(frozen=True, slots=True)
class Token:
    """What stands between white space: `glyphs[first:end]` of its reading."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The glyphs of a text between two gaps, the index in it at which each stands, and the tokens that say anything."""

    text: str
    glyphs: Sequence[Glyph]
    at: Sequence[int]
    tokens: Sequence[Token]

    def text_of(self, token: Token) -> str:
        """The part of the text that a token is."""
        return self.text[self.at[token.first] : self.at[token.end]]


def normal_form(text: str) -> str:
    """Normal form C, with no more than 30 accents on a letter (Unicode's stream-safe format)."""
    return text if text.isascii() else unicodedata.normalize("NFC", _TOO_MANY_ACCENTS.sub(r"\1", text))


def plain_words(text: str) -> tuple[str, ...]:
    """Its words without case and accents."""
    return tuple(_WORD.findall(plain(text)))


def read(text: str) -> Reading:
    """The text is in normal form C. Single letters in a row become one token, as in `g o r e` and `g - o - r - e`."""
    found, at = _glyphs(text)
    tokens: list[Token] = []
    after_single = False
    gaps = [index for index, glyph in enumerate(found) if glyph is GAP]
    for before, end in pairwise(gaps):
        token = Token(before + 1, end)
        letters = {
            glyph for glyph in found[token.first : min(end, token.first + _LONGEST_SINGLE)] if glyph.looks
        }
        if not letters:
            continue
        single = len(letters) == 1 and end - before <= _LONGEST_SINGLE
        if single and after_single:
            last = tokens.pop()
            found[last.end : token.first] = [NOTHING] * (token.first - last.end)
            token = Token(last.first, end)
        tokens.append(token)
        after_single = single
    return Reading(text, found, at, tokens)


def _glyphs(text: str) -> tuple[list[Glyph], list[int]]:
    breaks = {found.start(2) for found in _CONTRACTION.finditer(text) if found[1].lower() in ordinary_words()}
    table = {char: glyphs(char) for char in set(text)}
    found, at = [GAP], [-1]
    previous, run, inside = GAP, 1, False
    for index, char in enumerate(text):
        for glyph in table[char]:
            if glyph.joins:
                inside = True
            elif glyph is GAP:
                inside = False
            elif glyph is NOTHING:
                glyph = BREAK if index in breaks else NOTHING
            elif glyph.outside and not inside:
                glyph = glyph.outside
            else:
                inside = True
            run = run + 1 if glyph is previous else 1
            previous = glyph
            if run == 1 or (run <= LONGEST_RUN and glyph.looks):
                found.append(glyph)
                at.append(index)
    return [*found, GAP], [*at, len(text)]
