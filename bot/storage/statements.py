"""The named statements of the folder `queries`."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _load() -> dict[str, str]:
    statements: dict[str, str] = {}
    for file in resources.files("bot.storage").joinpath("queries").iterdir():
        _, *parts = _NAME.split(file.read_text("utf-8"))
        for name, statement in zip(parts[::2], parts[1::2], strict=True):
            if name in statements:
                raise ValueError(f"two statements are called {name}; the second one is in {file.name}")
            statements[name] = statement
    return statements


STATEMENTS: Final = _load()
