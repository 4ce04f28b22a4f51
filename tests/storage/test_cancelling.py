"""Whoever cancels their own running request pays for the time that it ran, and nobody else's cancel costs them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.job import Placeholder
from bot.storage.jobs import JobQueue
from tests.storage.making import GUILD, Clock, a_debit, a_picture, an_order, claimed, submit

HOUR_MS = 3_600_000
COST_MS = a_debit().milliseconds


def rows(path: Path, text: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(text).fetchall()


@pytest.mark.parametrize(
    ("ran_ms", "pictures", "paid"),
    [(3800, 0, 3800), (3800, 1, 3800), (1000, 1, 1500), (60_000, 1, COST_MS), (60_000, 4, 6000)],
)
async def test_a_member_who_cancels_what_runs_pays_for_that_time_up_to_what_was_debited(
    queue: JobQueue, clock: Clock, path: Path, ran_ms: int, pictures: int, paid: int
) -> None:
    await submit(queue, an_order(count=4))
    _, lease = await claimed(queue)
    for cell in range(pictures):
        await queue.add_picture(lease, a_picture(cell))
    clock.ms += ran_ms
    for _ in range(2):
        await queue.cancel(lease.job_id, by_member=True)
    usage = await queue.usage(a_debit(), 7, GUILD, an_order().lane)
    assert (usage.hour, usage.day_ms, usage.last_at) == (1, paid, clock.ms - ran_ms)
    assert rows(path, "SELECT served FROM lane UNION ALL SELECT served FROM guild") == [(paid,), (paid,)]


async def test_a_cancel_is_paid_where_nobody_could_estimate_it_and_not_for_the_time_before_its_last_start(
    queue: JobQueue, clock: Clock, path: Path
) -> None:
    job = await queue.submit(an_order(), a_debit(milliseconds=0), lambda usage: None)
    await queue.set_placeholder(job.id, Placeholder(3, 1))
    await claimed(queue)
    clock.ms += HOUR_MS
    await queue.recover("another process")
    await claimed(queue)
    clock.ms += 900
    await queue.cancel(job.id, by_member=True)
    assert rows(path, "SELECT milliseconds FROM debit") == [(900,)]


async def test_what_a_moderator_cancels_before_it_has_a_picture_costs_nothing(
    queue: JobQueue, clock: Clock, path: Path
) -> None:
    await submit(queue, an_order())
    _, lease = await claimed(queue)
    clock.ms += 3800
    await queue.cancel(lease.job_id)
    assert rows(path, "SELECT * FROM debit") == []
    assert rows(path, "SELECT served FROM lane") == [(0,)]
