"""The queue from order to delivery: claimed once, fenced, quarantined, recovered."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from itertools import chain, product
from pathlib import Path

import pytest

from bot.domain.job import MAX_ATTEMPTS, TRANSITIONS, Placeholder, State
from bot.errors import LostLease, UnknownJob
from bot.storage.jobs import JobQueue
from tests.storage.making import LEASE_MS, Clock, a_picture, an_order, claimed, put, submit


async def state_of(queue: JobQueue, job_id: str) -> State:
    job = await queue.get(job_id)
    assert job is not None
    return job.state


async def test_a_job_comes_back_as_it_was_ordered(queue: JobQueue, clock: Clock) -> None:
    job = await submit(queue, an_order())
    assert job == await queue.get(job.id) == await queue.by_interaction(1)
    assert (job.order, job.state, job.created_at) == (an_order(), State.QUEUED, clock.ms)
    assert len(job.id) == 10
    assert job.id.isalnum()


async def test_a_job_goes_from_order_to_delivery(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    await queue.set_placeholder(job.id, Placeholder(3, 99))
    _, lease = await claimed(queue)
    await queue.add_picture(lease, a_picture())
    await queue.finish(lease)
    assert [ready.id for ready in await queue.undelivered()] == [job.id]
    assert await queue.pictures(job.id) == [a_picture()]
    assert await queue.deliver(job.id)
    assert not await queue.deliver(job.id)
    delivered = await queue.get(job.id)
    assert delivered is not None
    assert (delivered.state, delivered.placeholder) == (State.DELIVERED, Placeholder(3, 99))


async def test_fifty_concurrent_submits_of_one_interaction_make_one_job(queue: JobQueue) -> None:
    jobs = await asyncio.gather(*(put(queue, an_order()) for _ in range(50)))
    assert len({job.id for job in jobs}) == 1
    assert (await queue.counts())[State.QUEUED] == 1


async def test_an_interaction_gets_its_job_back_even_when_the_queue_is_full(queue: JobQueue) -> None:
    job = await put(queue, an_order(), waiting_in_all=1)
    assert await put(queue, an_order(), waiting_in_all=1) == job


async def test_eight_workers_claim_every_job_once(queue: JobQueue) -> None:
    jobs = [await submit(queue, an_order(number)) for number in range(1, 51)]

    async def work(owner: str) -> list[str]:
        taken = []
        while found := await queue.claim(owner, LEASE_MS):
            taken.append(found[0].id)
        return taken

    taken = await asyncio.gather(*(work(f"worker {number}") for number in range(8)))
    assert sorted(chain.from_iterable(taken)) == sorted(job.id for job in jobs)


async def test_a_lease_that_ran_out_is_claimed_by_the_next(queue: JobQueue, clock: Clock) -> None:
    await submit(queue, an_order())
    await claimed(queue, "slow")
    assert await queue.claim("quick", LEASE_MS) is None
    clock.ms += LEASE_MS
    job, lease = await claimed(queue, "quick")
    assert (job.attempt, lease.owner) == (2, "quick")


async def test_a_renewed_lease_lasts(queue: JobQueue, clock: Clock) -> None:
    await submit(queue, an_order())
    _, lease = await claimed(queue)
    clock.ms += LEASE_MS - 1
    assert await queue.renew(lease, LEASE_MS)
    clock.ms += LEASE_MS - 1
    assert await queue.claim("other", LEASE_MS) is None


async def test_a_stale_worker_cannot_change_a_job(queue: JobQueue, clock: Clock) -> None:
    job = await submit(queue, an_order())
    _, stale = await claimed(queue)
    clock.ms += LEASE_MS
    _, lease = await claimed(queue)
    assert not await queue.renew(stale, LEASE_MS)
    for write in (
        queue.add_picture(stale, a_picture()),
        queue.finish(stale),
        queue.fail(stale, "Too late.", retry=True),
        queue.refuse(stale, "Too late."),
        queue.release(stale),
    ):
        with pytest.raises(LostLease, match=job.id):
            await write
    assert await queue.pictures(job.id) == []
    await queue.finish(lease)


async def test_a_released_job_cannot_be_changed_by_its_old_lease(queue: JobQueue) -> None:
    await submit(queue, an_order())
    _, old = await claimed(queue)
    await queue.release(old)
    await claimed(queue)
    with pytest.raises(LostLease):
        await queue.finish(old)


async def test_a_cell_is_written_once(queue: JobQueue) -> None:
    job = await submit(queue, an_order(count=2))
    _, lease = await claimed(queue)
    for sha256 in ("a" * 64, "b" * 64):
        await queue.add_picture(lease, a_picture(0, sha256=sha256))
    await queue.add_picture(lease, a_picture(1))
    assert await queue.pictures(job.id) == [a_picture(0), a_picture(1)]


async def test_the_second_failure_quarantines_a_job_with_its_reason(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    _, lease = await claimed(queue)
    assert await queue.fail(lease, "The first time.", retry=True) is State.QUEUED
    _, lease = await claimed(queue)
    assert await queue.fail(lease, "The second time.", retry=True) is State.FAILED
    failed = await queue.get(job.id)
    assert failed is not None
    assert (failed.state, failed.failures, failed.reason) == (State.FAILED, 2, "The second time.")
    assert await queue.claim("worker", LEASE_MS) is None


async def test_a_failure_without_retry_is_final(queue: JobQueue) -> None:
    await submit(queue, an_order())
    _, lease = await claimed(queue)
    assert await queue.fail(lease, "No such model.", retry=False) is State.FAILED


async def test_a_job_that_fails_once_keeps_its_place_in_its_lane(queue: JobQueue) -> None:
    first, _ = [await submit(queue, an_order(number)) for number in (1, 2)]
    _, lease = await claimed(queue)
    await queue.fail(lease, "Once.", retry=True)
    assert await queue.position(first.id) == 1


async def test_a_job_that_never_ends_is_quarantined(queue: JobQueue, clock: Clock) -> None:
    job = await submit(queue, an_order())
    await queue.set_placeholder(job.id, Placeholder(3, 99))
    for _ in range(MAX_ATTEMPTS):
        await claimed(queue)
        clock.ms += LEASE_MS
    assert await queue.claim("worker", LEASE_MS) is None
    (failed,) = await queue.unannounced()
    assert (failed.id, failed.state, failed.finished_at) == (job.id, State.FAILED, clock.ms)
    assert failed.reason is not None
    assert await queue.announce(job.id)
    assert await queue.unannounced() == []


async def test_a_release_counts_neither_as_failure_nor_as_attempt(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    for _ in range(MAX_ATTEMPTS + 5):
        _, lease = await claimed(queue)
        await queue.release(lease)
    _, lease = await claimed(queue)
    assert await queue.fail(lease, "Once.", retry=True) is State.QUEUED
    assert await queue.position(job.id) == 1


async def test_a_new_process_takes_back_what_the_old_one_ran(queue: JobQueue) -> None:
    running, waiting = [await submit(queue, an_order(number)) for number in (1, 2)]
    _, lease = await claimed(queue, "before")
    await queue.add_picture(lease, a_picture())
    (recovered,) = await queue.recover("after")
    assert (recovered.id, recovered.state, recovered.attempt) == (running.id, State.QUEUED, 1)
    assert await queue.pictures(running.id) == [a_picture()]
    assert await state_of(queue, waiting.id) is State.QUEUED
    assert await queue.recover("after") == []


async def test_recovery_leaves_the_leases_of_the_new_process_alone(queue: JobQueue) -> None:
    await submit(queue, an_order())
    _, lease = await claimed(queue, "after")
    assert await queue.recover("after") == []
    await queue.finish(lease)


async def test_a_running_worker_learns_that_its_job_was_cancelled(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    _, lease = await claimed(queue)
    assert (await queue.cancel(job.id)).state is State.CANCELLED
    assert not await queue.renew(lease, LEASE_MS)
    with pytest.raises(LostLease):
        await queue.add_picture(lease, a_picture())


async def test_a_ready_job_cannot_be_cancelled(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    _, lease = await claimed(queue)
    await queue.finish(lease)
    assert (await queue.cancel(job.id)).state is State.READY


async def test_a_job_whose_message_is_gone_is_abandoned_with_its_reason(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    _, lease = await claimed(queue)
    await queue.finish(lease)
    assert await queue.abandon(job.id, "The message is gone.")
    failed = await queue.get(job.id)
    assert failed is not None
    assert (failed.state, failed.reason) == (State.FAILED, "The message is gone.")
    assert await queue.unannounced() == []


async def test_a_refused_job_keeps_its_reason(queue: JobQueue) -> None:
    job = await submit(queue, an_order())
    _, lease = await claimed(queue)
    await queue.refuse(lease, "Not here.")
    assert await state_of(queue, job.id) is State.REFUSED


async def test_an_unknown_job_is_named(queue: JobQueue) -> None:
    assert await queue.get("aaaaaaaaaa") is None
    assert await queue.position("aaaaaaaaaa") is None
    with pytest.raises(UnknownJob, match="aaaaaaaaaa"):
        await queue.cancel("aaaaaaaaaa")
    with pytest.raises(UnknownJob, match="aaaaaaaaaa"):
        await queue.set_placeholder("aaaaaaaaaa", Placeholder(1, 2))


async def test_a_member_sees_only_own_active_jobs(queue: JobQueue) -> None:
    mine, cancelled, _ = [
        await submit(queue, an_order(number, user_id)) for number, user_id in ((1, 7), (2, 7), (3, 8))
    ]
    await queue.cancel(cancelled.id)
    assert [job.id for job in await queue.active_of_user(7)] == [mine.id]


async def test_the_database_refuses_every_illegal_transition(queue: JobQueue, path: Path) -> None:
    job = await submit(queue, an_order())
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        allowed = {pair for pair in product(State, State) if may_pass(connection, job.id, *pair)}
    assert allowed == {(old, new) for old, after in TRANSITIONS.items() for new in after}


def may_pass(connection: sqlite3.Connection, job_id: str, old: State, new: State) -> bool:
    """Whether the schema lets a job pass from one state to the other; nothing is changed."""
    (trigger,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'job_transition'").fetchone()
    change = "UPDATE job SET state = ?, lease_owner = ?, lease_until = ? WHERE id = ?"
    values = [
        (state, *(("w", 1) if state is State.RUNNING else (None, None)), job_id) for state in (old, new)
    ]
    connection.execute("BEGIN")
    try:
        connection.execute("DROP TRIGGER job_transition")
        connection.execute(change, values[0])
        connection.execute(trigger)
        connection.execute(change, values[1])
    except sqlite3.IntegrityError:
        return False
    finally:
        connection.rollback()
    return True
