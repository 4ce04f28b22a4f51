"""Brings a backup back: the opposite of `backup`, checked first, and without losing what it takes the place of."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StorageError
from bot.storage.backup import KEYS, PICTURE_LIST
from bot.storage.database import locked
from bot.storage.migrate import COPY, CUT_OFF, schema_of


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back: the number of keys, and of the listed pictures those that are there and those that are not.

    `schema` is the one of the copy; the next start brings it up to date. `aside` are the files that it took the
    place of, under their new names; the paths of the pictures are relative to their folder.
    """

    schema: int
    keys: int
    present: int
    missing: tuple[str, ...]
    aside: tuple[Path, ...]


def restore(source: Path, database: Path, pictures: Path, *, replace: bool) -> Restored:
    """Put the backup in the folder `source` in the place of `database`, with its keys.

    A database that is there is moved aside where `replace` says so; it then counts as one of the copies beside the
    database. Raises `StorageError` where there is one otherwise, where a bot uses it, and where the backup is damaged,
    incomplete or made by a newer Atelier; then nothing has changed.
    """
    if not (source / database.name).is_file():
        raise StorageError(
            f"There is no {database.name} in {source}; name a folder that `atelier backup` has written."
        )
    with locked(database), _told(database.parent):
        if database.exists() and not replace:
            raise StorageError(
                f"{database} exists already; with --replace it is moved aside, and the backup takes its place."
            )
        copy = database.with_name(f"{database.name}{CUT_OFF}")
        try:
            schema = _checked_copy(source / database.name, copy)
            stamp = time.time_ns() // 1_000_000
            keys, aside = _bring_keys(source, database.parent, stamp)
            aside += _move_aside(database, stamp)
            copy.rename(database)
        finally:
            copy.unlink(missing_ok=True)
    listed = _listed(source)
    missing = tuple(path for path in listed if not (pictures / path).is_file())
    return Restored(schema, keys, len(listed) - len(missing), missing, tuple(aside))


def _checked_copy(source: Path, copy: Path) -> int:
    """Copy the database, with what may stand in a log beside it; the number of its schema."""
    copy.unlink(missing_ok=True)
    uri = f"{source.absolute().as_uri()}?mode=rw"  # read-only, it could not read a log
    with closing(sqlite3.connect(uri, uri=True)) as kept, closing(sqlite3.connect(copy)) as target:
        kept.execute("PRAGMA query_only = ON")
        kept.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode = DELETE")
        found = target.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise StorageError(f"The backup {source} is damaged: {found}. Restore another one.")
        if broken := target.execute("PRAGMA foreign_key_check").fetchone():
            raise StorageError(
                f"The backup {source} is damaged: a row of {broken[0]} refers to a missing row of {broken[2]}. "
                "Restore another one."
            )
        return schema_of(target, source)


def _bring_keys(source: Path, folder: Path, stamp: int) -> tuple[int, list[Path]]:
    """The number of keys in the backup; those of other content that were in their places are moved aside."""
    keys = [key for pattern in KEYS for key in source.glob(pattern)]
    aside = []
    for key in keys:
        place = folder / key.relative_to(source)
        if place.is_file() and place.read_bytes() != key.read_bytes():
            aside.append(place.rename(place.with_name(f"{place.name}.{stamp}.replaced")))
        place.parent.mkdir(mode=0o700, exist_ok=True)
        shutil.copy2(key, place)
    return len(keys), aside


def _move_aside(database: Path, stamp: int) -> list[Path]:
    """The database with its log, by the name of a copy beside it; unread, since it may be damaged."""
    aside = database.with_name(f"{database.name}.{stamp}{COPY}")
    moved = []
    for suffix in ("-wal", "-shm", ""):
        file = database.with_name(f"{database.name}{suffix}")
        if file.exists():
            moved.append(file.rename(aside.with_name(f"{aside.name}{suffix}")))
    return moved[-1:]


def _listed(source: Path) -> list[str]:
    """The paths of the pictures that belong to the backup."""
    try:
        return (source / PICTURE_LIST).read_text("utf-8").split()
    except FileNotFoundError:
        return []


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"The backup cannot be restored to {target}: {error}.") from error
