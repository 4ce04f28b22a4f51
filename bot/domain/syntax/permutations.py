"""Permutations: `a {red, blue} house` is two prompts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.errors import BadRequest
from engine.sentence import say

_MARK = re.compile(r"\\[{},]|[{},]")


@dataclass(slots=True)
class _Group:
    """What is read of a group, or of the whole text: the alternatives before this one, and the forms of this one."""

    most: int
    before: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=lambda: [""])
    commas: bool = False

    def add(self, *endings: str) -> None:
        self._check(len(self.forms) * len(endings))
        self.forms = [form + ending for form in self.forms for ending in endings]

    def next(self) -> None:
        self._check(len(self.before) + len(self.forms))
        self.before, self.forms, self.commas = self.before + self.forms, [""], True

    def closed(self) -> list[str]:
        self._check(len(self.before) + len(self.forms))
        every = self.before + self.forms
        return [each.strip() for each in every] if self.commas else [f"{{{each}}}" for each in every]

    def _check(self, prompts: int) -> None:
        if prompts > self.most:
            raise BadRequest(
                say("The braces make more prompts than the {most} that are allowed at once; leave some out.",
                    most=self.most)
            )  # fmt: skip


def expand(text: str, most: int) -> list[str]:
    r"""Each prompt that the text stands for, at most `most`, in the order of its alternatives; flags are text here.

    text = (letter | escape | group)*, group = "{" text ("," text)* "}": groups multiply, and may hold groups. Braces
    without a comma between them are plain. `\,` in a group is a comma; `\{` and `\}` stay, as `parse` reads them.
    Raises `BadRequest` on more prompts, and on a brace that is not closed.
    """
    groups = [_Group(most)]
    end = 0
    for mark in _MARK.finditer(text):
        groups[-1].add(text[end : mark.start()])
        end = mark.end()
        match mark[0]:
            case "{":
                groups.append(_Group(most))
            case "}" if len(groups) > 1:
                group = groups.pop()
                groups[-1].add(*group.closed())
            case "," if len(groups) > 1:
                groups[-1].next()
            case r"\," if len(groups) > 1:
                groups[-1].add(",")
            case other:
                groups[-1].add(other)
    if len(groups) > 1:
        raise BadRequest(
            say("A brace is not closed; write {group} for two prompts, or {plain} for the brace itself.",
                group="`{red, blue}`", plain=r"`\{`")
        )  # fmt: skip
    return [form + text[end:] for form in groups[0].forms]
