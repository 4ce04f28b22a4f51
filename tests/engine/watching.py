"""Sees through the interpreter's audit events which files are opened and whether a pickle brings in code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Watch:
    """What happened in this process while it watched."""

    opened: list[Path] = field(default_factory=list)
    unpickled: bool = False

    def opened_below(self, folder: Path) -> list[Path]:
        return [path for path in self.opened if path.is_relative_to(folder)]


@contextlib.contextmanager
def watch() -> Iterator[Watch]:
    """An audit hook cannot be taken out again, so one that no longer watches does nothing."""
    seen = Watch()
    watching = True

    def hook(event: str, details: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(details[0], str | bytes):
            seen.opened.append(Path(os.fsdecode(details[0])))
        if watching and event == "pickle.find_class":
            seen.unpickled = True

    sys.addaudithook(hook)
    try:
        yield seen
    finally:
        watching = False
