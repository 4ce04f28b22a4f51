"""A studio with its database, pictures and backups in one folder, and what should be left after a deletion."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from bot.storage.backup_shelf import BackupShelf
from bot.storage.database import Database
from bot.storage.holdings import HOLDINGS, Fate
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.pictures import PictureStore
from bot.storage.privacy import PrivacyStore
from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import Clock
from tests.storage.seeding import settle, words_of

LEAVING, STAYING = 1_234_567_890_123_456_789, 1_234_567_890_123_456_790
SHORT_ID = 2**46 + 12_345  # SQLite writes it in 6 bytes, and the others in 8
Tables = dict[str, list[dict[str, Any]]]


@dataclass
class House:
    """A database with its pictures, its key and its backups, all in one folder."""

    path: Path
    database: Database
    pictures: PictureStore
    pseudonyms: Pseudonyms
    clock: Clock

    @property
    def privacy(self) -> PrivacyStore:
        return PrivacyStore(self.database, self.pictures, self.pseudonyms, self.clock, shelf=self.shelf)

    @property
    def shelf(self) -> BackupShelf:
        folder = self.path.parent
        return BackupShelf(self.path, folder / "pictures", folder / "backups", 10**9, self.clock)

    async def settle(self, user_id: int, first: int, jobs: int = 2) -> list[str]:
        """The files of a new member; they have their words in them, as real ones do."""
        words = words_of(user_id).prompt
        files = [await self.pictures.put(f"PNG {words} {number}".encode()) for number in range(jobs)]
        settle(self.path, self.pseudonyms, user_id, first, files)
        return files

    async def left(self, *files: str) -> list[bool]:
        return [await self.pictures.has(sha256) for sha256 in files]

    def back_up(self, version: int) -> Path:
        """A backup beside the database; one of the newest schema has all that is there."""
        backup = self.path.with_name(f"{self.path.name}.{version}.backup")
        migrate(backup, shipped_migrations()[:version])
        if version == len(shipped_migrations()):
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(backup)) as copy:
                source.backup(copy)
        return backup

    def files(self) -> set[Path]:
        return {file for file in self.path.parent.rglob("*") if file.is_file()}

    def traces(self, user_id: int) -> Iterator[str]:
        """Where a byte of the member is left in any file of the folder."""
        sizes = (6, 8) if user_id < 2**47 else (8,)
        needles = [str(user_id).encode(), *(user_id.to_bytes(size, "big") for size in sizes)]
        needles += [words.encode() for words in astuple(words_of(user_id))]
        for file in self.files():
            data = file.read_bytes()
            yield from (f"{needle!r} in {file.name}" for needle in needles if needle in data)


def house_at(path: Path, database: Database, clock: Clock) -> House:
    """With its pictures and its key beside the database."""
    pictures, pseudonyms = PictureStore(path.parent / "pictures"), Pseudonyms(path.parent / "secret.key")
    return House(path, database, pictures, pseudonyms, clock)


def without(tables: Tables, user_id: int, pseudonyms: Pseudonyms) -> Tables:
    """What should be left after a deletion, by the plain reading of `HOLDINGS`."""
    member = pseudonyms.of(user_id)
    jobs = {row["id"] for row in tables["job"] if row["user_id"] == user_id}
    theirs = {holding.table for holding in HOLDINGS if holding.fate is Fate.ROW_DELETED}
    left: Tables = {}
    for table, rows in tables.items():
        gone = [
            row
            for row in rows
            if row.get("user_id") == user_id or (row.get("job_id") in jobs and "user_id" not in row)
        ]
        left[table] = [dict(row) for row in rows if table not in theirs or row not in gone]
    for row in left["block"]:
        row.update({"user_id": None, "reason": ""} if row["member"] == member else {})
    for row in left["rule"]:
        if (row["layer"], row["target_id"]) == ("user", user_id):
            row["target_id"] = pseudonyms.stand_in(user_id)
    for row in left["audit"]:
        if user_id in (row["actor_id"], row["target_id"]) or row["job_id"] in jobs:
            row["detail"] = ""
        for name, gone_value in (("actor_id", {user_id}), ("target_id", {user_id}), ("job_id", jobs)):
            row[name] = None if row[name] in gone_value else row[name]
    return left
