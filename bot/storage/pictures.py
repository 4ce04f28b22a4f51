"""The picture files, each named by the SHA-256 of its content."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.errors import PictureGone, StorageError
from bot.storage.durable import write_whole
from engine.sentence import say

_SHA256 = re.compile(r"[0-9a-f]{64}")


def path_of(sha256: str) -> Path:
    """Where this picture lies in the folder of a store."""
    return Path(sha256[:2], f"{sha256}.png")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the store as it was found; `stored_at` is when it was put last, in UTC milliseconds."""

    path: Path
    bytes: int
    stored_at: int

    @property
    def sha256(self) -> str:
        """Of its content; something else where it is a picture that was never stored to the end."""
        return self.path.stem


class PictureStore:
    """PNG files in a folder. Equal pictures are one file, and a file is whole or not there.

    A file's age counts from when it was put last; reading it does not make it younger.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, data: bytes) -> str:
        """Store a picture durably, anew where it is stored already, and return its sha256. Raises `StorageError`."""
        return await asyncio.to_thread(self._put, data)

    async def get(self, sha256: str) -> bytes:
        """The content of a stored picture. Raises `PictureGone` when it is deleted or damaged."""
        return await asyncio.to_thread(self._get, sha256)

    async def has(self, sha256: str) -> bool:
        """Whether there is such a file; it may be damaged."""
        return await asyncio.to_thread(self._has, sha256)

    async def files(self) -> list[StoredFile]:
        """All that is stored. Raises `StorageError`."""
        return await asyncio.to_thread(self._files)

    async def find(self, hashes: Iterable[str]) -> list[StoredFile]:
        """Those of these pictures that are stored, in the order in which they are named. Raises `StorageError`."""
        return await asyncio.to_thread(self._find, hashes)

    async def delete(self, files: Iterable[StoredFile]) -> list[StoredFile]:
        """Delete these and return those that were; one that was put again since it was found stays."""
        return await asyncio.to_thread(self._delete, files)

    def _path(self, name: str) -> Path:
        return self._folder / path_of(name)

    def _put(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        path = self._path(name)
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        return name

    def _get(self, name: str) -> bytes:
        data = b""
        with self._told(), suppress(FileNotFoundError):
            if _SHA256.fullmatch(name):
                data = self._path(name).read_bytes()
        if sha256(data).hexdigest() != name:
            raise PictureGone(say("The picture is no longer stored here."))
        return data

    def _has(self, name: str) -> bool:
        return _SHA256.fullmatch(name) is not None and self._path(name).is_file()

    def _files(self) -> list[StoredFile]:
        with self._told():
            found = [_look(path) for path in self._folder.glob("??/*")]
        return [file for file in found if file is not None]

    def _find(self, hashes: Iterable[str]) -> list[StoredFile]:
        with self._told():
            found = [_look(self._path(name)) for name in hashes if _SHA256.fullmatch(name)]
        return [file for file in found if file is not None]

    def _delete(self, files: Iterable[StoredFile]) -> list[StoredFile]:
        deleted = []
        with self._told():
            for file in files:
                if _look(file.path) == file:
                    file.path.unlink(missing_ok=True)
                    deleted.append(file)
        return deleted

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                say("The picture folder cannot be used: {reason}.", reason=error.strerror)
            ) from error


def _look(path: Path) -> StoredFile | None:
    """None where it went in the meantime."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return StoredFile(path, stat.st_size, stat.st_mtime_ns // 1_000_000)
