"""The second migration makes the table of jobs anew, and every job, picture and lease survives it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.domain.job import TRANSITIONS, Lease, Origin, State
from bot.errors import StorageError
from bot.storage.album import AlbumStore
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.migrate import migrate, shipped_migrations
from tests.storage.making import LEASE_MS, Clock, a_picture

BEFORE = shipped_migrations()[:1]
STEP = shipped_migrations()[:2]
SECRET = "a prompt that nobody else has"


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def insert(connection: sqlite3.Connection, table: str, **values: object) -> None:
    places = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", values)


def a_job(number: int, state: State, **changes: object) -> dict[str, object]:
    """A row of the first schema, with something in every column."""
    running = state is State.RUNNING
    return {
        "id": f"job{number}",
        "number": number,
        "interaction_id": 1000 + number,
        "user_id": 2**62 + number,
        "guild_id": None if number % 2 else 5,
        "channel_id": 6,
        "locale": "de",
        "upload_limit": 2**40,
        "lane": "b" if number % 3 else "a",
        "parent_id": "job1" if number > 4 else None,
        "parent_cell": 2 if number > 4 else None,
        "prompt": f"{SECRET} ü\0\n{number}",
        "negative": "rain",
        "model": "demo",
        "seed": 2**32 - number,
        "count": 2,
        "width": 128,
        "height": 192,
        "steps": 25,
        "guidance": 3.5,
        "sampler": "",
        "image_sha256": "e" * 64 if number > 5 else None,
        "strength": 0.1 + number,
        "state": state,
        "reason": "A reason." if state is State.FAILED else None,
        "attempt": number,
        "released": 1,
        "failures": 1,
        "lease_owner": "worker" if running else None,
        "lease_until": Clock().ms + LEASE_MS if running else None,
        "placeholder_channel_id": 6,
        "placeholder_message_id": 2000 + number,
        "created_at": 3000 + number,
        "started_at": 4000 if state is not State.QUEUED else None,
        "finished_at": None if state in (State.QUEUED, State.RUNNING) else 5000,
        "announced_at": 6000 if state is State.CANCELLED else None,
    } | changes


@pytest.fixture
def old(path: Path) -> Path:
    """A database of the first schema: two lanes, a job in each state and one more that waits, some pictures."""
    migrate(path, BEFORE)
    with opened(path) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for lane, served in (("a", 700), ("b", 300)):
            insert(connection, "lane", name=lane, served=served)
        for number, state in enumerate([*State, State.QUEUED], 1):
            insert(connection, "job", **a_job(number, state))
            for cell in range(2 if state in (State.READY, State.DELIVERED) else number % 2):
                values = {"seed": 9, "sha256": f"{number}" * 64, "width": 128, "height": 192}
                values |= {"seconds": 1.5 + number, "model_hash": "m" * 64}
                insert(connection, "picture", job_id=f"job{number}", cell=cell, **values)
    return path


def rows(path: Path, table: str) -> list[dict[str, object]]:
    with opened(path) as connection:
        return [dict(row) for row in connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")]


def test_every_row_keeps_every_value(old: Path) -> None:
    tables = ("job", "picture", "lane", "migration")
    before = {table: rows(old, table) for table in tables}
    migrate(old, STEP)
    for table in tables:
        after = rows(old, table)[: len(before[table])]
        kept = [{name: row[name] for name in was} for was, row in zip(before[table], after, strict=True)]
        assert kept == [was | worked_out(row) for was, row in zip(before[table], kept, strict=True)]
    assert len(before["job"]) == len(rows(old, "job")) == len(State) + 1


def worked_out(row: dict[str, object]) -> dict[str, object]:
    """The one column that says something else now: a start picture saves work."""
    return {"work": row["work"]} if row.get("image_sha256") else {}


def test_what_is_new_says_what_was_so_before(old: Path) -> None:
    migrate(old, STEP)
    for row in rows(old, "job"):
        assert row["origin"] == (Origin.REROLL if row["parent_id"] else Origin.IMAGINE)
        assert not any(
            row[name] for name in ("part", "spoiler", "private", "notify", "auto_dm", "chaos", "tile")
        )
        assert (row["stop"], row["upscale"]) == (100, 1)
        assert row["style"] is row["mask_sha256"] is row["deleted_at"] is None
        seconds = [picture["seconds"] for picture in rows(old, "picture") if picture["job_id"] == row["id"]]
        assert row["drawn"] == len(seconds)
        assert row["spent"] == sum(int(float(str(each)) * 1000) for each in seconds)


def test_the_keys_hold_and_still_point_to_the_jobs(old: Path) -> None:
    migrate(old, STEP)
    with opened(old) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM job WHERE id = 'job3'")
        left = {row["job_id"] for row in connection.execute("SELECT job_id FROM picture")}
        assert "job3" not in left
        assert "job4" in left
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
            connection.execute("UPDATE job SET lane = 'nowhere'")


@pytest.mark.parametrize("state", State)
def test_the_rules_of_the_states_hold_for_the_jobs_that_were_there(old: Path, state: State) -> None:
    migrate(old, STEP)
    allowed = set(State)
    with opened(old) as connection:
        for new in State:
            owner, until = ("w", 1) if new is State.RUNNING else (None, None)
            connection.execute("BEGIN")
            try:
                connection.execute(
                    "UPDATE job SET state = ?, lease_owner = ?, lease_until = ? WHERE id = ?",
                    (new, owner, until, f"job{list(State).index(state) + 1}"),
                )
            except sqlite3.IntegrityError:
                allowed.remove(new)
            connection.rollback()
    assert allowed == TRANSITIONS[state] - ({State.REFUSED} if state is State.READY else set())


async def test_the_queue_goes_on_where_it_was(old: Path) -> None:
    clock = Clock()
    async with open_database(old) as database:
        queue, album = JobQueue(database, clock), AlbumStore(database, clock)
        assert [job.id for job in await queue.queue()] == ["job1", "job8"]
        lease = Lease("job2", "worker", 2)
        assert await queue.renew(lease, LEASE_MS)
        await queue.add_picture(lease, a_picture(1))
        await queue.finish(lease)
        assert [job.id for job in await queue.undelivered()] == ["job2", "job3"]
        assert [job.id for job in await queue.unannounced()] == ["job5", "job7"]
        claimed = await queue.claim("worker", LEASE_MS)
        assert claimed is not None
        assert (claimed[0].id, claimed[0].attempt) == ("job1", 2)
        assert [entry.job.id for entry in (await album.history(2**62 + 4, None, 1, 6)).entries] == ["job4"]
        assert await album.by_message(2003) == await queue.get("job3")


def test_an_older_atelier_refuses_the_new_file(old: Path) -> None:
    migrate(old, STEP)
    before = rows(old, "job")
    with pytest.raises(StorageError, match="has schema 2, but this Atelier knows 1"):
        migrate(old, BEFORE)
    assert rows(old, "job") == before


def test_a_row_that_refers_to_nothing_stops_the_migration(old: Path) -> None:
    with opened(old) as connection:
        connection.execute("DELETE FROM lane WHERE name = 'a'")
    before = rows(old, "job")
    with pytest.raises(StorageError, match="a row of job refers to a missing row of lane"):
        migrate(old, STEP)
    assert rows(old, "job") == before


def test_no_words_stay_behind_in_the_pages_of_the_old_table(old: Path) -> None:
    migrate(old, STEP)
    assert SECRET.encode() in old.read_bytes()
    with opened(old) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM job")
    assert SECRET.encode() not in old.read_bytes()
