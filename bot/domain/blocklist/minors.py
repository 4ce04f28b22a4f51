"""The words for minors: where the safety mode is off because Discord restricts the channel by age, they are refused.

It errs on the side of refusing, since no setting of an admin overrides it there: a 12 year old whisky, a baby dragon
and a memory of childhood are refused too. "Girl" and "boy" alone are not, since the field's tags use them for adults
("1girl"), but "little girl" and "young boy" are. Other languages are covered thinly, and a minor who is described
without any of these words is not found. The checker of pictures stands behind it where it is switched on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from bot.domain.blocklist.wordlist import Hit, WordList

_ADULT = 18  # years
_UNITS = {"y": _ADULT, "m": _ADULT * 12, "w": _ADULT * 52, "d": _ADULT * 365}  # as many make an adult
_LISTED = """
child*, schoolchild*, grandchild*, kid, kiddo, kiddie, toddler, infant, baby, babies, newborn,
teen, teenage, teenaged, teenager, preteen, tween, adolescent, adolescence, juvenile, youngster,
minors, underag*, under 18, under eighteen, pubescent, prepubescent, puberty, girlhood, boyhood,
little girl, little boy, young girl, young boy, small girl, small boy,
schoolgirl, schoolboy, *schooler, kindergarten*, kindergartner, daycare, jailbait, nymphet,
loli, lolita, lolicon, shota, shotacon, pedo, pedophile, pedophilia, paedophile, paedophilia,
enfant, fillette, criança, menina, menino, bambina, bambino, mädchen, kleinkind, dziecko, dziewczynka,
ребёнок, ребенок, дети, девочка, мальчик, школьница, школьник,
子供, こども, 赤ちゃん, 幼女, 少女, 少年, 女児, 男児, 児童, 小学生, 中学生, ロリ, ショタ,
儿童, 小孩, 幼儿, 萝莉, 어린이, 소녀, 소년, 👶, 🧒, 👧, 👦
"""
_NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_GAP = r"[\s\u2010-\u2015-]"
_NUMBER = (
    rf"(?<![\w.])(?<!\d,)(?=\w)(?:(?P<tens>{'|'.join(_TENS)})\b)?"
    rf"(?:{_GAP}*(?P<number>\d{{1,9}}(?:\.\d)?|{'|'.join(reversed(_NUMBERS))}))?"
)
_UNIT = r"(?P<unit>years?|yrs?|y|months?|mos?|weeks?|wks?|days?)"
_AGES = (
    re.compile(rf"{_NUMBER}{_GAP}*{_UNIT}[\s./\u2010-\u2015-]*(?:olds?|o|of\s+age)\b", re.IGNORECASE),
    re.compile(rf"{_NUMBER}{_GAP}*(?P<unit>yrs?)\b", re.IGNORECASE),
    re.compile(rf"\bage(?:d|s|\s+of)?[\s:]+{_NUMBER}\b", re.IGNORECASE),
)


class Minors:
    """The words, and ages under 18 in figures or English words."""

    def __init__(self) -> None:
        self._words = WordList(_LISTED.split(","))

    def find(self, text: str) -> Hit | None:
        """The first that the text is seen to have; an age is found only where it is written plainly."""
        return self._words.find(text) or next(_young(text), None)


def _young(text: str) -> Iterator[Hit]:
    for found in chain.from_iterable(pattern.finditer(text) for pattern in _AGES):
        age = _value(found["tens"], found["number"])
        if age is not None and age < _UNITS[found.groupdict().get("unit", "y")[0].lower()]:
            yield Hit(f"under {_ADULT}", found[0])


def _value(tens: str | None, number: str | None) -> float | None:
    """None where there is neither."""
    if tens is None and number is None:
        return None
    ones = 0.0
    if number is not None:
        ones = float(number) if number[0].isdecimal() else _NUMBERS.index(number.lower()) + 1
    return ones if tens is None else 10 * (_TENS.index(tens.lower()) + 2) + ones


MINORS = Minors()
