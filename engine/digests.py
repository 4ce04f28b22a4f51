"""The sha256 of weight files, remembered as long as path, size and modification time stay the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


class Digests:
    """Reading 7 GB takes seconds, so a `memory` file (JSON; none: only this process) keeps the results."""

    def __init__(self, memory: Path | None = None) -> None:
        self._memory = memory
        self._known: dict[str, str] = {}
        if memory is not None:
            with contextlib.suppress(OSError, ValueError):
                self._known = dict(json.loads(memory.read_bytes()))

    def of_file(self, path: Path) -> str:
        """64 hexadecimal digits. Raises `OSError`."""
        facts = path.stat()
        key = f"{path.absolute()}|{facts.st_size}|{facts.st_mtime_ns}"
        if key not in self._known:
            with path.open("rb") as file:
                self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
            self._save()
        return self._known[key]

    def of_files(self, root: Path, files: Iterable[Path]) -> str:
        """One digest for a folder: the sha256 of what `sha256sum` prints for its files, sorted by name."""
        lines = sorted((file.relative_to(root).as_posix(), self.of_file(file)) for file in files)
        return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in lines).encode()).hexdigest()

    def _save(self) -> None:
        """A folder that cannot be written to only costs the time at the next start."""
        if self._memory is None:
            return
        fresh = self._memory.with_suffix(".new")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
            fresh.replace(self._memory)
