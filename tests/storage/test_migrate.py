"""Migrations: whole or not at all, backed up, in order, and never from a database that is not ours."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.migrate import KEPT_BACKUPS, Migration, apply, in_order, migrate, shipped_migrations

EXTRA = Migration(len(shipped_migrations()) + 1, "9999_extra.sql", "CREATE TABLE extra (a INTEGER) STRICT;\n")
KILLED_IN = """
import os, signal, sqlite3, sys
from pathlib import Path
from bot.storage.migrate import Migration, apply
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
apply(connection, Migration(int(sys.argv[2]), "0000_killed.sql", sys.stdin.read()))
"""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def schema_hash(path: Path) -> str:
    with opened(path) as connection:
        schema = connection.execute(
            "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
        ).fetchall()
        pragmas = [
            connection.execute(f"PRAGMA {name}").fetchone() for name in ("user_version", "application_id")
        ]
    return sha256(repr((schema, pragmas)).encode()).hexdigest()


def statements(sql: str) -> list[str]:
    found = [""]
    for line in sql.splitlines(keepends=True):
        found[-1] += line
        if sqlite3.complete_statement(found[-1]):
            found.append("")
    return found[:-1]


def cuts() -> list[tuple[Migration, int]]:
    """Every migration with every number of its statements."""
    return [
        (migration, done)
        for migration in shipped_migrations()
        for done in range(len(statements(migration.sql)) + 1)
    ]


def cut_off(migration: Migration, done: int, end: str) -> Migration:
    return replace(migration, sql="".join(statements(migration.sql)[:done]) + end)


def at_the_version_before(path: Path, migration: Migration) -> list[Migration]:
    before = shipped_migrations()[: migration.number - 1]
    migrate(path, before)
    return before


def test_a_fresh_database_gets_every_migration_once(path: Path) -> None:
    assert migrate(path) == shipped_migrations()
    assert migrate(path) == []
    with opened(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM migration ORDER BY number")]
    assert names == [migration.name for migration in shipped_migrations()]


def test_step_by_step_and_all_at_once_give_the_same_schema(tmp_path: Path) -> None:
    shipped = [*shipped_migrations(), EXTRA]
    for last in range(1, len(shipped) + 1):
        migrate(tmp_path / "steps.db", shipped[:last])
    migrate(tmp_path / "fresh.db", shipped)
    assert schema_hash(tmp_path / "steps.db") == schema_hash(tmp_path / "fresh.db")


@pytest.mark.parametrize(("migration", "done"), cuts())
def test_a_failure_after_any_statement_leaves_the_old_schema(
    path: Path, migration: Migration, done: int
) -> None:
    before = at_the_version_before(path, migration)
    old = schema_hash(path)
    with pytest.raises(StorageError, match="no such function: fail_here"):
        migrate(path, [*before, cut_off(migration, done, "SELECT fail_here();")])
    assert schema_hash(path) == old
    assert migrate(path) == shipped_migrations()[migration.number - 1 :]


@pytest.mark.long
@pytest.mark.parametrize(("migration", "done"), cuts())
def test_a_kill_after_any_statement_leaves_the_old_schema(
    path: Path, migration: Migration, done: int
) -> None:
    at_the_version_before(path, migration)
    old = schema_hash(path)
    text = cut_off(migration, done, "SELECT die();").sql
    command = [sys.executable, "-c", KILLED_IN, str(path), str(migration.number)]
    assert subprocess.run(command, input=text, text=True, check=False).returncode == -signal.SIGKILL
    assert schema_hash(path) == old
    migrate(path)


def test_a_migration_and_its_record_are_one(path: Path) -> None:
    migrate(path)
    old = schema_hash(path)
    with opened(path) as connection, pytest.raises(sqlite3.IntegrityError):
        apply(connection, replace(EXTRA, number=1))
    assert schema_hash(path) == old


@pytest.mark.parametrize("migration", shipped_migrations())
def test_no_migration_ends_its_transaction_itself(migration: Migration) -> None:
    words = {statement.split()[0].upper() for statement in statements(migration.sql)}
    assert words.isdisjoint({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"})
    assert "".join(statements(migration.sql)) == migration.sql


def test_a_newer_database_is_refused(path: Path) -> None:
    migrate(path, [*shipped_migrations(), EXTRA])
    with pytest.raises(StorageError, match=f"has schema {EXTRA.number}.* this Atelier knows"):
        migrate(path)


def test_a_migration_whose_text_changed_is_refused(path: Path) -> None:
    migrate(path)
    first, *rest = shipped_migrations()
    with pytest.raises(StorageError, match=first.name):
        migrate(path, [replace(first, sql=first.sql + "-- changed\n"), *rest])


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    old = schema_hash(path)
    with pytest.raises(StorageError, match="not a database of Atelier"):
        migrate(path)
    assert schema_hash(path) == old


def test_an_empty_database_with_a_foreign_application_id_is_refused(path: Path) -> None:
    with opened(path) as connection:
        connection.execute("PRAGMA application_id = 42")
    with pytest.raises(StorageError, match="not a database of Atelier"):
        migrate(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"a shopping list, and a long one" * 100)
    with pytest.raises(StorageError, match=r"atelier\.db cannot be migrated: file is not a database"):
        migrate(path)


def test_a_backup_is_made_before_a_migration_and_only_then(path: Path) -> None:
    migrate(path)
    assert list(path.parent.glob("*backup*")) == []
    old = schema_hash(path)
    migrate(path, [*shipped_migrations(), EXTRA])
    (backup,) = path.parent.glob("*backup*")
    assert schema_hash(backup) == old != schema_hash(path)


def test_a_backup_holds_what_stands_in_the_write_ahead_log(path: Path) -> None:
    migrate(path)
    with opened(path) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO lane (name, served) VALUES ('a', 1)")
        migrate(path, [*shipped_migrations(), EXTRA])
    (backup,) = path.parent.glob("*.backup")
    with opened(backup) as connection:
        assert connection.execute("SELECT name, served FROM lane").fetchall() == [("a", 1)]


def test_only_the_newest_backups_are_kept(path: Path) -> None:
    migrate(path)
    for age in range(5):
        path.with_name(f"{path.name}.{age}000000000000.backup").touch()
    migrate(path, [*shipped_migrations(), EXTRA])
    kept = sorted(path.parent.glob("*.backup"))
    assert len(kept) == KEPT_BACKUPS
    assert kept[-1].name == f"{path.name}.4000000000000.backup"


@pytest.mark.parametrize(
    "name", ["0002_late.sql", "1_short.sql", "0001_Capital.sql", "0001.sql", "0001_a b.sql"]
)
def test_a_migration_with_a_name_out_of_line_is_refused(name: str) -> None:
    with pytest.raises(StorageError, match=r"must be called 0001_what_it_does\.sql"):
        in_order([(name, "SELECT 1;")])
