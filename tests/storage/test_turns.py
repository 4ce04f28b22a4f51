"""Fair turns: lanes take turns by the work they were given, and the queue shown is the queue claimed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.storage.jobs import JobQueue
from tests.storage.making import LEASE_MS, a_picture, an_order, submit


async def enter(queue: JobQueue, *lanes: str) -> None:
    for lane in lanes:
        number = sum((await queue.counts()).values()) + 1
        await submit(queue, an_order(number, lane=lane))


async def turns(queue: JobQueue) -> str:
    return "".join(job.order.lane for job in await queue.queue())


async def draw(queue: JobQueue, seconds: float, upscaled_by: str = "") -> str:
    """Claim, draw and finish one job; its lane."""
    found = await queue.claim("worker", LEASE_MS)
    assert found is not None
    job, lease = found
    await queue.add_picture(lease, replace(a_picture(seconds=seconds), upscaled_by=upscaled_by))
    await queue.finish(lease)
    return job.order.lane


async def test_lanes_take_turns(queue: JobQueue) -> None:
    await enter(queue, *"aaaabbc")
    assert await turns(queue) == "abcabaa"


async def test_the_queue_shown_is_the_order_of_the_claims(queue: JobQueue) -> None:
    await enter(queue, *"aabacbbdaac")
    shown = await queue.queue()
    assert [await queue.position(job.id) for job in shown] == list(range(1, 12))
    taken = []
    while found := await queue.claim("worker", LEASE_MS):
        taken.append(found[0].id)
        rest = [job.id for job in await queue.queue()]
        assert taken + rest == [job.id for job in shown]


async def test_a_lane_with_long_jobs_gets_fewer_turns(queue: JobQueue) -> None:
    await enter(queue, *"aaaaaabbbbbb")
    drawn = [await draw(queue, 9.0)] + [await draw(queue, 3.0) for _ in range(4)]
    assert "".join(drawn) == "abbba"


async def test_work_in_progress_counts_before_it_is_measured(queue: JobQueue) -> None:
    await enter(queue, *"aab")
    await queue.claim("worker", LEASE_MS)
    assert await turns(queue) == "ba"


async def test_a_picture_that_was_only_made_larger_says_nothing_about_drawing(queue: JobQueue) -> None:
    await enter(queue, *"aaabbbbb")
    assert await draw(queue, 1.5) == "a"
    assert [await draw(queue, seconds, "lanczos") for seconds in (0, 0, 0.75)] == ["b"] * 3
    assert await turns(queue) == "baba"


@pytest.mark.parametrize("short", [{"image_sha256": "e" * 64, "strength": 0.25}, {"stop": 25}])
async def test_a_request_counts_for_the_steps_that_are_drawn(queue: JobQueue, short: dict[str, Any]) -> None:
    for number in (1, 2):
        order = an_order(number, lane="a")
        await submit(queue, replace(order, drawing=replace(order.drawing, **short)))
    await enter(queue, *"abb")
    assert await turns(queue) == "abaab"


async def test_a_lane_cannot_save_up_turns_while_others_work(queue: JobQueue) -> None:
    await enter(queue, *"aaaaaa")
    for _ in range(3):
        await draw(queue, 5.0)
    await enter(queue, *"bbb")
    assert await turns(queue) == "ababab"


async def test_a_lane_that_was_away_cannot_save_up_turns_either(queue: JobQueue) -> None:
    await enter(queue, *"baaaaaa")
    for _ in range(4):
        await draw(queue, 5.0)
    await enter(queue, *"bbb")
    assert await turns(queue) == "ababab"


async def test_a_lane_cannot_save_up_turns_while_all_are_idle(queue: JobQueue) -> None:
    await enter(queue, "a")
    await draw(queue, 500.0)
    await enter(queue, *"bbbaaa")
    assert await turns(queue) == "bababa"


async def test_a_lane_cannot_shed_its_work_by_leaving(queue: JobQueue) -> None:
    await enter(queue, *"abb")
    await draw(queue, 500.0)
    await enter(queue, "a")
    assert await turns(queue) == "bba"


async def test_a_cancelled_job_pays_for_the_pictures_it_got(queue: JobQueue) -> None:
    await enter(queue, *"aab")
    found = await queue.claim("worker", LEASE_MS)
    assert found is not None
    await queue.add_picture(found[1], a_picture(seconds=60.0))
    await queue.cancel(found[0].id)
    assert await turns(queue) == "ba"


async def test_a_failed_job_without_pictures_costs_its_lane_nothing(queue: JobQueue) -> None:
    await enter(queue, *"aab")
    found = await queue.claim("worker", LEASE_MS)
    assert found is not None
    await queue.fail(found[1], "No.", retry=False)
    assert await turns(queue) == "ab"


@pytest.mark.parametrize("cells", [1, 4])
async def test_larger_jobs_count_for_more_in_the_forecast(queue: JobQueue, cells: int) -> None:
    await submit(queue, an_order(1, lane="a", count=cells))
    await enter(queue, *"abbb")
    assert await turns(queue) == {1: "ababb", 4: "abbba"}[cells]
