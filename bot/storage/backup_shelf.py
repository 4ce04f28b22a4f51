"""The folder of dated backups: each is kept for a time, and the newest one in any case."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import StorageError
from bot.storage.backup import UNFINISHED, Backup, back_up
from engine.sentence import say

_NAME = "%Y%m%d-%H%M%S"
_OURS = re.compile(r"(\d{8}-\d{6})-(\d{3})")


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A finished backup: when it was begun, in UTC milliseconds, and the size of its database in bytes."""

    folder: Path
    at: int
    bytes: int


class BackupShelf:
    """Backups of one database, in folders named after their moment; a backup older than `keep_ms` milliseconds goes.

    Other folders beside them are left alone. `now` gives UTC milliseconds; every method may raise `StorageError`.
    """

    def __init__(
        self, database: Path, pictures: Path, folder: Path, keep_ms: int, now: Callable[[], int]
    ) -> None:
        self._database, self._pictures, self.folder = database, pictures, folder
        self.keep_ms, self._now = keep_ms, now
        self._lock = asyncio.Lock()

    async def add(self) -> Backup:
        """Back up now, while the bot goes on."""
        async with self._lock:
            return await asyncio.to_thread(
                back_up, self._database, self._pictures, self.folder / _name(self._now())
            )

    async def look(self) -> list[KeptBackup]:
        """The finished ones, the oldest first."""
        return await asyncio.to_thread(self._look)

    async def files(self) -> list[Path]:
        """The databases in it, those that were cut off included; one that is being made is waited for."""
        async with self._lock:
            return await asyncio.to_thread(self._files)

    async def tidy(self) -> int:
        """Delete what has been kept long enough; the number of folders."""
        async with self._lock:
            return await asyncio.to_thread(self._tidy)

    def _look(self) -> list[KeptBackup]:
        kept = []
        for folder, at in self._folders():
            copy = folder / self._database.name
            if copy.is_file():
                kept.append(KeptBackup(folder, at, copy.stat().st_size))
        return sorted(kept, key=lambda backup: backup.at)

    def _files(self) -> list[Path]:
        names = (self._database.name, f"{self._database.name}{UNFINISHED}")
        files = [folder / name for folder, _ in self._folders() for name in names]
        return [file for file in files if file.is_file()]

    def _tidy(self) -> int:
        newest = {backup.folder for backup in self._look()[-1:]}
        old = [folder for folder, at in self._folders() if at <= self._now() - self.keep_ms]
        doomed = [folder for folder in old if folder not in newest]
        try:
            for folder in doomed:
                shutil.rmtree(folder)
        except OSError as error:
            raise StorageError(
                say("An old backup cannot be deleted: {reason}.", reason=str(error))
            ) from error
        return len(doomed)

    def _folders(self) -> list[tuple[Path, int]]:
        """Those of ours, with their moments."""
        try:
            folders = [path for path in self.folder.glob("*") if path.is_dir() and not path.is_symlink()]
        except OSError as error:
            raise StorageError(
                say("The folder of the backups cannot be read: {reason}.", reason=str(error))
            ) from error
        found = [(folder, _moment(folder.name)) for folder in folders]
        return [(folder, at) for folder, at in found if at is not None]


def _name(at: int) -> str:
    """`20261130-130455-123`, in UTC."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):{_NAME}}-{at % 1000:03}"


def _moment(name: str) -> int | None:
    """None where the name is not one of ours."""
    match = _OURS.fullmatch(name)
    if match is None:
        return None
    try:
        begun = datetime.strptime(match[1], _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(begun.timestamp()) * 1000 + int(match[2])
