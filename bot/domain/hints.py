"""What to choose instead of a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from bot.domain.text import code
from engine.sentence import Sentence, say

_MOST_NAMES = 25


def hint(name: str, known: Iterable[str]) -> Sentence:
    """The end of a sentence: the nearest of the known names, or some of them."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return say("did you mean {near}?", near=code(near[0]))
    if not names:
        return say("there is none here yet.")
    return say("choose one of: {names}.", names=", ".join(map(code, names[:_MOST_NAMES])))
