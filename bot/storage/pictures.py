"""The picture files, each named by the SHA-256 of its content."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Set
from hashlib import sha256
from pathlib import Path

from bot.errors import PictureGone, StorageError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class PictureStore:
    """PNG files in a folder. Equal pictures are one file, and a file is whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """Store a picture durably and return its sha256. Raises `StorageError`."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha256: str) -> bytes:
        """The content of a stored picture. Raises `PictureGone` when it is deleted or damaged."""
        return await asyncio.to_thread(self._get, sha256)

    async def sweep(self, known: Set[str], older_than_s: float) -> int:
        """Delete the files whose sha256 is not known and that are older than this; return how many.

        A picture is stored before its job knows of it, so the age must exceed the time in between.
        """
        return await asyncio.to_thread(self._sweep, known, older_than_s)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / f"{name}.png"

    def _put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        except OSError as error:
            raise StorageError(
                f"The picture folder {self._folder} cannot be written: {error.strerror}."
            ) from error
        return name

    def _get(self, name: str) -> bytes:
        try:
            data = self._path(name).read_bytes() if _SHA256.fullmatch(name) else b""
        except FileNotFoundError:
            data = b""
        except OSError as error:
            raise StorageError(
                f"The picture folder {self._folder} cannot be read: {error.strerror}."
            ) from error
        if sha256(data).hexdigest() != name:
            raise PictureGone("The picture is no longer stored here.")
        return data

    def _sweep(self, known: Set[str], older_than_s: float) -> int:
        youngest = time.time() - older_than_s
        orphans = [
            path
            for path in self._folder.glob("??/*")
            if path.stem not in known and path.stat().st_mtime <= youngest
        ]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)


def _write(path: Path, data: bytes) -> None:
    """Write to a neighbour and rename it, each step forced to the disk."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
