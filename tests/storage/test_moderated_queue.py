"""Moderators stop, clear and reorder the queue of their guild, and of no other."""

from __future__ import annotations

import pytest

from bot.domain.job import Halt, Job, State
from bot.storage.jobs import JobQueue
from tests.storage.making import GUILD, LEASE_MS, Clock, a_picture, an_order, begun, claimed, submit


async def state_of(queue: JobQueue, job: Job) -> State:
    found = await queue.get(job.id)
    assert found is not None
    return found.state


async def waiting(queue: JobQueue) -> list[int]:
    return [job.order.interaction_id for job in await queue.queue()]


async def entered(queue: JobQueue, *numbers: int, guild_id: int | None = GUILD) -> list[Job]:
    return [
        await submit(queue, an_order(number, lane=f"{guild_id}", guild_id=guild_id)) for number in numbers
    ]


# Halts


@pytest.mark.parametrize("guild_id", [GUILD, None])
async def test_nothing_of_a_paused_guild_is_drawn_until_it_goes_on(
    queue: JobQueue, guild_id: int | None
) -> None:
    await entered(queue, 1, 2, guild_id=guild_id)
    await entered(queue, 3, guild_id=5)
    assert await queue.halt_of(guild_id or 0) is None
    await queue.halt(guild_id or 0, Halt.PAUSED)
    assert await queue.halt_of(guild_id or 0) is Halt.PAUSED
    assert await waiting(queue) == [3, 1, 2]
    assert (await claimed(queue))[0].order.interaction_id == 3
    assert await queue.claim("worker", LEASE_MS) is None
    await queue.halt(guild_id or 0, None)
    assert (await claimed(queue))[0].order.interaction_id == 1


async def test_what_waits_in_a_draining_guild_is_drawn(queue: JobQueue) -> None:
    await entered(queue, 1)
    await queue.halt(GUILD, Halt.DRAINING)
    assert await queue.halt_of(GUILD) is Halt.DRAINING
    await claimed(queue)


async def test_a_guild_can_be_paused_before_anybody_asked_there(queue: JobQueue) -> None:
    assert await queue.halt_of(9) is None
    await queue.halt(9, Halt.PAUSED)
    await entered(queue, 1, guild_id=9)
    assert await queue.claim("worker", LEASE_MS) is None


async def test_what_runs_when_a_guild_is_paused_comes_to_its_end(queue: JobQueue) -> None:
    job, lease = await begun(queue, a_picture())
    await queue.halt(GUILD, Halt.PAUSED)
    await queue.finish(lease)
    assert await queue.deliver(job.id)


# Order


async def test_clearing_a_guild_cancels_what_waits_there_and_gives_it_back(
    queue: JobQueue, clock: Clock
) -> None:
    running, *others = await entered(queue, 1, 2, 3)
    await claimed(queue)
    (elsewhere,) = await entered(queue, 4, guild_id=5)
    (direct,) = await entered(queue, 5, guild_id=None)
    cleared = await queue.clear(GUILD)
    assert {job.id for job in cleared} == {job.id for job in others}
    assert {(job.state, job.finished_at) for job in cleared} == {(State.CANCELLED, clock.ms)}
    assert [str(job.reason) for job in cleared] == ["A moderator cleared the queue of this server."] * 2
    assert await state_of(queue, running) is State.RUNNING
    assert await queue.unannounced() == cleared
    assert [job.id for job in await queue.clear(0)] == [direct.id]
    assert await waiting(queue) == [elsewhere.order.interaction_id]


async def test_a_job_is_moved_before_and_behind_all_others_of_its_guild(queue: JobQueue) -> None:
    jobs = await entered(queue, 1, 2, 3)
    await entered(queue, 9, guild_id=5)
    assert await queue.move(jobs[2].id, first=True)
    assert [number for number in await waiting(queue) if number < 9] == [3, 1, 2]
    assert await queue.move(jobs[1].id, first=True)
    assert await queue.move(jobs[2].id, first=False)
    assert await queue.move(jobs[0].id, first=False)
    await entered(queue, 4)
    assert [number for number in await waiting(queue) if number < 9] == [2, 4, 3, 1]


async def test_a_move_counts_also_where_pictures_take_no_time(queue: JobQueue) -> None:
    _, lease = await begun(queue, a_picture(seconds=0))
    await queue.finish(lease)
    jobs = await entered(queue, 2, 3, 4)
    await queue.move(jobs[2].id, first=True)
    assert await waiting(queue) == [4, 2, 3]


async def test_moving_gives_a_guild_no_turn_of_another(queue: JobQueue) -> None:
    await entered(queue, 1, guild_id=5)
    await entered(queue, 2, 3)
    await queue.move((await queue.queue())[-1].id, first=True)
    assert await waiting(queue) == [1, 3, 2]


async def test_what_does_not_wait_is_not_moved(queue: JobQueue) -> None:
    job, _ = await begun(queue)
    assert not await queue.move(job.id, first=True)
    assert not await queue.move("aaaaaaaaaa", first=True)


async def test_the_queue_shown_is_the_order_of_the_claims_also_after_moves(queue: JobQueue) -> None:
    for number in range(1, 25):
        lane, guild_id = f"{number % 3}:{number % 5}", number % 3
        order = an_order(number, lane=lane, guild_id=guild_id or None, priority=number % 4 + 1)
        job = await submit(queue, order)
        if number % 4 == 0:
            await queue.move(job.id, first=number % 8 == 0)
    shown, taken = [job.id for job in await queue.queue()], []
    while found := await queue.claim("worker", LEASE_MS):
        taken.append(found[0].id)
        assert taken + [job.id for job in await queue.queue()] == shown
    assert len(taken) == 24
