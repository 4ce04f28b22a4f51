"""What the safety check flags is shown as its place wants it: not at all, or once a moderator has looked at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.album import Page
from bot.domain.job import Job, State
from bot.domain.safety import Safety
from bot.errors import LostLease, PictureGone
from bot.storage.album import AlbumStore
from bot.storage.database import Database
from bot.storage.jobs import JobQueue
from tests.storage.making import Clock, a_picture, an_order, begun, claimed, execute, put

FLAGGED = replace(a_picture(0), flagged=True, fingerprint=2**64 - 1)
WITHHELD = replace(a_picture(1), sha256="", flagged=True, fingerprint=2**63)


@pytest.fixture
def album(database: Database, clock: Clock) -> AlbumStore:
    return AlbumStore(database, clock)


async def held(queue: JobQueue) -> Job:
    """A job whose pictures wait for a moderator."""
    job, lease = await begun(queue, FLAGGED)
    await queue.hold(lease)
    return job


async def state_of(queue: JobQueue, job: Job) -> State:
    found = await queue.get(job.id)
    assert found is not None
    return found.state


# Safety


async def test_the_mode_of_the_place_is_written_down_when_drawing_begins(queue: JobQueue) -> None:
    job, lease = await begun(queue)
    assert job.safety is Safety.OFF
    await queue.begin(lease, Safety.BLOCK)
    assert await queue.get(job.id) == replace(job, safety=Safety.BLOCK)
    await queue.release(lease)
    with pytest.raises(LostLease):
        await queue.begin(lease, Safety.OFF)


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        (Safety.OFF, Safety.OFF, [0, 1, 2]),
        (Safety.OFF, Safety.SPOILER, []),
        (Safety.BLOCK, Safety.BLOCK, [0, 1, 2]),
        (Safety.BLOCK, Safety.REVIEW, [0]),
        (Safety.BLOCK, Safety.OFF, [0]),
        (Safety.SPOILER, Safety.BLOCK, [0]),
        (Safety.REVIEW, Safety.SPOILER, [0]),
    ],
)
async def test_what_another_mode_would_have_treated_otherwise_is_drawn_again(
    queue: JobQueue, before: Safety, after: Safety, kept: list[int]
) -> None:
    job, lease = await begun(queue)
    await queue.begin(lease, before)
    for picture in (a_picture(), WITHHELD, replace(a_picture(2), flagged=True)):
        await queue.add_picture(lease, picture)
    await queue.release(lease)
    _, lease = await claimed(queue)
    await queue.begin(lease, after)
    assert [picture.cell for picture in await queue.cells(job.id)] == kept
    await queue.add_picture(lease, a_picture(seconds=9.0))
    first, *_ = await queue.cells(job.id)
    assert first.seconds == (1.5 if kept else 9.0)


async def test_a_withheld_picture_is_a_finished_cell_that_nobody_sees(queue: JobQueue) -> None:
    job, lease = await begun(queue, WITHHELD, a_picture(2))
    assert WITHHELD.withheld
    await queue.finish(lease)
    assert await queue.cells(job.id) == [WITHHELD, a_picture(2)]
    assert await queue.pictures(job.id) == [a_picture(2)]


async def test_a_fingerprint_comes_back_with_all_its_64_bits(queue: JobQueue) -> None:
    prints = [0, 2**63 - 1, 2**63, 2**64 - 1]
    job, _ = await begun(
        queue, *(replace(a_picture(cell), fingerprint=each) for cell, each in enumerate(prints))
    )
    assert [picture.fingerprint for picture in await queue.cells(job.id)] == prints


async def test_a_flagged_picture_is_not_seen_before_its_job_came_to_its_end(queue: JobQueue) -> None:
    job, lease = await begun(queue, FLAGGED, a_picture(1))
    assert await queue.pictures(job.id) == [a_picture(1)]
    cancelled, _ = await begun(queue, FLAGGED)
    await queue.cancel(cancelled.id)
    assert await queue.pictures(cancelled.id) == []
    await queue.finish(lease)
    assert await queue.pictures(job.id) == [FLAGGED, a_picture(1)]


# Reviews


async def test_a_held_job_is_nowhere_to_be_seen(queue: JobQueue, album: AlbumStore) -> None:
    job = await held(queue)
    assert await state_of(queue, job) is State.READY
    assert [each.id for each in await queue.held()] == [job.id]
    assert await queue.undelivered() == []
    assert await queue.pictures(job.id) == []
    assert await queue.cells(job.id) == [FLAGGED]
    assert not await queue.deliver(job.id)
    assert await album.history(7, None, 1, 6) == Page([], page=1, pages=1)
    with pytest.raises(PictureGone):
        await album.toggle_favourite(7, job.id, 0)


async def test_an_approved_job_is_shown(queue: JobQueue, album: AlbumStore) -> None:
    job = await held(queue)
    approved = await queue.decide_review(job.id, approved=True, reason="")
    assert approved == await queue.get(job.id)
    assert [each.id for each in await queue.undelivered()] == [job.id]
    assert await queue.held() == []
    assert await queue.pictures(job.id) == [FLAGGED]
    assert await album.toggle_favourite(7, job.id, 0)
    assert await queue.deliver(job.id)
    (entry,) = (await album.history(7, None, 1, 6)).entries
    assert entry.pictures == [FLAGGED]


async def test_a_rejected_job_is_refused_and_its_pictures_are_never_shown(queue: JobQueue) -> None:
    job = await held(queue)
    rejected = await queue.decide_review(job.id, approved=False, reason="Not here.")
    assert rejected is not None
    assert (rejected.state, rejected.reason) == (State.REFUSED, "Not here.")
    assert await queue.undelivered() == await queue.held() == []
    assert await queue.pictures(job.id) == []
    assert await queue.unannounced() == [rejected]


async def test_a_review_is_decided_once(queue: JobQueue) -> None:
    job = await held(queue)
    assert await queue.decide_review(job.id, approved=True, reason="")
    assert await queue.decide_review(job.id, approved=False, reason="Not here.") is None
    assert await queue.decide_review("aaaaaaaaaa", approved=True, reason="") is None
    assert await state_of(queue, job) is State.READY


async def test_a_stale_worker_cannot_hold_a_job(queue: JobQueue) -> None:
    job, lease = await begun(queue)
    await queue.release(lease)
    with pytest.raises(LostLease):
        await queue.hold(lease)
    assert await queue.decide_review(job.id, approved=True, reason="") is None


async def test_a_held_job_can_be_removed_and_waits_for_nobody_then(
    queue: JobQueue, album: AlbumStore
) -> None:
    job = await held(queue)
    await album.remove(job.id)
    assert await queue.held() == await queue.undelivered() == []
    assert await queue.cells(job.id) == []
    assert await queue.decide_review(job.id, approved=True, reason="") is None


async def test_a_new_process_leaves_held_jobs_as_they_are(queue: JobQueue) -> None:
    job = await held(queue)
    assert await queue.recover("after") == []
    assert [each.id for each in await queue.held()] == [job.id]


async def test_a_picture_that_is_taken_out_of_sight_is_no_favourite_any_more(
    queue: JobQueue, album: AlbumStore, database: Database
) -> None:
    job, lease = await begun(queue, a_picture(0), a_picture(1))
    await queue.finish(lease)
    for cell in (0, 1):
        await album.toggle_favourite(7, job.id, cell)
    await execute(database, "UPDATE picture SET sha256 = '' WHERE cell = 0")
    (entry,) = (await album.favourites(7, None, 1, 6)).entries
    assert entry.pictures == [a_picture(1)]


async def test_a_job_keeps_its_priority(queue: JobQueue) -> None:
    assert (await put(queue, an_order(priority=3))).order.priority == 3
