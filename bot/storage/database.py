"""The SQLite file behind everything durable: one process, one connection to write, one to read, one to search."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiosqlite

from bot.errors import StorageError
from bot.storage.migrate import check_schema, migrate
from bot.storage.statements import STATEMENTS
from engine.sentence import say

Value = str | int | float | None
_BITS = 2**64 - 1

_SAFETY = """
PRAGMA busy_timeout = 5000;
PRAGMA trusted_schema = OFF;
"""
_WRITER = f"""{_SAFETY}
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
"""
_READER = f"{_SAFETY} PRAGMA query_only = ON;"


class Connection:
    """Runs the statements of the folder `queries` by name. Raises `StorageError` when SQLite will not.

    A statement and the fetching of its rows are one turn of the connection's thread. A cursor left open
    between turns would hold its snapshot, and the next read beside it would miss what was written since.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def rows(self, name: str, /, **values: Value) -> list[sqlite3.Row]:
        """All rows of this statement."""
        with _told():
            return list(await self._connection.execute_fetchall(STATEMENTS[name], values))

    async def row(self, name: str, /, **values: Value) -> sqlite3.Row | None:
        """The first row of this statement, or none where there is no row."""
        return next(iter(await self.rows(name, **values)), None)


class Database:
    """`reader` sees what is committed; everything that changes goes through `transaction` or `write`.

    `searcher` reads too, for statements that look through whole tables, so that no other reader waits behind them.
    """

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        searcher: aiosqlite.Connection,
    ) -> None:
        self.path, self.reader, self.searcher = path, Connection(reader), Connection(searcher)
        self._writer, self._lock = writer, asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """All or nothing: commits at the end, rolls back on any error and when the task is cancelled."""
        async with self._lock:
            try:
                with _told():
                    await self._writer.execute_fetchall("BEGIN IMMEDIATE")
                yield Connection(self._writer)
                with _told():
                    await self._writer.commit()
            except BaseException:
                await self._writer.rollback()  # queued at once, so it comes before the next BEGIN in any case
                raise

    async def write(self, name: str, /, **values: Value) -> sqlite3.Row | None:
        """One statement as a transaction of its own, and the first row that it returns."""
        async with self.transaction() as connection:
            return await connection.row(name, **values)

    async def compact(self) -> None:
        """Write the file anew and empty its log, so that no byte is left of what was deleted.

        `secure_delete` alone leaves some behind, in pages whose rows once moved to others. Whoever writes waits
        meanwhile: about a second for 100 MiB.
        """
        async with self._lock:
            with _told():
                await self._writer.execute_fetchall("VACUUM")
                ((busy, *_),) = await self._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise StorageError(say("The log of the database is still being read; try again in a minute."))


@asynccontextmanager
async def open_database(path: Path) -> AsyncIterator[Database]:
    """Lock, migrate and open this file; it is made where it is missing.

    Raises `StorageError` when another process uses it, or when it is no database of this version of Atelier.
    """
    with locked(path), _told():
        await asyncio.to_thread(migrate, path)
        async with open_as_it_is(path) as database:
            yield database


@asynccontextmanager
async def open_as_it_is(path: Path) -> AsyncIterator[Database]:
    """Open a file that nobody else uses, such as a backup, in whatever schema it is. Raises `StorageError`."""
    with _told():
        async with (
            _connect(path, "rw", _WRITER) as writer,
            _connect(path, "ro", _READER) as reader,
            _connect(path, "ro", _READER) as searcher,
        ):
            yield Database(path, writer, reader, searcher)


@asynccontextmanager
async def open_to_read(path: Path) -> AsyncIterator[Database]:
    """Open the bot's file to look at it, while the bot may be at work; writing fails.

    Raises `StorageError`, also where its schema is not that of this Atelier.
    """
    await asyncio.to_thread(check_schema, path)
    with _told():  # a file that is opened read-only needs its log to be there
        async with _connect(path, "rw", _READER) as writer, _connect(path, "rw", _READER) as reader:
            yield Database(path, writer, reader, searcher=reader)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the only right to this database; the kernel takes it back however the process ends."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(
            f"The lock file {lock} cannot be made: {error.strerror}. Choose a folder I may write to."
        ) from error
    try:
        if not _taken(file):
            raise StorageError(
                f"Another Atelier is using {path}: it holds {lock}. "
                "Stop it first, or set another storage folder."
            )
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _connect(path: Path, mode: str, pragmas: str) -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(_uri(path, mode), uri=True, isolation_level=None) as connection:
        connection.row_factory = sqlite3.Row
        # SQLite itself knows upper and lower case in English only.
        await connection.create_function("casefold", 1, str.casefold, deterministic=True)
        await connection.create_function("hamming", 2, _hamming, deterministic=True)
        await connection.executescript(pragmas)
        yield connection


def _hamming(one: int, other: int) -> int:
    """In how many of their 64 bits two numbers differ."""
    return ((one ^ other) & _BITS).bit_count()


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(say("The database cannot be used: {reason}.", reason=str(error))) from error
