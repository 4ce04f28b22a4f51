"""The flags of a prompt: their names, the value that each takes, and which of a member's words it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.syntax.escapes import escape, plain
from bot.domain.text import code
from bot.domain.words import Words
from bot.errors import BadRequest
from engine.sentence import say

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Kind:
    """What stands behind a flag: at most `most` words, which are `legal` together and of which `make` makes a value."""

    legal: re.Pattern[str]
    make: Callable[[str], Value]
    most: int = 1


SWITCH = Kind(re.compile(""), lambda _: True, most=0)
INTEGER = Kind(re.compile(r"[-+]?[0-9]{1,18}"), int)
NUMBER = Kind(re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]*)?|\.[0-9]+)(?:e-[0-9]{1,3})?"), float)
DIGEST = Kind(re.compile("[0-9a-fA-F]{64}"), str.lower)
NAME = Kind(re.compile(r".+", re.DOTALL), str.lower)
WORD = Kind(NAME.legal, str)
LIST = Kind(NAME.legal, str, most=sys.maxsize)


@dataclass(frozen=True, slots=True)
class Flag:
    """It says the field of that name of `Words`; the first of its own names is the one that we write."""

    field: str
    names: tuple[str, ...]
    kind: Kind
    example: str = ""

    @property
    def usage(self) -> str:
        """A legal use, as inline code."""
        return code(f"--{self.names[0]} {self.example}".rstrip())

    def read(self, words: Sequence[str]) -> Value:
        """Raises `BadRequest` that names a legal value."""
        text = plain(words)
        if self.kind.most == 1:
            text = text.rstrip(",")
        if self.kind.legal.fullmatch(text):
            return self.kind.make(text)
        name = code(f"--{self.names[0]}")
        if not text:
            raise BadRequest(say("{flag} has no value; write it as in {usage}.", flag=name, usage=self.usage))
        raise BadRequest(
            say("{flag} cannot be {value}; write it as in {usage}.",
                flag=name, value=code(text, 40), usage=self.usage)
        )  # fmt: skip

    def write(self, words: Words) -> str:
        """Empty where these words do not say it."""
        value = getattr(words, self.field)
        if value is None or value is False or value == "":
            return ""
        if value is True:
            return f"--{self.names[0]}"
        return f"--{self.names[0]} {escape(value if isinstance(value, str) else _digits(value))}"


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")


_DIGEST_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FLAGS = (
    Flag("aspect", ("ar", "aspect"), WORD, "3:2"),
    Flag("count", ("count", "n"), INTEGER, "2"),
    Flag("seed", ("seed",), INTEGER, "7"),
    Flag("model", ("model", "v"), NAME, "demo"),
    Flag("style", ("style",), NAME, "watercolour"),
    Flag("embedding", ("embedding",), NAME, "watercolour"),
    Flag("steps", ("steps",), INTEGER, "25"),
    Flag("guidance", ("cfg",), NUMBER, "7.5"),
    Flag("sampler", ("sampler",), NAME, "euler"),
    Flag("quality", ("quality", "q"), NUMBER, "0.5"),
    Flag("stylize", ("stylize", "s"), INTEGER, "250"),
    Flag("chaos", ("chaos", "c"), INTEGER, "50"),
    Flag("stop", ("stop",), INTEGER, "80"),
    Flag("tile", ("tile",), SWITCH),
    Flag("repeat", ("repeat", "r"), INTEGER, "3"),
    Flag("image_sha256", ("image",), DIGEST, _DIGEST_EXAMPLE),
    Flag("mask_sha256", ("mask",), DIGEST, _DIGEST_EXAMPLE),
    Flag("strength", ("strength",), NUMBER, "0.6"),
    Flag("image_weight", ("iw",), NUMBER, "1.5"),
    Flag("upscale", ("upscale",), INTEGER, "2"),
    Flag("spoiler", ("spoiler",), SWITCH),
    Flag("private", ("private",), SWITCH),
    Flag("negative", ("no",), LIST, "text, people"),
)
BY_NAME = {name: flag for flag in FLAGS for name in flag.names}
