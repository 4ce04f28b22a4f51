"""Keeps the picture folder within its budget: what is old, too much or unknown goes; the records stay."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.storage.database import Database
from bot.storage.pictures import PictureStore, StoredFile

ORPHAN_MS = 60 * 60_000  # a picture is stored before its job knows of it; no request takes so long in between


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many files were deleted, and the bytes that they took."""

    files: int
    bytes: int


class Retention:
    """`max_bytes` is the budget for all files; a file older than `keep_ms` milliseconds goes in any case.

    Favourites, and what a job or a draft on its way needs, stay, even above the budget. `now` gives UTC milliseconds.
    """

    def __init__(
        self,
        database: Database,
        pictures: PictureStore,
        max_bytes: int,
        keep_ms: int,
        now: Callable[[], int],
    ) -> None:
        self._database, self._pictures = database, pictures
        self._max_bytes, self._keep_ms, self._now = max_bytes, keep_ms, now

    async def tidy(self) -> Tidied:
        """Delete the files that need not or must not stay. Raises `StorageError`."""
        files = await self._pictures.files()
        known = await self._database.reader.rows("known_pictures")
        kept = await self._database.reader.rows("kept_pictures")
        doomed = await asyncio.to_thread(self._doomed, files, known, kept)
        deleted = await self._pictures.delete(doomed)
        return Tidied(len(deleted), _bytes(deleted))

    def _doomed(
        self, files: Sequence[StoredFile], known: Sequence[sqlite3.Row], kept: Sequence[sqlite3.Row]
    ) -> list[StoredFile]:
        """The orphans, then the oldest, as long as they are too old or too much is left."""
        now, recorded, needed = self._now(), _hashes(known), _hashes(kept)
        doomed = [file for file in files if file.sha256 not in recorded and file.stored_at <= now - ORPHAN_MS]
        excess = _bytes(files) - _bytes(doomed) - self._max_bytes
        for file in sorted(files, key=lambda file: file.stored_at):
            if file.stored_at > now - self._keep_ms and excess <= 0:
                break
            if file.sha256 in recorded and file.sha256 not in needed:
                doomed.append(file)
                excess -= file.bytes
        return doomed


def _hashes(rows: Iterable[sqlite3.Row]) -> set[str]:
    return {row["sha256"] for row in rows}


def _bytes(files: Iterable[StoredFile]) -> int:
    return sum(file.bytes for file in files)
