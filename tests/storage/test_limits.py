"""What members' requests cost them: never one over a limit, written down with the request, given back when it fails."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.job import Order
from bot.domain.policy.actors import Usage
from bot.errors import QueueFull
from bot.storage.album import AlbumStore
from bot.storage.database import Database
from bot.storage.debits import DebitStore
from bot.storage.jobs import JobQueue
from tests.storage.making import GUILD, Clock, a_debit, a_picture, an_order, claimed, put, submit

HOUR_MS = 3_600_000
COST_MS = a_debit().milliseconds
CROWDS: dict[str, Callable[[int], Order]] = {
    "hour": an_order,
    "day_ms": an_order,
    "waiting_of_member": lambda number: an_order(number, lane=f"lane {number}", guild_id=number),
    "waiting_in_lane": lambda number: an_order(number, user_id=number, lane="newcomers"),
    "waiting_in_guild": lambda number: an_order(number, user_id=number),
    "waiting_in_all": lambda number: an_order(number, user_id=number, guild_id=number),
}


@pytest.fixture
def debits(database: Database, clock: Clock) -> DebitStore:
    return DebitStore(database, clock)


def rows(path: Path, text: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(text).fetchall()


async def used(
    queue: JobQueue, hour_start: int = 0, day_start: int = 0, guild_id: int | None = GUILD
) -> Usage:
    debit = a_debit(hour_start=hour_start, day_start=day_start)
    return await queue.usage(debit, 7, guild_id, an_order().lane)


@pytest.mark.parametrize("limit", CROWDS)
async def test_no_limit_is_passed_by_one_under_64_concurrent_submits(
    queue: JobQueue, path: Path, limit: str
) -> None:
    most = 5 * COST_MS if limit == "day_ms" else 5
    asked = [put(queue, CROWDS[limit](number), **{limit: most}) for number in range(1, 65)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results if isinstance(result, Exception)] == [QueueFull] * 59
    assert rows(path, "SELECT id FROM debit ORDER BY 1") == rows(path, "SELECT id FROM job ORDER BY 1")
    assert rows(path, "SELECT count(*) FROM job") == [(5,)]


async def test_a_cooldown_lets_one_of_64_concurrent_submits_through(queue: JobQueue, path: Path) -> None:
    def check(usage: Usage) -> None:
        if usage.last_at is not None:
            raise QueueFull("Wait a minute.")

    asked = [queue.submit(an_order(number), a_debit(), check) for number in range(1, 65)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, QueueFull) for result in results) == 63
    assert rows(path, "SELECT count(*) FROM debit") == [(1,)]


async def test_a_refused_click_writes_nothing(queue: JobQueue, path: Path) -> None:
    await put(queue, an_order(1))
    log = path.with_name(f"{path.name}-wal")
    before = log.read_bytes()
    for number in range(2, 20):
        with pytest.raises(QueueFull):
            await put(queue, an_order(number, user_id=number, lane="new", guild_id=number), waiting_in_all=1)
    assert log.read_bytes() == before


async def test_what_is_refused_leaves_nothing(queue: JobQueue, path: Path) -> None:
    def check(usage: Usage) -> None:
        raise QueueFull("Somebody was quicker.")

    with pytest.raises(QueueFull):
        await queue.submit(an_order(), a_debit(), check)
    for table in ("job", "debit", "lane", "guild"):
        assert rows(path, f"SELECT * FROM {table}") == []


async def test_usage_says_what_was_asked_for_and_what_waits(queue: JobQueue, clock: Clock) -> None:
    assert await used(queue) == Usage()
    await put(queue, an_order(1))
    clock.ms += 5
    await put(queue, an_order(2))
    await put(queue, an_order(3, user_id=8, lane=an_order().lane))
    await put(queue, an_order(4, user_id=9))
    await put(queue, an_order(5, guild_id=5, lane="elsewhere"))
    assert await used(queue) == Usage(
        last_at=clock.ms,
        hour=2,
        day_ms=2 * COST_MS,
        waiting_of_member=3,
        waiting_in_lane=3,
        waiting_in_guild=4,
        waiting_in_all=5,
    )


async def test_hours_and_days_begin_where_the_debit_says(queue: JobQueue, clock: Clock) -> None:
    await put(queue, an_order(1))
    clock.ms += HOUR_MS
    await put(queue, an_order(2))
    for hour_start, day_start, hour, day_ms in [
        (clock.ms, clock.ms - HOUR_MS, 1, 2 * COST_MS),
        (clock.ms - HOUR_MS + 1, clock.ms - HOUR_MS + 1, 1, COST_MS),
        (clock.ms + 1, clock.ms, 0, COST_MS),
        (clock.ms + 1, clock.ms + 1, 0, 0),
    ]:
        usage = await used(queue, hour_start, day_start)
        assert (usage.hour, usage.day_ms, usage.last_at) == (hour, day_ms, clock.ms)


async def test_direct_messages_are_counted_for_themselves(queue: JobQueue) -> None:
    await put(queue, an_order(1, guild_id=None, lane="0:7"))
    await put(queue, an_order(2))
    usage = await used(queue, guild_id=None)
    assert (usage.hour, usage.waiting_in_guild, usage.waiting_in_all) == (1, 1, 2)


async def test_an_interaction_that_comes_twice_is_paid_once(queue: JobQueue) -> None:
    await asyncio.gather(*(put(queue, an_order()) for _ in range(20)))
    assert (await used(queue)).hour == 1


async def test_a_grant_lets_a_member_ask_for_more_and_is_no_request(
    queue: JobQueue, debits: DebitStore, clock: Clock
) -> None:
    await put(queue, an_order())
    asked_at = clock.ms
    clock.ms += 5
    await debits.grant("member 7", GUILD, requests=3, milliseconds=9000)
    await debits.grant("member 7", 5, requests=100, milliseconds=0)
    await debits.grant("member 8", GUILD, requests=100, milliseconds=0)
    usage = await used(queue)
    assert (usage.hour, usage.day_ms, usage.last_at) == (-2, COST_MS - 9000, asked_at)
    assert (await used(queue, hour_start=clock.ms + 1, day_start=clock.ms + 1)).hour == 0


async def test_a_reset_forgets_what_a_member_used_there_since(
    queue: JobQueue, debits: DebitStore, clock: Clock
) -> None:
    await put(queue, an_order(1))
    clock.ms += 5
    for order in (an_order(2), an_order(3, user_id=8), an_order(4, guild_id=5)):
        await put(queue, order)
    await debits.reset("member 7", GUILD, since=clock.ms)
    usage = await used(queue)
    assert (usage.hour, usage.last_at) == (1, clock.ms - 5)
    assert (await used(queue, guild_id=5)).hour == 1
    assert (await queue.usage(a_debit(8), 8, GUILD, "")).hour == 1


async def test_old_debits_are_forgotten(
    queue: JobQueue, debits: DebitStore, clock: Clock, path: Path
) -> None:
    for number in (1, 2):
        await put(queue, an_order(number))
        clock.ms += HOUR_MS
    await debits.forget(before=clock.ms - HOUR_MS)
    assert rows(path, "SELECT at FROM debit") == [(clock.ms - HOUR_MS,)]


async def test_deleting_ones_pictures_lifts_no_limit(
    queue: JobQueue, database: Database, clock: Clock
) -> None:
    job = await submit(queue, an_order())
    await end(queue, "finish", pictures=1)
    before = await used(queue)
    await AlbumStore(database, clock).remove(job.id)
    assert await used(queue) == before != Usage()


async def end(queue: JobQueue, way: str, pictures: int) -> None:
    """Draw so many pictures of the next job, of 1.5 seconds each, and end it in this way."""
    _, lease = await claimed(queue)
    for cell in range(pictures):
        await queue.add_picture(lease, a_picture(cell))
    match way:
        case "cancel":
            await queue.cancel(lease.job_id)
        case "refuse":
            await queue.refuse(lease, "Not here.")
        case "fail":
            await queue.fail(lease, "It broke.", retry=False)
        case "try again":
            await queue.fail(lease, "It broke.", retry=True)
        case _:
            await getattr(queue, way)(lease)


@pytest.mark.parametrize(
    ("way", "pictures", "paid"),
    [
        ("finish", 2, [3000]),
        ("hold", 2, [3000]),
        ("cancel", 1, [1500]),
        ("cancel", 0, []),
        ("refuse", 1, [1500]),
        ("refuse", 0, []),
        ("fail", 1, []),
        ("fail", 0, []),
        ("try again", 1, [COST_MS]),
        ("release", 1, [COST_MS]),
    ],
)
async def test_what_was_drawn_is_paid_and_what_failed_is_not(
    queue: JobQueue, path: Path, way: str, pictures: int, paid: Sequence[int]
) -> None:
    await submit(queue, an_order(count=2))
    await end(queue, way, pictures)
    assert rows(path, "SELECT milliseconds FROM debit") == [(each,) for each in paid]
    assert (await used(queue)).hour == len(paid)


async def test_a_request_that_never_began_costs_nothing(queue: JobQueue, path: Path) -> None:
    jobs = [await submit(queue, an_order(number)) for number in (1, 2, 3)]
    await queue.cancel(jobs[0].id, by_member=True)
    await queue.clear(GUILD)
    assert rows(path, "SELECT * FROM debit") == []


async def test_pictures_that_were_drawn_are_paid_also_when_a_moderator_rejects_them(
    queue: JobQueue, path: Path
) -> None:
    job = await submit(queue, an_order())
    await end(queue, "hold", pictures=1)
    await queue.decide_review(job.id, approved=False, reason="Not here.")
    assert rows(path, "SELECT milliseconds FROM debit") == [(1500,)]


async def test_pictures_that_could_not_be_shown_are_not_paid(queue: JobQueue, path: Path) -> None:
    job = await submit(queue, an_order())
    await end(queue, "finish", pictures=1)
    await queue.abandon(job.id, "The message is gone.")
    assert rows(path, "SELECT * FROM debit") == []


async def test_a_retry_is_paid_with_all_that_was_drawn(queue: JobQueue, path: Path) -> None:
    await submit(queue, an_order(count=2))
    await end(queue, "try again", pictures=1)
    _, lease = await claimed(queue)
    await queue.add_picture(lease, replace(a_picture(1), seconds=2.0))
    await queue.finish(lease)
    assert rows(path, "SELECT milliseconds FROM debit") == [(3500,)]
