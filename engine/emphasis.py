"""A prompt in the field's syntax, such as `a (red:1.2) house`, becomes stretches of text with their weights."""

from __future__ import annotations

import re
from dataclasses import dataclass

from diffusion_prompt_embedder import parse_prompt_attention

from engine.request import RequestError
from engine.sentence import say

MAX_WEIGHT = 2.0
_MARK = re.compile(r"\\[()\[\]\\]|[()\[\]\\]")
_CLOSED_BY = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text whose tokens all have one weight, 0 to `MAX_WEIGHT`."""

    text: str
    weight: float


def parse_emphasis(prompt: str) -> list[list[Stretch]]:
    """The stretches of each part; the word BREAK begins a new part. Without text it is one empty stretch.

    `(word:1.2)` has that weight, `(word)` 1.1 and `[word]` 1 / 1.1; nested weights multiply. `\\(` is a bracket
    itself, and so is one without its other half. Raises `RequestError` on a weight outside 0 to `MAX_WEIGHT`.
    """
    try:
        pieces = parse_prompt_attention(_escape_strays(prompt))
    except ValueError as error:
        raise RequestError(
            say(
                "A weight in the prompt is not a number; write it as in (word:1.2), or \\( for a bracket itself."
            )
        ) from error
    parts: list[list[Stretch]] = [[]]
    for text, weight in ((str(text), float(weight)) for text, weight in pieces):
        if text == "BREAK" and weight < 0:  # how the parser marks it
            parts.append([])
        elif text:
            parts[-1].append(Stretch(text, _checked(weight)))
    return [part for part in parts if part] or [[Stretch("", 1.0)]]


def _checked(weight: float) -> float:
    if 0 <= weight <= MAX_WEIGHT:
        return weight
    raise RequestError(
        say("The weight {weight:g} in the prompt is out of range; write 0 to {most:g}, as in (word:1.2). "
            "Nested brackets multiply, and \\( is a bracket itself.", weight=weight, most=MAX_WEIGHT)
    )  # fmt: skip


def _escape_strays(prompt: str) -> str:
    """The parser would stretch an unclosed bracket to the end, and drop a backslash that escapes nothing."""
    opened: dict[str, list[int]] = {")": [], "]": []}
    letters = list(prompt)
    for mark in _MARK.finditer(prompt):
        if mark[0] in _CLOSED_BY:
            opened[_CLOSED_BY[mark[0]]].append(mark.start())
        elif mark[0] == "\\":
            letters[mark.start()] = r"\\"
        elif opened.get(mark[0]):
            opened[mark[0]].pop()
    for position in (*opened[")"], *opened["]"]):
        letters[position] = "\\" + letters[position]
    return "".join(letters)
