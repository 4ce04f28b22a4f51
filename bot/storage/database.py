"""The SQLite file behind everything durable: one process, one connection to write, one to read, one to search.

Each connection has a thread of its own, where whole transactions run: the event loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.errors import StorageError
from bot.storage.migrate import check_schema, migrate
from bot.storage.statements import STATEMENTS
from engine.sentence import say

Value = str | int | float | None
_T = TypeVar("_T")
_P = ParamSpec("_P")
_S = TypeVar("_S", bound="_Store")
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
    """Runs the statements of the folder `queries` by name, in the thread of a `Reader` or of a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, name: str, /, **values: Value) -> list[sqlite3.Row]:
        """All rows of this statement."""
        return self._connection.execute(STATEMENTS[name], values).fetchall()

    def row(self, name: str, /, **values: Value) -> sqlite3.Row | None:
        """The first row of this statement, or none where there is no row."""
        return next(iter(self.rows(name, **values)), None)


class _Thread:
    """A connection and the one thread that uses it. Raises `StorageError` where SQLite fails."""

    def __init__(self, executor: Executor, connection: sqlite3.Connection) -> None:
        self._executor, self._connection = executor, connection

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with _told():
            return await asyncio.get_running_loop().run_in_executor(self._executor, work, self._connection)


class Reader:
    """What is committed; writing fails. Each method is one turn of the connection's thread."""

    def __init__(self, thread: _Thread) -> None:
        self._thread = thread

    async def rows(self, name: str, /, **values: Value) -> list[sqlite3.Row]:
        """All rows of this statement."""
        return await self.read(lambda connection: connection.rows(name, **values))

    async def row(self, name: str, /, **values: Value) -> sqlite3.Row | None:
        """The first row of this statement, or none where there is no row."""
        return await self.read(lambda connection: connection.row(name, **values))

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        """What comes of several statements."""
        return await self._thread.run(lambda connection: work(Connection(connection)))


class Database:
    """`reader` sees what is committed; everything that changes goes through `transaction` or `write`.

    `searcher` reads too, for statements that look through whole tables, so that no other reader waits behind them.
    """

    def __init__(self, path: Path, writer: _Thread, reader: _Thread, searcher: _Thread) -> None:
        self.path, self.reader, self.searcher = path, Reader(reader), Reader(searcher)
        self._writer = writer

    async def transaction(self, work: Callable[[Connection], _T]) -> _T:
        """All or nothing: commits at the end, rolls back on any error.

        It is one turn of the writer's thread, so however many tasks are busy, others wait for its statements alone.
        A task that is cancelled does not cut it off, and ends when it is over.
        """

        def run(connection: sqlite3.Connection) -> _T:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                return work(Connection(connection))

        return await self._change(run)

    async def write(self, name: str, /, **values: Value) -> sqlite3.Row | None:
        """One statement as a transaction of its own, and the first row that it returns."""
        return await self.transaction(lambda connection: connection.row(name, **values))

    async def compact(self) -> None:
        """Write the file anew and empty its log, so that no byte is left of what was deleted.

        `secure_delete` alone leaves some behind, in pages whose rows once moved to others. Whoever writes waits
        meanwhile: about a second for 100 MiB.
        """

        def run(connection: sqlite3.Connection) -> bool:
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return bool(busy)

        if await self._change(run):
            raise StorageError(say("The log of the database is still being read; try again in a minute."))

    async def _change(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        turn = asyncio.ensure_future(self._writer.run(work))
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait([turn])
            raise


class _Store(Protocol):
    @property
    def _database(self) -> Database: ...


def in_transaction(
    work: Callable[Concatenate[_S, Connection, _P], _T],
) -> Callable[Concatenate[_S, _P], Coroutine[Any, Any, _T]]:
    """Makes a store's method one transaction, to be awaited; its body runs in the writer's thread."""

    @wraps(work)
    async def run(self: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._database.transaction(lambda connection: work(self, connection, *args, **kwargs))

    return run


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
async def _connect(path: Path, mode: str, pragmas: str) -> AsyncIterator[_Thread]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "sqlite") as executor:
        connection = await loop.run_in_executor(executor, _open, _uri(path, mode), pragmas)
        try:
            yield _Thread(executor, connection)
        finally:
            await loop.run_in_executor(executor, connection.close)


def _open(uri: str, pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    # SQLite itself knows upper and lower case in English only.
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    connection.create_function("hamming", 2, _hamming, deterministic=True)
    connection.executescript(pragmas)
    return connection


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
