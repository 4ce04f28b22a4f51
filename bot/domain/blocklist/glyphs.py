"""What each character can be read as: by its name in Unicode, by how it looks (decancer) and sounds (anyascii)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex
from anyascii import anyascii
from decancer_py import parse

from bot.domain.blocklist.alphabets import FANCY, UPSIDE_DOWN

_LEET = {
    "0": "o", "1": "il", "2": "zr", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b", "9": "gq",
    "@": "a", "$": "s", "!": "il", "|": "li", "(": "c", "+": "t", "#": "h", "^": "a", "&": "ea",
}  # fmt: skip
_ONLY_INSIDE = "!|(+#^&"  # more often what they are than a letter, so they are one only within a word
_ALIKE = {"I": "il", "l": "li", "k": "kc", "v": "vu", "y": "yi", "z": "zs"}  # by shape or careless spelling
_NAMED = re.compile(r"(?:LATIN|INDICATOR|TURNED)\b.* ([A-Z])(?: WITH .*)?$")
_UNSPACED = re.compile("CJK|IDEOGRAPHIC|HIRAGANA|KATAKANA|HALFWIDTH|HANGUL|THAI|LAO|KHMER|MYANMAR")
_SPOKEN = re.compile(
    "CYRILLIC|GREEK|ARMENIAN|GEORGIAN|HEBREW|ARABIC|ETHIOPIC|SINHALA|DEVANAGARI|BENGALI|GURMUKHI|GUJARATI|TAMIL"
    "|TELUGU|KANNADA|MALAYALAM"
)  # today; their own words are not to be read aloud as English
_UNSEEN = regex.compile(
    r"[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2000-\u200A\u202F\u205F\u2800]"
)
_ACCENT = regex.compile(r"[[\p{M}&&\p{Script=Inherited}]--[\u3099\u309A]]", regex.VERSION1)


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """A character, or a part of one such as the `e` of `æ`.

    `looks` are the letters and digits that it may be, the likeliest first; `sounds` those that it may only be in a long
    word, as a letter of another living script by its sound. Letters `join` their neighbours to one word. What `skips`
    may stand between the letters of a word without being one of them. `turned` is what is seen when the page is turned
    round. Some signs are read so only inside a word; `outside` is what they are elsewhere.
    """

    looks: str = ""
    sounds: str = ""
    turned: str = ""
    joins: bool = False
    skips: bool = True
    outside: Glyph | None = None


NOTHING = Glyph()
GAP = Glyph(skips=False)  # white space
BREAK = Glyph(skips=False)  # between what is never one word, as in "he'll"


@lru_cache(maxsize=1 << 16)
def glyphs(char: str) -> tuple[Glyph, ...]:
    """What a character of normal form C is; none for an accent that stands alone."""
    if char.isascii():
        return (_ascii(char),)
    name = unicodedata.name(char, "")
    named = _NAMED.search(name)
    letter = named[1].lower() if named else ""
    if _UNSEEN.match(char):
        return (Glyph(looks=letter),) if letter else (NOTHING,)
    if char.isspace():
        return (GAP,)
    if _ACCENT.match(char):
        return (Glyph(looks=letter),) if letter else ()
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return (Glyph(_ascii(str(digit)).looks + FANCY.get(char, "")),)
    return _foreign(char, name, letter)


def plain(text: str) -> str:
    """Without accents and case, and with letters in a circle and the like as what they stand for."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text).casefold()))


def unspaced(char: str) -> bool:
    """Whether it belongs to a script that is written without white space between words."""
    return bool(_UNSPACED.match(unicodedata.name(char, "")))


def _ascii(char: str) -> Glyph:
    if char.isalpha():
        letter = char.lower()
        looks = _ALIKE.get(char, letter if char == "L" else _ALIKE.get(letter, letter))
        return Glyph(looks, "g" if letter == "q" else "", UPSIDE_DOWN.get(char, ""), joins=True, skips=False)
    if char.isspace():
        return GAP
    looks = _LEET.get(char, "")
    if char in _ONLY_INSIDE:
        return Glyph(looks, outside=Glyph(sounds=looks))
    if char.isdigit():
        return Glyph(looks + char)
    return Glyph(looks) if looks else NOTHING


def _foreign(char: str, name: str, named: str) -> tuple[Glyph, ...]:
    bare, shape = plain(_unhooked(char, name)).strip("()"), str(parse(char, disable_bidi=True)).strip()
    readings = [text for text in (bare, shape) if text.isascii() and text.isalpha()]
    single = "".join(text for text in readings if len(text) == 1) + named
    several = max((text for text in readings if len(text) > 1), key=len, default="")
    apart, spoken = _UNSPACED.match(name), _SPOKEN.match(name)
    sound = "" if apart else anyascii(char).lower()
    sound = sound if len(sound) == 1 and sound.isalpha() else ""
    if not spoken:
        single += _ALIKE.get(sound, sound)
    spelt = named or (sound and not spoken)
    is_letter = bool(spelt) or (char.isalpha() and (bool(single) or unicodedata.category(char) != "Lm"))
    letters = single + several[:1] + _LEET.get(shape, "") + FANCY.get(char, "") + bare[:1]
    first = Glyph(
        looks=_with_bars("".join(filter(str.isalnum, letters))),
        sounds=sound if spoken else "",
        turned=named if "TURNED" in name else UPSIDE_DOWN.get(char, UPSIDE_DOWN.get(char.lower(), "")),
        joins=is_letter and not apart,
        skips=not is_letter,
    )
    if not (first.looks or first.joins):
        return (NOTHING,)
    return (first, *(Glyph(looks=letter) for letter in several[1:] if not apart))


def _unhooked(char: str, name: str) -> str:
    """Without the hook, tail or stroke that its name ends in."""
    base, hook, _ = name.partition(" WITH ")
    try:
        return unicodedata.lookup(base) if hook else char
    except KeyError:
        return char


def _with_bars(letters: str) -> str:
    """Each of them once; a bare stroke is both an I and an L."""
    strokes = {"i": "il", "l": "li"}
    return "".join(dict.fromkeys("".join(strokes.get(letter, letter) for letter in letters)))
