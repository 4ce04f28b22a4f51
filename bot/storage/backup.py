"""Copies the database while the bot works, and lists the picture files that belong to the copy."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import StorageError
from bot.storage.pictures import path_of
from bot.storage.statements import STATEMENTS

KEY = "secret.key"
CERTIFICATES = "certificates"
KEYS = (KEY, f"{CERTIFICATES}/*.key", f"{CERTIFICATES}/*.pem")  # in the folder of the database
PICTURE_LIST = "pictures.txt"
UNFINISHED = ".unfinished"  # at the end of the name of a copy that is not checked yet


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: the copy of the database, its size in bytes, and how many stored pictures belong to it."""

    database: Path
    bytes: int
    pictures: int


def back_up(database: Path, pictures: Path, target: Path) -> Backup:
    """Write a copy of the database, its keys and the list of its picture files into the folder `target`.

    The bot may go on meanwhile: the copy is the state of one moment. The list has the stored files, by their paths
    in the folder `pictures`, one a line. Without its keys a bot neither knows members' limits and blocks again, nor
    signs with its certificate. Raises `StorageError`, also where the copy would be damaged.
    """
    if not database.is_file():
        raise StorageError(
            f"There is no database at {database}; set storage.folder to the folder of the bot."
        )
    copy, unfinished = target / database.name, target / f"{database.name}{UNFINISHED}"
    if copy.exists():
        raise StorageError(f"{copy} exists already; choose another folder, such as {target}-2.")
    with _told(target):
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        known = _copy(database, unfinished)
        stored = sorted(str(path) for path in map(path_of, known) if (pictures / path).is_file())
        (target / PICTURE_LIST).write_text("".join(f"{path}\n" for path in stored), "utf-8")
        _copy_keys(database.parent, target)
        unfinished.rename(copy)
        return Backup(copy, copy.stat().st_size, len(stored))


def _copy(database: Path, copy: Path) -> list[str]:
    """The pictures that the copy knows, by their sha256.

    All pages in one step: SQLite starts again with the first one when somebody writes between two steps.
    """
    uri = f"{database.absolute().as_uri()}?mode=rw"  # read-only, it would leave an empty log behind
    with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.execute("PRAGMA query_only = ON")
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
        found = [row[0] for row in target.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise StorageError(f"The copy of {database} is damaged: {found[0]}. Check the disk.")
        return [row[0] for row in target.execute(STATEMENTS["known_pictures"])]


def _copy_keys(folder: Path, target: Path) -> None:
    for key in (key for pattern in KEYS for key in folder.glob(pattern)):
        if target not in key.parents:
            place = target / key.relative_to(folder)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(key, place)


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"The backup cannot be written to {target}: {error}.") from error
