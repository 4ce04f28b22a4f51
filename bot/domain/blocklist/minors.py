"""The words for minors: where the safety mode is off, a prompt with one of these is refused.

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
_NUMBER = rf"(?P<tens>(?:{'|'.join(_TENS)})[\s-]+)?(?P<number>\d{{1,9}}|{'|'.join(_NUMBERS)})"
_AGES = (
    re.compile(rf"(?<![\w.]){_NUMBER}[\s-]*(?:years?|yrs?|y|months?)[\s./-]*(?:olds?|o)\b", re.IGNORECASE),
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
        number = found["number"].lower()
        years = int(number) if number.isdecimal() else _NUMBERS.index(number) + 1
        if years < _ADULT and not found["tens"]:
            yield Hit(f"under {_ADULT}", found[0])


MINORS = Minors()
