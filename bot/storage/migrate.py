"""Brings a database to the newest schema: each migration whole or not at all, after a backup of the file."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path

from bot.errors import StorageError
from bot.storage.statements import STATEMENTS

APPLICATION_ID = 0x41544C52  # "ATLR", in the header of the file
KEPT_BACKUPS = 3
COPY, CUT_OFF = ".backup", ".backup-unfinished"
_PRAGMAS = """
PRAGMA foreign_keys = OFF;  -- so that a table can be made anew under its name; `apply` checks them
PRAGMA secure_delete = ON;  -- nobody's words stay behind in the pages of the table before
"""
_NAME = re.compile(r"(\d{4})_[a-z0-9]+(_[a-z0-9]+)*\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: the text of `migrations/NNNN_what.sql`."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def shipped_migrations() -> list[Migration]:
    """The migrations of this version of Atelier, in order. Raises `StorageError` on a name out of line."""
    files = [file for file in resources.files("migrations").iterdir() if file.name.endswith(".sql")]
    return in_order([(file.name, file.read_text("utf-8")) for file in files])


def in_order(files: Sequence[tuple[str, str]]) -> list[Migration]:
    """Pairs of file name and text, sorted; their numbers must be 0001, 0002 and so on."""
    migrations = []
    for number, (name, sql) in enumerate(sorted(files), start=1):
        if not _NAME.fullmatch(name) or int(name[:4]) != number:
            raise StorageError(f"The migration {name} must be called {number:04d}_what_it_does.sql.")
        migrations.append(Migration(number, name, sql))
    return migrations


def migrate(path: Path, migrations: Sequence[Migration] | None = None) -> list[Migration]:
    """Apply what is missing and return it.

    Raises `StorageError` when the file is no database of Atelier, is newer, or came from other migrations.
    """
    migrations = shipped_migrations() if migrations is None else migrations
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(_PRAGMAS)
            missing = migrations[_version(connection, path, migrations) :]
            if missing and not _empty(connection):
                _back_up(connection, path)
            for migration in missing:
                apply(connection, migration)
    except sqlite3.Error as error:
        raise StorageError(f"The database {path} cannot be migrated: {error}.") from error
    return list(missing)


def schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """How many of the shipped migrations made this database. Raises `StorageError` where none did."""
    version = _version(connection, path, shipped_migrations())
    if version == 0:
        raise StorageError(f"{path} is no database of Atelier: it is empty.")
    return version


def check_schema(path: Path) -> None:
    """Raises `StorageError` where there is no database, or where `migrate` would change it or refuse it."""
    if not path.is_file():
        raise StorageError(f"There is no database at {path}; set storage.folder to the folder of the bot.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            schema, newest = schema_of(connection, path), len(shipped_migrations())
    except sqlite3.Error as error:
        raise StorageError(f"The database {path} cannot be read: {error}.") from error
    if schema < newest:
        raise StorageError(f"{path} has schema {schema}, this Atelier {newest}; run `atelier migrate` first.")


def backups_of(path: Path) -> list[Path]:
    """The files beside the database that hold an older state of it, the oldest first and a cut off one last."""
    found = path.parent.glob(f"{path.name}.*")
    return sorted(file for file in found if file.name.endswith((COPY, CUT_OFF)))


def discard(backup: Path) -> None:
    """Delete a backup, with what a connection to it may have left beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        backup.with_name(backup.name + suffix).unlink(missing_ok=True)


def apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """Apply one migration together with its record, in one transaction."""
    record = {
        "number": migration.number,
        "name": migration.name,
        "sha256": migration.sha256,
        "now": _utc_ms(),
    }
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}")
        connection.execute(STATEMENTS["record_migration"], record)
        connection.execute(f"PRAGMA user_version = {migration.number}")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.IntegrityError(f"a row of {broken[0]} refers to a missing row of {broken[2]}")
        connection.commit()
    finally:
        connection.rollback()


def _version(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> int:
    """How many of the migrations are applied; refuses a database that they cannot have made."""
    version, application_id = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    if application_id == 0 and _empty(connection):
        return 0
    if application_id != APPLICATION_ID:
        raise StorageError(f"{path} is not a database of Atelier. Set another storage folder.")
    if version > len(migrations):
        raise StorageError(
            f"{path} has schema {version}, but this Atelier knows {len(migrations)}. "
            "Install the newer Atelier again, or restore a backup from before it."
        )
    for row, migration in zip(connection.execute(STATEMENTS["applied_migrations"]), migrations, strict=False):
        if row != (migration.number, migration.name, migration.sha256):
            raise StorageError(
                f"{path} was made with another text of the migration {row[1]} than this Atelier has in "
                f"{migration.name}. Install the Atelier that made it, or restore a backup."
            )
    return version


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    """Copy the file beside itself, whole, and keep the newest few copies."""
    unfinished = path.with_name(f"{path.name}{CUT_OFF}")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as copy:
        connection.backup(copy)
    unfinished.rename(path.with_name(f"{path.name}.{_utc_ms()}{COPY}"))
    for old in backups_of(path)[:-KEPT_BACKUPS]:
        old.unlink()


def _empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is None


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000
