"""How long something lasts, as people write it."""

from __future__ import annotations

import re

from bot.domain.text import code
from bot.errors import BadRequest
from engine.sentence import say

_SPAN = re.compile(r"([0-9]{1,5}) ?([mhdw])", re.IGNORECASE)
_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(text: str) -> int:
    """Of `30m`, `2h`, `7d` or `2w`. Raises `BadRequest`."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise BadRequest(
            say("{text} is no time; write one such as `30m`, `2h`, `7d` or `2w`.", text=code(text, 40))
        )
    return int(match[1]) * _UNITS[match[2].lower()]
