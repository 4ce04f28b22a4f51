"""The third migration renames the lanes, which were called by user ids, and every job goes on where it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.job import TRANSITIONS, Lease, State
from bot.domain.policy.actors import Usage
from bot.domain.safety import Safety
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.migrate import migrate, shipped_migrations
from tests.storage.making import LEASE_MS, Clock, a_debit, a_picture, an_order, submit
from tests.storage.test_surface_migration import a_job, insert, opened, rows

BEFORE = shipped_migrations()[:2]
STEP = shipped_migrations()[:3]
USERS = (4_611_686_018_427_387_904, 4_611_686_018_427_387_905)


@pytest.fixture
def old(path: Path) -> Path:
    """A database of the second schema: two members' lanes, a job in each state and another that waits, and pictures."""
    migrate(path, BEFORE)
    with opened(path) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        for user_id, served in zip(USERS, (700, 300), strict=True):
            insert(connection, "lane", name=f"user:{user_id}", served=served)
        for number, state in enumerate([*State, State.QUEUED], 1):
            user_id = USERS[number % 2]
            values = a_job(number, state, user_id=user_id, lane=f"user:{user_id}")
            insert(connection, "job", **values)
            values = {"seed": 9, "sha256": f"{number}" * 64, "width": 128, "height": 192, "seconds": 1.5}
            insert(connection, "picture", job_id=f"job{number}", cell=0, model_hash="m" * 64, **values)
    return path


def test_every_row_keeps_every_value_but_the_name_of_its_lane(old: Path) -> None:
    before = {table: rows(old, table) for table in ("job", "picture", "lane")}
    migrate(old, STEP)
    for table, were in before.items():
        for was, row in zip(were, rows(old, table), strict=True):
            assert {name: row[name] for name in was} | {"lane": 0, "name": 0} == was | {"lane": 0, "name": 0}
    assert [row["safety"] for row in rows(old, "job")] == [Safety.OFF] * (len(State) + 1)
    assert {(row["priority"], row["rank"]) for row in rows(old, "job")} == {(1, 0)}
    assert {(row["flagged"], row["fingerprint"]) for row in rows(old, "picture")} == {(0, None)}


def test_no_lane_is_called_by_a_user_and_each_keeps_its_jobs(old: Path) -> None:
    before = {row["id"]: row["lane"] for row in rows(old, "job")}
    migrate(old, STEP)
    after = {row["id"]: row["lane"] for row in rows(old, "job")}
    assert set(after.values()) == {row["name"] for row in rows(old, "lane")} == {"old:1", "old:2"}
    renamed = {(before[job_id], after[job_id]) for job_id in before}
    assert len(renamed) == len(set(before.values())) == 2
    assert not any(f"user:{user_id}".encode() in old.read_bytes() for user_id in USERS)


def test_every_guild_and_the_direct_messages_have_their_turns(old: Path) -> None:
    migrate(old, STEP)
    assert [(row["id"], row["served"], row["halt"]) for row in rows(old, "guild")] == [
        (0, 0, None),
        (5, 0, None),
    ]


@pytest.mark.parametrize("state", State)
def test_the_rules_of_the_states_hold_for_the_jobs_that_were_there(old: Path, state: State) -> None:
    migrate(old, STEP)
    with opened(old) as connection:
        allowed = {new for new in State if may_become(connection, f"job{list(State).index(state) + 1}", new)}
    assert allowed == TRANSITIONS[state]


def may_become(connection: sqlite3.Connection, job_id: str, state: State) -> bool:
    owner, until = ("w", 1) if state is State.RUNNING else (None, None)
    connection.execute("BEGIN")
    try:
        connection.execute(
            "UPDATE job SET state = ?, lease_owner = ?, lease_until = ? WHERE id = ?",
            (state, owner, until, job_id),
        )
    except sqlite3.IntegrityError:
        return False
    finally:
        connection.rollback()
    return True


def test_the_keys_hold(old: Path) -> None:
    migrate(old, STEP)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_the_queue_goes_on_where_it_was(old: Path) -> None:
    """What was asked for before costs nobody anything, and what is asked for now waits behind it."""
    async with open_database(old) as database:
        queue = JobQueue(database, Clock())
        assert [job.id for job in await queue.queue()] == ["job1", "job8"]
        assert [job.id for job in await queue.undelivered()] == ["job3"]
        assert await queue.usage(a_debit(), USERS[1], None, "old:2") == Usage(
            waiting_of_member=1, waiting_in_lane=1, waiting_in_guild=1, waiting_in_all=2
        )
        lease = Lease("job2", "worker", 2)
        await queue.add_picture(lease, a_picture(1))
        await queue.finish(lease)
        new = await submit(queue, an_order(9, guild_id=5))
        order = [job.id for job in await queue.queue()]
        assert order.index("job8") < order.index(new.id)
        assert await queue.claim("worker", LEASE_MS)
    assert {row["id"]: row["served"] for row in rows(old, "guild")} == {0: 0, 5: 1500}
