"""The named statements of queries.sql."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def _load() -> dict[str, str]:
    _, *parts = _NAME.split(resources.files("bot.storage").joinpath("queries.sql").read_text("utf-8"))
    return dict(zip(parts[::2], parts[1::2], strict=True))


STATEMENTS: Final = _load()
