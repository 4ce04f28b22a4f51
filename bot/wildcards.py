"""The owner's folder of word lists: `animals.txt` is what `__animals__` in a prompt picks a line from."""

from __future__ import annotations

import re
from pathlib import Path

from bot.errors import ConfigError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def read_wildcards(folder: Path) -> dict[str, tuple[str, ...]]:
    """The lists by name, without empty lines and those that begin with `#`. Raises `ConfigError`."""
    if not folder.is_dir():
        raise ConfigError(f"wildcards: {folder} is no folder; name one that holds lists such as animals.txt.")
    return {path.stem: _lines(path) for path in sorted(folder.glob("*.txt"))}


def _lines(path: Path) -> tuple[str, ...]:
    if not _NAME.fullmatch(path.stem):
        raise ConfigError(
            f"wildcards: {path.name} has a name that no prompt can say; use lower-case letters, digits, - and _."
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"wildcards: {path} cannot be read; save it as UTF-8 text, a word a line."
        ) from error
    lines = tuple(line.strip() for line in text.splitlines())
    kept = tuple(line for line in lines if line and not line.startswith("#"))
    if not kept:
        raise ConfigError(f"wildcards: {path} is empty; write a word a line.")
    return kept
