r"""A prompt and its flags on one line, read and written.

    line     = (word | flag)*                 words are divided by white space
    flag     = dashes name ("=" word)? value  an option, a member's own shortcut, or unknown
    dashes   = "--" | "—" | "–"               two hyphens become the others on phones; those need a known name
    value    = (nothing) | word | word*       as the flag takes it; a list goes on until the next flag
    word     = text ("::" number?)?           the end of a weighted part, see `weights`
    escapes  = "\--" "\{" "\}" "\__" "\::"    the same without the backslash, see `escapes`

Everything is a line: what is no flag is text, and bare dashes are. Brackets and backslashes that are the engine's stay
as they are. Tokens are words, so a tokenizer of a few bounded regular expressions is the whole grammar.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from bot.domain.syntax.escapes import escape
from bot.domain.syntax.flags import BY_NAME, FLAGS, Flag, Value
from bot.domain.syntax.weights import weigh
from bot.domain.text import code
from bot.domain.words import Words
from engine.sentence import Sentence, say

_MARK = re.compile(r"(?P<dashes>--|—|–)(?P<name>[^\W\d_][^=]*)(?:=(?P<value>.*))?", re.DOTALL)
_LIKE_A_VALUE = re.compile(r"[-+]?[0-9]{0,18}[.:x]?[0-9]{1,18},?|https?://.*", re.IGNORECASE | re.DOTALL)
_MOST_UNKNOWN = 5
_NO_SHORTCUTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Parsed:
    """The words, and what a member should know about how they were read."""

    words: Words
    notes: tuple[Sentence, ...] = ()


def parse(text: str, shortcuts: Mapping[str, str] = _NO_SHORTCUTS) -> Parsed:
    """Split a prompt from its flags; `shortcuts` are a member's own flags and what each stands for.

    White space becomes single spaces. Of a flag that is said twice the last counts, and an unknown one is left out
    with its value, if it seems to have one; both are noted. Raises `BadRequest` on a value that cannot be; whether
    it is in range is not asked here.
    """
    reader = _Reader(shortcuts)
    reader.read(text)
    prompt, unwanted = weigh(reader.text)
    said = {flag.field: value for flag, value in reader.said.items()}
    if unwanted:
        said["negative"] = f"{said['negative']}, {unwanted}" if "negative" in said else unwanted
    return Parsed(Words(prompt=prompt, **said), tuple(reader.notes()))  # type: ignore[arg-type]


def render(words: Words) -> str:
    """One line, of which `parse` makes these words again if no switch is off and all white space is single spaces."""
    return " ".join(filter(None, [escape(words.prompt), *(flag.write(words) for flag in FLAGS)]))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word that is a flag: its name in lower case, and what stands behind `=` in the same word."""

    name: str
    value: tuple[str, ...]


class _Reader:
    """Sorts words into the prompt's text and the values of flags."""

    def __init__(self, shortcuts: Mapping[str, str]) -> None:
        self.text: list[str] = []
        self.said: dict[Flag, Value] = {}
        self._shortcuts = shortcuts
        self._used: set[str] = set()
        self._repeated: dict[str, None] = {}
        self._unknown: dict[str, None] = {}

    def read(self, text: str) -> None:
        words = deque(text.split())
        while words:
            word = words.popleft()
            mark = self._mark(word)
            if mark is None:
                self.text.append(word)
            elif mark.name in BY_NAME:
                self._say(BY_NAME[mark.name], mark, words)
            elif mark.name in self._shortcuts:
                self._use(mark.name)
            else:
                self._leave_out(mark, words)

    def notes(self) -> list[Sentence]:
        unknown = list(self._unknown)
        notes = [
            say("{flag} is said more than once; the last one counts.", flag=code(f"--{name}"))
            for name in self._repeated
        ]
        notes += map(self._about, unknown[:_MOST_UNKNOWN])
        if unknown[_MOST_UNKNOWN:]:
            notes.append(
                say("More unknown flags were left out: {count}.", count=len(unknown) - _MOST_UNKNOWN)
            )
        return notes

    def _mark(self, word: str) -> _Mark | None:
        match = _MARK.fullmatch(word)
        if match is None:
            return None
        dashes, name = match["dashes"], match["name"].removesuffix(",").lower()
        if dashes != "--" and name not in BY_NAME and name not in self._shortcuts:
            return None
        return _Mark(name, (match["value"],) if match["value"] else ())

    def _say(self, flag: Flag, mark: _Mark, words: deque[str]) -> None:
        given = list(mark.value)
        while words and len(given) < flag.kind.most and self._mark(words[0]) is None:
            given.append(words.popleft())
        self._set(flag, flag.read(given))

    def _set(self, flag: Flag, value: Value) -> None:
        if flag in self.said:
            self._repeated[flag.names[0]] = None
        self.said[flag] = value

    def _use(self, shortcut: str) -> None:
        """What it stands for, once; shortcuts in it are unknown flags."""
        if shortcut in self._used:
            return
        self._used.add(shortcut)
        inner = _Reader(_NO_SHORTCUTS)
        inner.read(self._shortcuts[shortcut])
        self.text += inner.text
        self._repeated |= inner._repeated
        self._unknown |= inner._unknown
        for flag, value in inner.said.items():
            self._set(flag, value)

    def _leave_out(self, mark: _Mark, words: deque[str]) -> None:
        self._unknown[mark.name] = None
        if not mark.value and words and _LIKE_A_VALUE.fullmatch(words[0]):
            words.popleft()

    def _about(self, unknown: str) -> Sentence:
        flag = code(f"--{unknown}", 40)
        near = get_close_matches(unknown, [*BY_NAME, *self._shortcuts], n=1)
        if near:
            return say(
                "There is no flag {flag}, so it was left out; did you mean {near}?",
                flag=flag,
                near=code(f"--{near[0]}"),
            )
        return say(
            "There is no flag {flag}, so it was left out. Write {plain} for plain words, or one of: {flags}.",
            flag=flag,
            plain=code(f"\\--{unknown}", 40),
            flags=", ".join(code(f"--{each.names[0]}") for each in FLAGS),
        )
