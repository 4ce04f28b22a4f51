"""Keeps the picture folder within its budget: what is old, too much or unknown goes; the records stay."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.storage.database import Database
from bot.storage.pictures import PictureStore, StoredFile

TIDY_EVERY_MS = 60 * 60_000
_AT_ONCE = 2000  # files that one statement asks about
ORPHAN_MS = 60 * 60_000  # a picture is stored before its job knows of it; no request takes so long in between


@dataclass(frozen=True, slots=True)
class Tidied:
    """A number of files, and the bytes that they take or took."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is stored, what of it favourites and work on its way need, and what the tidying at `next_at` will delete.

    Times are UTC milliseconds; `oldest_at` is none where nothing is stored.
    """

    stored: Tidied
    needed: Tidied
    doomed: Tidied
    oldest_at: int | None
    next_at: int
    max_bytes: int
    keep_ms: int


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
        self._tidied_at: int | None = None

    async def tidy(self) -> Tidied:
        """Delete the files that need not or must not stay. Raises `StorageError`."""
        self._tidied_at = self._now()
        files, recorded, needed = await self._look()
        doomed = await asyncio.to_thread(self._doomed, files, recorded, needed, self._tidied_at)
        return _sum(await self._pictures.delete(doomed))

    async def outlook(self) -> Outlook:
        """What the next `tidy` finds if nothing changes; it is now, where there was none. Raises `StorageError`."""
        next_at = self._now() if self._tidied_at is None else self._tidied_at + TIDY_EVERY_MS
        files, recorded, needed = await self._look()
        doomed = await asyncio.to_thread(self._doomed, files, recorded, needed, next_at)
        return Outlook(
            stored=_sum(files),
            needed=_sum(file for file in files if file.sha256 in needed),
            doomed=_sum(doomed),
            oldest_at=min((file.stored_at for file in files), default=None),
            next_at=next_at,
            max_bytes=self._max_bytes,
            keep_ms=self._keep_ms,
        )

    async def _look(self) -> tuple[list[StoredFile], set[str], set[str]]:
        """The files, and the pictures that the database knows and needs."""
        files, known = await self._pictures.files(), set[str]()
        for start in range(0, len(files), _AT_ONCE):
            asked = [file.sha256 for file in files[start : start + _AT_ONCE]]
            needless = await self._database.searcher.rows("needless_files", files=json.dumps(asked))
            known.update(set(asked) - _hashes(needless))
        kept = await self._database.searcher.rows("kept_pictures")
        return files, known, _hashes(kept)

    def _doomed(
        self, files: Sequence[StoredFile], recorded: set[str], needed: set[str], now: int
    ) -> list[StoredFile]:
        """The orphans, then the oldest, as long as they are too old or too much is left."""
        doomed = [file for file in files if file.sha256 not in recorded and file.stored_at <= now - ORPHAN_MS]
        excess = _sum(files).bytes - _sum(doomed).bytes - self._max_bytes
        for file in sorted(files, key=lambda file: file.stored_at):
            if file.stored_at > now - self._keep_ms and excess <= 0:
                break
            if file.sha256 in recorded and file.sha256 not in needed:
                doomed.append(file)
                excess -= file.bytes
        return doomed


def _hashes(rows: Iterable[sqlite3.Row]) -> set[str]:
    return {row["sha256"] for row in rows}


def _sum(files: Iterable[StoredFile]) -> Tidied:
    sizes = [file.bytes for file in files]
    return Tidied(len(sizes), sum(sizes))
