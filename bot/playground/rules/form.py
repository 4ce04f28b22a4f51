"""Collects what is wrong with a body, field by field, in the nested shape of Discord's error 50035."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.playground.errors import invalid_form
from bot.playground.wire import Json

Path = tuple[str | int, ...]
REQUIRED = "This field is required"


class Form:
    """One body under inspection; `finish` raises when anything was found wrong.

    `within` is where the body stands in what was sent: `data` in the answer to an interaction.
    """

    def __init__(self, *within: str) -> None:
        self._within = within
        self._errors: Json = {}

    def wrong(self, path: Path, sentence: str) -> None:
        """Note that the value at `path` breaks a rule."""
        place = self._errors
        for step in (*self._within, *path):
            place = place.setdefault(str(step), {})
        # The description of the API says that `code` is an integer here; the service sends names.
        place.setdefault("_errors", []).append({"code": 50035, "message": sentence})

    def finish(self) -> None:
        """Raise ApiError 50035 with everything noted so far, if anything was."""
        if self._errors:
            raise invalid_form(self._errors)

    def text(self, value: object, path: Path, low: int, high: int, *, required: bool = False) -> None:
        """A string of `low` to `high` characters; None is fine unless it is required."""
        if value is None:
            if required:
                self.wrong(path, REQUIRED)
        elif not isinstance(value, str):
            self.wrong(path, "Could not interpret value as string.")
        elif not low <= len(value) <= high:
            span = f"{high} or fewer" if low == 0 else f"between {low} and {high}"
            self.wrong(path, f"Must be {span} in length.")

    def whole(self, value: object, path: Path, low: int, high: int) -> None:
        """An integer from `low` to `high`, or None."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(path, f"Value {value!r} is not an integer.")
        elif not low <= value <= high:
            self.wrong(path, f"Value should be between {low} and {high}.")

    def choice(self, value: object, path: Path, legal: Iterable[int]) -> bool:
        """Whether the value is one of the legal ones; noted when it is not."""
        allowed = sorted(legal)
        if isinstance(value, int) and value in allowed:
            return True
        self.wrong(path, f"Value must be one of {{{', '.join(map(str, allowed))}}}.")
        return False

    def count(self, value: object, path: Path, low: int, high: int) -> list[Any]:
        """The items of a list of `low` to `high` entries (none where it is no list)."""
        if value is None:
            value = []
        if not isinstance(value, list):
            self.wrong(path, "Only lists may be used in this field.")
            return []
        if not low <= len(value) <= high:
            span = f"{high} or fewer" if low == 0 else f"between {low} and {high}"
            self.wrong(path, f"Must be {span} in length.")
        return value

    def items(self, value: object, path: Path, low: int, high: int) -> list[tuple[Path, Json]]:
        """The objects of a list, each with its path; an entry that is no object is noted."""
        found: list[tuple[Path, Json]] = []
        for index, item in enumerate(self.count(value, path, low, high)):
            if isinstance(item, dict):
                found.append(((*path, index), item))
            else:
                self.wrong((*path, index), "Only dictionaries may be used in this field.")
        return found
