"""Guilds take turns, in each guild its lanes do, and priority shares a lane's turns out without starving another.

A lane of priority 1 beside `p` lanes of priority `w` gets at least 1 / (p * w + 1) of the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

import pytest

from bot.domain.job import Halt
from bot.storage.jobs import JobQueue
from tests.storage.making import LEASE_MS, a_picture, an_order, submit

NUMBERS = count(1)


async def enter(queue: JobQueue, lanes: str, guild_id: int | None = 1, priority: int = 1) -> None:
    """A job in each of these lanes of the guild."""
    for name in lanes:
        lane = f"{guild_id or 0}:{name}"
        await submit(queue, an_order(next(NUMBERS), lane=lane, guild_id=guild_id, priority=priority))


async def draw(queue: JobQueue, seconds: float = 4.0) -> str:
    """Claim, draw and finish the next job; its lane."""
    found = await queue.claim("worker", LEASE_MS)
    assert found is not None
    job, lease = found
    await queue.add_picture(lease, a_picture(seconds=seconds))
    await queue.finish(lease)
    return job.order.lane


async def drawn(queue: JobQueue, jobs: int, seconds: float = 4.0) -> list[str]:
    return [await draw(queue, seconds) for _ in range(jobs)]


async def shown(queue: JobQueue) -> list[str]:
    return [job.order.lane for job in await queue.queue()]


async def test_guilds_take_turns_however_many_lanes_they_have(queue: JobQueue) -> None:
    await enter(queue, "abcdef", guild_id=1)
    await enter(queue, "gg", guild_id=2)
    await enter(queue, "h", guild_id=None)
    turns = ["1:a", "2:g", "0:h", "1:b", "2:g", "1:c", "1:d", "1:e", "1:f"]
    assert await shown(queue) == turns
    assert await drawn(queue, 9) == turns


async def test_in_a_guild_its_lanes_take_turns(queue: JobQueue) -> None:
    await enter(queue, "aaab", guild_id=1)
    await enter(queue, "ccd", guild_id=2)
    assert await shown(queue) == ["1:a", "2:c", "1:b", "2:d", "1:a", "2:c", "1:a"]


@pytest.mark.parametrize("jobs", [40, pytest.param(1000, marks=pytest.mark.long)])
async def test_a_guild_with_many_jobs_does_not_delay_the_single_job_of_another(
    queue: JobQueue, jobs: int
) -> None:
    await enter(queue, "a" * jobs, guild_id=1)
    await queue.claim("worker", LEASE_MS)
    await enter(queue, "b", guild_id=2)
    assert (await shown(queue))[0] == "2:b"
    assert await draw(queue) == "2:b"


async def test_a_guild_with_long_jobs_gets_fewer_turns(queue: JobQueue) -> None:
    await enter(queue, "aaa", guild_id=1)
    await enter(queue, "bbb", guild_id=2)
    assert [await draw(queue, 9.0), *await drawn(queue, 4, 3.0)] == ["1:a", "2:b", "2:b", "2:b", "1:a"]


async def test_a_guild_cannot_save_up_turns_while_others_work(queue: JobQueue) -> None:
    await enter(queue, "aaaaaa", guild_id=1)
    await enter(queue, "b", guild_id=2)
    await drawn(queue, 4)
    await enter(queue, "bbb", guild_id=2)
    assert await shown(queue) == ["1:a", "2:b"] * 3


async def test_a_guild_cannot_save_up_turns_while_all_are_idle(queue: JobQueue) -> None:
    await enter(queue, "a", guild_id=1)
    await draw(queue, 500.0)
    await enter(queue, "bbb", guild_id=2)
    await enter(queue, "aaa", guild_id=1)
    assert await shown(queue) == ["2:b", "1:a"] * 3


async def test_a_guild_cannot_save_up_turns_while_it_is_paused(queue: JobQueue) -> None:
    await enter(queue, "aaa", guild_id=1)
    await enter(queue, "bbbbbb", guild_id=2)
    await queue.halt(1, Halt.PAUSED)
    assert await drawn(queue, 3) == ["2:b"] * 3
    await enter(queue, "c", guild_id=3)
    await queue.halt(1, None)
    assert await shown(queue) == ["1:a", "2:b", "3:c", "1:a", "2:b", "1:a", "2:b"]


async def test_a_lane_cannot_save_up_turns_in_its_guild(queue: JobQueue) -> None:
    await enter(queue, "baaaaa", guild_id=1)
    await enter(queue, "c" * 9, guild_id=2)
    await drawn(queue, 8)
    await enter(queue, "bb", guild_id=1)
    assert [lane for lane in await shown(queue) if lane[0] == "1"] == ["1:a", "1:b", "1:a", "1:b"]


async def test_a_new_lane_starts_where_the_lanes_of_its_own_guild_are(queue: JobQueue) -> None:
    await enter(queue, "cccccc", guild_id=2)
    await drawn(queue, 5)
    await enter(queue, "aaa", guild_id=1)
    await enter(queue, "dd", guild_id=2)
    assert [lane for lane in await shown(queue) if lane[0] == "2"] == ["2:c", "2:d", "2:d"]


async def test_priority_divides_what_a_job_costs_its_lane_and_not_its_guild(queue: JobQueue) -> None:
    await enter(queue, "aaaa", guild_id=1, priority=3)
    await enter(queue, "bb", guild_id=1)
    await enter(queue, "cccccc", guild_id=2)
    turns = ["1:a", "1:b", "1:a", "1:a", "1:a", "1:b"]
    assert await shown(queue) == [lane for turn in turns for lane in (turn, "2:c")]
    assert await drawn(queue, 12) == [lane for turn in turns for lane in (turn, "2:c")]


@pytest.mark.parametrize("weight", [1, 2, 3, 4])
@pytest.mark.parametrize("lanes", ["x", "xyz"])
async def test_no_priority_starves_another_lane(queue: JobQueue, weight: int, lanes: str) -> None:
    share = len(lanes) * weight + 1
    await enter(queue, lanes * (2 * weight + 1), priority=weight)
    await enter(queue, "aaa")
    order = await drawn(queue, 2 * share)
    assert order.count("1:a") >= 2
    assert longest_wait(order, "1:a") <= share - 1
    counted = Counter(order)
    assert all(abs(counted[f"1:{name}"] - 2 * weight) <= 1 for name in lanes)


def longest_wait(order: Sequence[str], lane: str) -> int:
    """The most jobs of others between two of this lane."""
    waits, wait = [], 0
    for each in order:
        wait = 0 if each == lane else wait + 1
        waits.append(wait)
    return max(waits)
