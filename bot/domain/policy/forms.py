"""How an admin types the value of a setting, how it is shown, and how it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Generic, TypeVar
from zoneinfo import available_timezones

from bot.domain.text import code
from engine.request import MAX_SIDE, MIN_SIDE
from engine.sentence import Sentence, say

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)
LONGEST_ITEM = 100  # characters
_SIDES = re.compile(r"([0-9]{1,5})\s*[x×]\s*([0-9]{1,5})", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,9})\s*([smh]?)", re.IGNORECASE)
_LIKELY_SIDES = ("512x512", "768x512", "768x768", "1024x768", "1024x1024")
_SECONDS = {"h": 3600, "m": 60, "s": 1, "": 1}
_UNLIMITED, _ALL, _NONE = ("unlimited", "none", "-"), ("all", "-"), ("none", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[T]):
    """`read` takes what is typed and raises `ValueError`; it also takes what `show` says.

    `legal` completes the sentence "choose ..."; `thaw` makes the value of what JSON keeps of it. `offers` are legal
    texts to choose from: all that there are where it is `closed`, and then several of them together where `several`.
    """

    read: Callable[[str], T]
    show: Callable[[T], str]
    thaw: Callable[[Any], T]
    legal: Sentence
    offers: Callable[[], Sequence[str]] = tuple
    closed: bool = False
    several: bool = False


def flag() -> Form[bool]:
    words = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}

    def read(text: str) -> bool:
        if (value := words.get(text.lower())) is None:
            raise ValueError(text)
        return value

    return Form(
        read=read,
        show=lambda value: "on" if value else "off",
        thaw=bool,
        legal=say("on or off"),
        offers=lambda: ("on", "off"),
        closed=True,
    )


def number(low: int, high: int, *likely: int) -> Form[int]:
    """With no `likely` ones all are offered."""
    return Form(
        read=lambda text: _within(int(text), low, high),
        show=str,
        thaw=int,
        legal=say("a whole number from {low} to {high}", low=low, high=high),
        offers=lambda: tuple(map(str, likely or range(low, high + 1))),
        closed=not likely,
    )


def pixels() -> Form[int]:
    """A number of pixels, or two sides such as 768x512."""
    low, high = MIN_SIDE**2, MAX_SIDE**2

    def read(text: str) -> int:
        sides = _SIDES.fullmatch(text)
        return _within(int(sides[1]) * int(sides[2]) if sides else int(text), low, high)

    legal = say("a number of pixels from {low} to {high}, or two sides such as `768x512`", low=low, high=high)
    return Form(read=read, show=str, thaw=int, legal=legal, offers=lambda: _LIKELY_SIDES)


def duration(longest: int, *likely: str) -> Form[int]:
    """Seconds, typed as such or with a unit."""

    def read(text: str) -> int:
        if not (match := _TIME.fullmatch(text)):
            raise ValueError(text)
        return _within(int(match[1]) * _SECONDS[match[2].lower()], 0, longest)

    def show(seconds: int) -> str:
        unit = next(unit for unit, length in _SECONDS.items() if max(seconds, 1) % length == 0)
        return f"{seconds // _SECONDS[unit]}{unit}"

    legal = say("a time from `0s` to {longest}, such as `90`, `90s` or `5m`", longest=code(show(longest)))
    return Form(read=read, show=show, thaw=int, legal=legal, offers=lambda: likely)


def choice(kind: type[Choice]) -> Form[Choice]:
    return Form(
        read=lambda text: kind(text.lower()),
        show=str,
        thaw=kind,
        legal=say("one of: {names}", names=_names(kind)),
        offers=lambda: tuple(map(str, kind)),
        closed=True,
    )


def unlimited(form: Form[T]) -> Form[T | None]:
    """The same, or none."""
    return _or_none(form, _UNLIMITED)


def subset(
    kind: Callable[[str], T], legal: Sentence, offers: Sequence[str] = ()
) -> Form[frozenset[T] | None]:
    """Some of these, or none where all are meant. "none" is not read: it might mean either."""

    def read(text: str) -> frozenset[T]:
        if not (items := _items(text, _ALL)):
            raise ValueError(text)
        return frozenset(map(kind, items))

    form: Form[frozenset[T]] = Form(
        read=read,
        show=lambda value: ", ".join(sorted(map(str, value))),
        thaw=lambda items: frozenset(map(kind, items)),
        legal=legal,
        offers=lambda: offers,
        closed=bool(offers),
        several=True,
    )
    return _or_none(form, _ALL)


def choices(kind: type[Choice], legal: Sequence[Choice]) -> Form[frozenset[Choice] | None]:
    """Some of the legal ones, or none where all are meant."""

    def read(text: str) -> Choice:
        if (value := kind(text.lower())) not in legal:
            raise ValueError(text)
        return value

    return subset(read, say("one or more of: {names}", names=_names(legal)), tuple(map(str, legal)))


def listing(legal: Sentence) -> Form[tuple[str, ...]]:
    """Words or names as they are typed, each once."""
    return Form(
        read=lambda text: tuple(_items(text, _NONE)),
        show=lambda items: ", ".join(items) or _NONE[0],
        thaw=tuple,
        legal=say("{legal}, or {nothing}", legal=legal, nothing=code(_NONE[0])),
        offers=lambda: _NONE[:1],
    )


def timezone() -> Form[str]:
    def read(text: str) -> str:
        if (name := _timezones().get(text.lower())) is None:
            raise ValueError(text)
        return name

    legal = say("an IANA timezone such as `UTC`, `Europe/Berlin` or `America/New_York`")
    return Form(read=read, show=str, thaw=read, legal=legal, offers=lambda: sorted(_timezones().values()))


def _or_none(form: Form[T], blanks: Sequence[str]) -> Form[T | None]:
    return Form(
        read=lambda text: None if text.lower() in blanks else form.read(text),
        show=lambda value: blanks[0] if value is None else form.show(value),
        thaw=lambda kept: None if kept is None else form.thaw(kept),
        legal=say("{legal}, or {nothing}", legal=form.legal, nothing=code(blanks[0])),
        offers=lambda: (blanks[0], *form.offers()),
        closed=form.closed,
        several=form.several,
    )


def _within(value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def _items(text: str, blanks: Sequence[str]) -> list[str]:
    """What stands between commas and line breaks, each once; a blank is no item, so that what is shown is read."""
    stripped = (" ".join(item.split()) for item in re.split(r"[,\n]", text))
    items = list(dict.fromkeys(item for item in stripped if item and item.lower() not in blanks))
    if any(len(item) > LONGEST_ITEM for item in items):
        raise ValueError(text)
    return items


def _names(values: Iterable[StrEnum]) -> str:
    return ", ".join(code(value) for value in values)


@cache
def _timezones() -> dict[str, str]:
    """By their names in lower case. `localtime` is another one on every machine."""
    return {name.lower(): name for name in available_timezones() - {"localtime"}}
