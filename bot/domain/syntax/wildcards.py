"""Wildcards: `__animals__` in a prompt becomes a line of the list of that name."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping

from bot.domain.hints import hint
from bot.domain.syntax.escapes import WILDCARD
from bot.domain.text import code
from bot.errors import BadRequest
from engine.sentence import say

_MOST = 100  # those in lines included, which a list that names itself would never end
_WILDCARD = re.compile(rf"\\?{WILDCARD}", re.IGNORECASE)


def fill(text: str, wildcards: Mapping[str, tuple[str, ...]], seed: int) -> str:
    r"""The text with a line in each wildcard's place: always the same ones for the same text, lists and seed.

    Lines may hold wildcards and flags, so the text is filled before it is parsed; `\__name__` stays for that.
    Raises `BadRequest` on a name without a list, and on too many wildcards.
    """
    numbers = itertools.count()

    def line(match: re.Match[str]) -> str:
        if match[0].startswith("\\"):
            return match[0]
        number = next(numbers)
        if number == _MOST:
            raise BadRequest(
                say(
                    "There are more than {most} wildcards, those in the lists' lines included; use fewer.",
                    most=_MOST,
                )
            )
        lines = _lines(match[0].strip("_").lower(), wildcards)
        return _WILDCARD.sub(line, random.Random(f"{seed}:{number}").choice(lines))

    return _WILDCARD.sub(line, text)


def _lines(name: str, wildcards: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name not in wildcards:
        raise BadRequest(
            say("There is no wildcard list called {name}; {hint} Two plain underscores are written {plain}.",
                name=code(name), hint=hint(name, wildcards), plain=r"`\__`")
        )  # fmt: skip
    return wildcards[name]
