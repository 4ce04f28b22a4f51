"""Which deleted jobs may still be seen somewhere outlasts a restart, and an old database owes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.job import Job, Placeholder
from bot.storage.album import AlbumStore
from bot.storage.database import Database, open_database
from bot.storage.jobs import JobQueue
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.moderation import TakedownStore
from bot.storage.postings import Postings
from tests.storage.making import GUILD, LEASE_MS, Clock, a_picture, an_order, delivered, execute, put, submit
from tests.storage.seeding import contents, insert_job, opened

NUMBER = next(each.number for each in shipped_migrations() if each.name.endswith("_withdrawals.sql"))


async def owed(queue: JobQueue) -> list[str]:
    return [job.id for job in await queue.unwithdrawn()]


async def test_a_deleted_job_is_owed_until_its_messages_are_empty(
    queue: JobQueue, database: Database, clock: Clock, path: Path
) -> None:
    kept, removed, taken = [await delivered(queue, an_order(each), a_picture()) for each in (1, 2, 3)]
    await AlbumStore(database, clock).remove(removed.id)
    await execute(database, "UPDATE picture SET sha256 = 'other' WHERE job_id = ?", [kept.id])
    await TakedownStore(database, clock).take_down(taken.id, GUILD)
    assert await owed(queue) == [removed.id, taken.id]
    for job in (kept, taken):
        await queue.note_withdrawn(job.id)
    assert await owed(queue) == [removed.id]
    assert [row["withdrawn_at"] for row in contents(path)["job"]] == [None, None, clock.ms]


async def test_when_it_was_emptied_first_is_kept(queue: JobQueue, database: Database, clock: Clock) -> None:
    job, first = await delivered(queue, an_order(), a_picture()), clock.ms
    await AlbumStore(database, clock).remove(job.id)
    for _ in range(2):
        await queue.note_withdrawn(job.id)
        clock.ms += 1
    row = await database.reader.row("get", job_id=job.id)
    assert row is not None
    assert row["withdrawn_at"] == first


@pytest.mark.parametrize("posted", [False, True])
async def test_a_job_without_a_message_owes_nothing(
    queue: JobQueue, database: Database, clock: Clock, posted: bool
) -> None:
    job = await put(queue, an_order())
    if posted:
        await Postings(database).note(job.id, Placeholder(3, 99))
    await TakedownStore(database, clock).take_down(job.id, GUILD)
    assert await owed(queue) == ([job.id] if posted else [])


async def test_a_job_that_is_owed_is_not_announced_besides(
    queue: JobQueue, database: Database, clock: Clock
) -> None:
    job = await submit(queue, an_order())
    await queue.cancel(job.id)
    assert [each.id for each in await queue.unannounced()] == [job.id]
    await TakedownStore(database, clock).take_down(job.id, GUILD)
    assert await queue.unannounced() == []
    assert await owed(queue) == [job.id]


async def test_a_job_that_was_taken_down_knows_why(queue: JobQueue, database: Database, clock: Clock) -> None:
    job = await delivered(queue, an_order(), a_picture())
    await TakedownStore(database, clock).take_down(job.id, GUILD)
    (found,) = await queue.unwithdrawn()
    assert (found.state, found.reason) == (job.state, "A moderator took this request down.")


async def test_what_was_deleted_before_there_was_a_note_counts_as_withdrawn(path: Path) -> None:
    migrate(path, shipped_migrations()[: NUMBER - 1])
    with opened(path) as db:
        for number, deleted_at in enumerate([None, 5, 6], 1):
            insert_job(db, number, user_id=number, deleted_at=deleted_at)
    before = contents(path)["job"]
    async with open_database(path) as database:
        assert await owed(JobQueue(database, Clock())) == []
    after = contents(path)["job"]
    assert [row["withdrawn_at"] for row in after] == [None, 5, 6]
    assert [{name: row[name] for name in was} for was, row in zip(before, after, strict=True)] == before


# Jobs that are passed over


async def test_a_job_that_is_passed_over_keeps_its_place(queue: JobQueue) -> None:
    jobs: list[Job] = [await submit(queue, an_order(number, user_id=number)) for number in (1, 2)]
    later = [jobs[0].id, "nobody"]
    found = await queue.claim("worker", LEASE_MS, later=later)
    assert found is not None
    assert found[0].id == jobs[1].id
    assert await queue.claim("worker", LEASE_MS, later=later) is None
    assert await queue.position(jobs[0].id) == 1
    assert await queue.claim("worker", LEASE_MS)
