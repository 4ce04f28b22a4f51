"""The database file: its settings, its lock, its transactions and the plans of its statements."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.job import Placeholder
from bot.domain.preferences import Preferences
from bot.errors import LostLease, StorageError
from bot.storage.database import Connection, Database, locked, open_database
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.migrate import shipped_migrations
from bot.storage.statements import STATEMENTS
from tests.storage.making import Clock, an_order, execute, put

RARE = "a member sees, or deletes, what is stored of them once in a while"
SCANS = {
    ("applied_migrations", "SCAN migration"): "one row for each migration",
    ("unannounced", "SCAN job USING INDEX job_unannounced"): "the index holds only the rows that are wanted",
    ("unwithdrawn", "SCAN job USING INDEX job_unwithdrawn"): "the index holds only the rows that are wanted",
    ("counts", "SCAN job USING COVERING INDEX job_by_state"): "it counts all of them",
    (
        "known_pictures",
        "SCAN picture USING COVERING INDEX picture_by_file",
    ): "it wants all of them, of a copy",
    ("known_pictures", "SCAN draft"): "a day's drafts, and it wants all of them",
    ("kept_pictures", "SCAN favourite USING COVERING INDEX favourite_by_picture"): "it wants all of them",
    ("kept_pictures", "SCAN draft"): "a day's drafts, and it wants all of them",
    ("needless_files", "SCAN draft"): "a day's drafts, and it wants all of them",
    ("approve_reports", "SCAN report USING INDEX report_open"): "the index holds only open ones",
    ("studio", "SCAN studio"): "it wants all of them",
    ("allowed_guilds", "SCAN allowed_guild"): "it wants all of them, once, and again when one changes",
    ("nearest_pictures", "SCAN picture"): "any of them may look like it; 50 ms for 100,000",
    ("taken_down", "SCAN takedown"): "any of them may look like it",
    ("takedowns_of", "SCAN takedown USING INDEX sqlite_autoindex_takedown_1"): RARE,
    ("drafts_of", "SCAN draft USING INDEX draft_by_age"): RARE,
    ("files_of", "SCAN draft"): RARE,
    ("lanes_of", "SCAN lane USING INDEX sqlite_autoindex_lane_1"): RARE,
    ("rules_of", "SCAN rule USING INDEX sqlite_autoindex_rule_1"): RARE,
    ("audit_of", "SCAN audit"): RARE,
    ("blank_audit_of", "SCAN audit"): RARE,
    ("blank_reports_about", "SCAN report"): RARE,
    ("forget_drafts_of", "SCAN draft"): RARE,
    ("hide_rules_of", "SCAN rule"): RARE,
}
INDEXES = {
    "pictures_of_file": "picture_by_file (sha256=?)",
    "by_message": "job_by_message (placeholder_message_id=?)",
    "history": "job_by_user (user_id=? AND state=?)",
    "favourites": "sqlite_autoindex_favourite_1 (user_id=?)",
    "pictures_of_jobs": "sqlite_autoindex_picture_1 (job_id=?)",
    "favourites_of_jobs": "sqlite_autoindex_favourite_1 (user_id=? AND job_id=?)",
    "usage": "job_by_age (user_id=? AND created_at>?)",
    "forget_drafts": "draft_by_age (created_at<?)",
    "blocks": "block_by_guild (guild_id=?)",
    "family": "job_by_parent (parent_id=?)",
    "audit": "audit_by_guild (guild_id=?)",
    "open_items": "report_open (guild_id=?)",
    "used": "job_by_guild (guild_id=? AND state=?)",
    "forget_debits": "debit_by_age (at<?)",
}
HOLD_LOCK = """
import sys
from pathlib import Path
from bot.storage.database import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("busy_timeout", 5000),
        ("secure_delete", 1),
        ("trusted_schema", 0),
        ("application_id", int.from_bytes(b"ATLR", "big")),
        ("user_version", len(shipped_migrations())),
    ],
)
async def test_a_fresh_connection_has_this_pragma(database: Database, name: str, value: object) -> None:
    (row,) = await execute(database, f"PRAGMA {name}")
    assert row[0] == value


async def test_every_table_is_strict(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE type = 'table'"
        ).fetchall()
    assert {name for name, strict in tables if not strict} <= {"sqlite_schema", "sqlite_temp_schema"}


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError, match="readonly"):
        await database.reader.rows("deliver", job_id="a")


async def test_an_error_rolls_a_transaction_back(database: Database, queue: JobQueue) -> None:
    def fail_after_writing(connection: Connection) -> None:
        connection.rows("set_placeholder", job_id=job.id, channel_id=1, message_id=2)
        raise LostLease("No.")

    job = await put(queue, an_order())
    with pytest.raises(LostLease):
        await database.transaction(fail_after_writing)
    assert await queue.get(job.id) == job


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_task_may_be_cancelled_at_any_turn_of_a_transaction(queue: JobQueue, turns: int) -> None:
    task = asyncio.create_task(put(queue, an_order()))
    for _ in range(turns):
        await asyncio.sleep(0.0002)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    job = await put(queue, an_order())
    assert await queue.queue() == [job]


async def test_who_is_cancelled_while_they_write_ends_when_it_is_written(database: Database) -> None:
    members, begun = MemberStore(database, Clock()), threading.Event()

    def write_slowly(connection: Connection) -> None:
        begun.set()
        time.sleep(0.2)

    busy = asyncio.create_task(database.transaction(write_slowly))
    await asyncio.to_thread(begun.wait)
    setting = asyncio.create_task(members.set_preferences(7, Preferences(locale="de")))
    await asyncio.sleep(0.01)
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    assert (await members.preferences(7)).locale == "de"
    await busy


@pytest.mark.parametrize(("tasks", "transactions"), [(64, 5), pytest.param(64, 200, marks=pytest.mark.long)])
async def test_many_tasks_write_without_losing_an_update_and_read_what_they_wrote(
    database: Database, queue: JobQueue, tasks: int, transactions: int
) -> None:
    job = await put(queue, an_order())

    def count_up(connection: Connection) -> int:
        row = connection.row("get", job_id=job.id)
        assert row is not None
        counted = int(row["placeholder_message_id"] or 0) + 1
        connection.rows("set_placeholder", job_id=job.id, channel_id=1, message_id=counted)
        return counted

    async def count() -> None:
        for _ in range(transactions):
            counted = await database.transaction(count_up)
            seen = await queue.get(job.id)
            assert seen is not None
            assert seen.placeholder is not None
            assert seen.placeholder.message_id >= counted

    async with asyncio.TaskGroup() as group:
        for _ in range(tasks):
            group.create_task(count())
    counted_job = await queue.get(job.id)
    assert counted_job is not None
    assert counted_job.placeholder == Placeholder(1, tasks * transactions)


async def test_a_database_in_use_is_refused_and_the_lock_named(database: Database, path: Path) -> None:
    with pytest.raises(StorageError, match=re.escape(f"{path}.lock")):
        async with open_database(path):
            pass


def test_a_second_process_is_refused_until_the_first_is_killed(path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(StorageError, match=r"Another Atelier is using .*atelier\.db"), locked(path):
            pass
        first.kill()
    with locked(path):
        pass


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="data"):
        async with open_database(tmp_path / "data" / "atelier.db"):
            pass


def plan_of(path: Path, name: str) -> list[str]:
    values = dict.fromkeys(re.findall(r":(\w+)", STATEMENTS[name]))
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("casefold", 1, str.casefold)
        connection.create_function("hamming", 2, int.__xor__)  # only its name is needed
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {STATEMENTS[name]}", values)]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the newest schema."""
    path = tmp_path_factory.mktemp("empty") / "atelier.db"

    async def make() -> None:
        async with open_database(path):
            pass

    asyncio.run(make())
    return path


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_scans_a_table(empty: Path, name: str) -> None:
    plan = plan_of(empty, name)
    with closing(sqlite3.connect(empty)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    scans = {step for step in plan if step.split()[0] == "SCAN" and step.split()[1] in tables}
    in_pace = {"SCAN picture"} if "CO-ROUTINE pace" in plan else set()  # stops after 64 rows
    assert scans - in_pace <= {step for statement, step in SCANS if statement == name}


@pytest.mark.parametrize("name", INDEXES)
def test_this_statement_looks_only_at_what_it_wants(empty: Path, name: str) -> None:
    assert any(step.endswith(f"INDEX {INDEXES[name]}") for step in plan_of(empty, name))


def test_every_statement_is_used_and_every_used_statement_exists() -> None:
    folder = Path(__file__).parents[2] / "bot" / "storage"
    source = "".join(file.read_text() for file in folder.glob("*.py"))
    used = r'(?:\.rows?|\.write|_jobs?|_changed)\(\s*"(\w+)"|STATEMENTS\["(\w+)"\]'
    named = set(re.findall(used, source))
    assert {first or second for first, second in named} == set(STATEMENTS)
