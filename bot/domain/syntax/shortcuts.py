"""A member's own flags, each of which stands for others."""

from __future__ import annotations

import re

from bot.domain.syntax.flags import BY_NAME
from bot.domain.syntax.prompt import parse
from bot.domain.text import code
from bot.errors import BadRequest
from engine.sentence import say

_LONGEST = 500
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def check_shortcut(name: str, flags: str) -> str:
    """The name as it is kept, in lower case and without dashes. Raises `BadRequest` on what could never act."""
    kept = name.strip().lstrip("-—–").lower()
    if not _NAME.fullmatch(kept):
        raise BadRequest(
            say("An option cannot be called {name}; use up to 32 letters, digits, - and _, such as `mylook`.",
                name=code(name, 40))
        )  # fmt: skip
    if kept in BY_NAME:
        raise BadRequest(
            say("{flag} is a flag already; choose another name, such as `mylook`.", flag=code(f"--{kept}"))
        )
    if not flags.strip() or len(flags) > _LONGEST:
        raise BadRequest(
            say(
                "An option stands for 1 to {most} characters, such as {usage}.",
                most=_LONGEST,
                usage="`--ar 3:2 --s 250`",
            )
        )
    notes = parse(flags).notes
    if notes:
        raise BadRequest(notes[0])
    return kept
