"""Says a sentence in a member's language, from the catalogues in this folder.

A catalogue is a gettext file named after its language, `de.po`: edit it with Poedit, Weblate or any text
editor. `make messages` brings all of them up to date with the source. To add a language, copy the header of
another one into a new file and run `make messages`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final

from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

from engine.sentence import Sentence


class Language(string.Formatter):
    """One catalogue, read from the lines of its file. Numbers with a format are written the way its readers do.

    A number without one stays as it is: it may be typed into an option or after a flag.
    """

    def __init__(self, name: str, lines: Iterable[bytes]) -> None:
        self._messages = read_po(lines, locale=name, ignore_obsolete=True)
        self._signs = str.maketrans({".": get_decimal_symbol(name), ",": get_group_symbol(name)})

    def term(self, text: str, context: str | None = None) -> str | None:
        """The translation of a fixed text or a template, none where there is no settled one."""
        message = self._messages.get(text, context)
        return str(message.string) or None if message and not message.fuzzy else None

    def say(self, text: str) -> str:
        """A `Sentence` in this language, or its English where the translation is missing or cannot be filled."""
        if not isinstance(text, Sentence) or (template := self.term(text.template)) is None:
            return text
        try:
            return self.vformat(template, (), text.values)
        except (LookupError, ValueError, TypeError, AttributeError):
            return text

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        value = super().get_value(key, args, kwargs)
        return self.say(value) if isinstance(value, Sentence) else value

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        return text.translate(self._signs) if format_spec and isinstance(value, int | float) else text


def _read_all() -> dict[str, Language]:
    folder = resources.files(__name__)
    names = [file.name.removesuffix(".po") for file in folder.iterdir() if file.name.endswith(".po")]
    return {name: Language(name, folder.joinpath(f"{name}.po").read_bytes().splitlines()) for name in names}


LANGUAGES: Final = _read_all()


def language(locale: str | None) -> Language | None:
    """The catalogue for a locale of Discord's: `de-AT` finds `pt_BR.po` or `de.po`; none means English."""
    name = (locale or "").replace("-", "_")
    return LANGUAGES.get(name) or LANGUAGES.get(name.partition("_")[0])


def translate(text: str, locale: str | None) -> str:
    """`text` in the language of a locale. What is no `Sentence`, or has no translation, comes back as it is."""
    known = language(locale)
    return known.say(text) if known else text
