"""Weighted parts: `a house::2 the sea:: fog::-0.5` becomes the engine's own weights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.syntax.escapes import WEIGHT, plain
from bot.errors import BadRequest
from engine.sentence import say

MAX_WEIGHT = 2.0  # of the engine
_NEGATIVE = 0.5  # `fog::-0.5` is `--no fog`
_END = re.compile(rf"(?<!\\){WEIGHT}")
_BRACKET = re.compile(r"\\.|[()\[\]]", re.DOTALL)
_CLOSED_BY = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    weight: float

    def times(self, factor: float) -> str:
        """As the engine reads it; brackets that do not pair up would reach beyond it, so they become plain ones."""
        brackets = [mark for mark in _BRACKET.findall(self.text) if len(mark) == 1]
        paired = _pair_up(brackets)
        most = 1.0 if brackets and paired else MAX_WEIGHT
        weight = min(most, round(abs(self.weight) * factor, 2))
        if weight == 1:
            return self.text
        return f"({self.text if paired else _BRACKET.sub(_escaped, self.text)}:{weight:g})"


def weigh(words: Iterable[str]) -> tuple[str, str]:
    """What the picture should show, and what it should not.

    A part ends with `::` and a weight, 1 where there is none. Only the ratio of the weights counts: the positive
    ones are divided by their mean, so that `a::2 b` is `(a:1.33), (b:0.67)`. A part of -0.5 times that mean is
    unwanted as `--no` has it, and others in proportion: `a:: fog::-1` is `a`, and `(fog:2)` unwanted. No weight goes
    above 2, and none above 1 around a part with weights of its own, which multiply with it. Raises `BadRequest` where
    no part has a weight above 0.
    """
    parts = _split(words)
    if len(parts) == 1 and parts[0].weight == 1:
        return parts[0].text, ""
    wanted = [part for part in parts if part.weight > 0]
    if not wanted:
        raise BadRequest(
            say(
                "No part of the prompt has a weight above 0; write one as in {usage}.",
                usage="`a house::2 fog::-0.5`",
            )
        )
    mean = sum(part.weight for part in wanted) / len(wanted)
    unwanted = [part for part in parts if part.weight < 0]
    return (
        ", ".join(part.times(1 / mean) for part in wanted),
        ", ".join(part.times(1 / mean / _NEGATIVE) for part in unwanted),
    )


def _split(words: Iterable[str]) -> list[_Part]:
    """Without those that have no text, but one at least."""
    parts: list[_Part] = []
    text: list[str] = []
    for word in words:
        end = _END.search(word)
        text.append(word[: end.start()] if end else word)
        if end:
            parts.append(_Part(plain(filter(None, text)), float(end["weight"] or 1)))
            text = []
    parts.append(_Part(plain(text), 1))
    return [part for part in parts if part.text] or [_Part("", 1)]


def _pair_up(brackets: Iterable[str]) -> bool:
    awaited: list[str] = []
    for bracket in brackets:
        if bracket in _CLOSED_BY:
            awaited.append(_CLOSED_BY[bracket])
        elif not awaited or awaited.pop() != bracket:
            return False
    return not awaited


def _escaped(mark: re.Match[str]) -> str:
    return mark[0] if len(mark[0]) > 1 else f"\\{mark[0]}"
