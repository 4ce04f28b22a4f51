"""Whoever adds a table or a column that may know a member must say what becomes of it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage.holdings import HOLDINGS, Fate
from bot.storage.migrate import Migration, migrate, shipped_migrations

TELLING = re.compile(
    "user|actor|target|member|prompt|negative|words|reason|detail|name|note|suffix|flags|lane|locale"
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("holdings") / "atelier.db"
    migrate(path)
    return path


def columns(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return set(
            connection.execute(
                "SELECT tables.name, columns.name FROM sqlite_schema AS tables, "
                "pragma_table_xinfo(tables.name) AS columns WHERE tables.type = 'table'"
            )
        )


def undeclared(path: Path) -> set[str]:
    """Columns that may tell of a member, and tables, of which nobody has said what becomes of them."""
    declared = {(holding.table, column) for holding in HOLDINGS for column in holding.columns}
    telling = {(table, name) for table, name in columns(path) if TELLING.search(name)} - declared
    tables = {table for table, _ in columns(path)} - {holding.table for holding in HOLDINGS}
    return {f"{table}.{name}" for table, name in telling} | tables


def test_every_table_and_every_column_that_may_tell_of_a_member_is_declared(path: Path) -> None:
    assert undeclared(path) == set()


def test_every_declared_column_exists_and_has_one_fate_and_a_reason(path: Path) -> None:
    declared = [(holding.table, column) for holding in HOLDINGS for column in holding.columns]
    assert set(declared) <= columns(path)
    assert len(declared) == len(set(declared))
    assert all(holding.why.endswith(".") for holding in HOLDINGS)


def test_what_names_a_member_is_not_said_to_name_nobody() -> None:
    silent = {column for holding in HOLDINGS if holding.fate is Fate.NOBODY for column in holding.columns}
    assert not {name for name in silent if re.search("user|actor|target|member", name)}


@pytest.mark.parametrize(
    ("sql", "missing"),
    [
        ("CREATE TABLE gift (giver INTEGER) STRICT;", {"gift"}),
        ("CREATE TABLE gift (user_id INTEGER) STRICT;", {"gift", "gift.user_id"}),
        ("ALTER TABLE guild ADD COLUMN owner_name TEXT;", {"guild.owner_name"}),
    ],
)
def test_something_new_is_noticed(tmp_path: Path, sql: str, missing: set[str]) -> None:
    shipped = shipped_migrations()
    new = Migration(len(shipped) + 1, f"{len(shipped) + 1:04}_gift.sql", sql)
    migrate(tmp_path / "atelier.db", [*shipped, new])
    assert undeclared(tmp_path / "atelier.db") == missing
