"""Several jobs are in the engine at once, and what happens to one of them does not touch the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.cells import Cell
from bot.delivery import Delivery
from bot.dispatch import Dispatcher
from bot.domain.job import Job, Order, Placeholder, State
from bot.domain.pace import Pace
from bot.domain.safety import Safety
from bot.domain.status import Ended, Status, Waiting, Working
from bot.opening import Opening
from bot.second_look import Permits
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.moderation import TakedownStore
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from bot.worker import Worker
from engine.events import Event, Failed, Finished, Picture, Progress
from engine.request import ImageRequest, UpscaleRequest
from tests.storage.making import Clock, an_order, put, submit

SOON_S = 10.0


class TwinEngine:
    """The seam to the engine: a test decides when each picture takes its steps.

    `leaving` requests stay live after they are given up, as in the real engine until their next step.
    """

    def __init__(self) -> None:
        self.requests: dict[str, ImageRequest | UpscaleRequest] = {}
        self.leaving: set[str] = set()
        self._events: dict[str, asyncio.Queue[Event]] = {}

    def submit(self, request: ImageRequest | UpscaleRequest) -> AsyncIterator[Event]:
        if request.id in self.live or request.id in self.leaving:
            raise ValueError(f"A request with the id {request.id} is still live.")
        self.requests[request.id] = request
        self._events[request.id] = asyncio.Queue()
        return self._stream(request.id)

    def cancel(self, request_id: str) -> bool:
        if request_id in self._events:
            self.tell(request_id, Failed(request_id, "The drawing was cancelled.", cancelled=True))
        return request_id in self._events

    def tell(self, request_id: str, event: Event) -> None:
        self._events[request_id].put_nowait(event)

    def step(self, request_id: str, step: int, preview: Picture | None = None) -> None:
        self.tell(request_id, Progress(request_id, step, self.requests[request_id].steps, preview))

    def finish(self, request_id: str) -> None:
        self.tell(request_id, Finished(request_id, plain(200, 128), 9.0, "m" * 64, rows=8))

    @property
    def live(self) -> list[str]:
        return list(self._events)

    async def _stream(self, request_id: str) -> AsyncIterator[Event]:
        try:
            while True:
                event = await self._events[request_id].get()
                if isinstance(event, Finished | Failed):
                    break
                yield event
        except asyncio.CancelledError:
            self.leaving.add(request_id)
            raise
        finally:
            del self._events[request_id]
        yield event


@dataclass
class WatchedPoster:
    """The seam to Discord, in memory."""

    statuses: list[tuple[str, Status]] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    posted: dict[str, int] = field(default_factory=dict)

    async def show_status(self, job: Job, status: Status, preview: bytes | None) -> None:
        self.statuses.append((job.id, status))
        if preview is not None:
            self.previews.append(preview)

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None:
        self.posted[job.id] = len(cells)

    async def tell(self, job: Job, cells: Sequence[Cell]) -> Placeholder | None:
        """Nobody asked to be told."""
        return None

    async def find_placeholder(self, job: Job) -> Placeholder | None:
        return None


@dataclass
class Lenient:
    """The seam to the policy: everything may be drawn, and is checked as the mode says."""

    mode: Safety = Safety.OFF

    async def permit(self, job: Job) -> Safety:
        return self.mode


@dataclass
class Studio:
    """A dispatcher at work, and everything around it."""

    engine: TwinEngine
    poster: WatchedPoster
    queue: JobQueue
    dispatcher: Dispatcher
    clock: Clock
    moment: list[float]

    async def ask(self, *counts: int) -> list[Job]:
        """A job of so many pictures from each of several members."""
        known = sum((await self.queue.counts()).values())
        orders = [an_order(known + n, user_id=known + n, count=count) for n, count in enumerate(counts, 1)]
        jobs = [await submit(self.queue, order) for order in orders]
        self.dispatcher.wake()
        return jobs

    async def drawing(self, *expected: str) -> None:
        """Wait until just these requests, or as many, are in the engine."""
        await until(lambda: sorted(self.engine.live) == sorted(expected), lambda: self.engine.live)

    async def settled(self, job: Job, state: State) -> None:
        async with asyncio.timeout(SOON_S):
            while (found := await self.queue.get(job.id)) is None or found.state is not state:
                await asyncio.sleep(0.01)

    async def finish(self, job: Job, attempt: int = 1) -> None:
        for request_id in [each for each in self.engine.live if each.startswith(f"{job.id}-{attempt}-")]:
            self.engine.finish(request_id)
        await self.settled(job, State.DELIVERED)


async def until(condition: Callable[[], object], found: Callable[[], object]) -> None:
    try:
        async with asyncio.timeout(SOON_S):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"only {found()}") from None


@asynccontextmanager
async def working_studio(
    folder: Path,
    *,
    concurrency: int,
    preview_every: int = 5,
    early: Sequence[Order] = (),
    permits: Permits | None = None,
    pictures: PictureStore | None = None,
    renew_every_s: float = 0.02,
) -> AsyncIterator[Studio]:
    """`early` orders come, and have no answer yet, before the dispatcher is up."""
    engine, poster, clock, moment = TwinEngine(), WatchedPoster(), Clock(), [0.0]
    async with open_database(folder / "atelier.db") as database:
        queue, pictures = JobQueue(database, clock), pictures or PictureStore(folder / "pictures")
        postings, pace = Postings(database), Pace(lambda: moment[0])
        delivery = Delivery(poster, queue, pictures, postings, interval_s=0.01, preview_interval_s=0.0)
        worker = Worker(
            queue, engine, pictures, TakedownStore(database, clock), delivery, pace,
            preview_every=preview_every, renew_every_s=renew_every_s,
        )  # fmt: skip
        dispatcher = Dispatcher(
            queue, worker, delivery, pace, permits or Lenient(), Opening(clock),
            owner=f"owner-{id(engine)}", concurrency=concurrency, ask_again_s=0.05,
        )  # fmt: skip
        await dispatcher.look_back()
        for order in early:
            await put(queue, order)
        life = asyncio.create_task(dispatcher.run())
        try:
            await dispatcher._moved.wait()  # it has looked for work, and takes none that nobody wakes it for
            yield Studio(engine, poster, queue, dispatcher, clock, moment)
        finally:
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
            await dispatcher.stop()
            await delivery.close()


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with working_studio(tmp_path, concurrency=3) as working:
        yield working


def plain(shade: int, side: int = 16) -> Picture:
    return Picture(side, side, bytes([shade]) * side * side * 3)


def ids(job: Job, count: int = 1, attempt: int = 1) -> list[str]:
    return [f"{job.id}-{attempt}-{cell}" for cell in range(count)]


def previews_of(studio: Studio) -> list[int]:
    """How often each request in the engine asks for one."""
    requests = studio.engine.requests.values()
    return [request.preview_every for request in requests if isinstance(request, ImageRequest)]


async def test_as_many_jobs_are_drawn_at_once_as_the_setting_says(studio: Studio) -> None:
    first, second, third, fourth, fifth = await studio.ask(1, 4, 1, 1, 1)
    await studio.drawing(*ids(first), *ids(second, 4), *ids(third))
    assert [(job.id, place.position) for job, place in await studio.dispatcher.line.look()] == [
        (fourth.id, 1), (fifth.id, 2)
    ]  # fmt: skip
    await studio.finish(second)
    await studio.drawing(*ids(first), *ids(third), *ids(fourth))
    assert [job.id for job, _ in await studio.dispatcher.line.look()] == [fifth.id]
    for job in (first, third, fourth, fifth):
        await studio.finish(job)
    assert studio.poster.posted == {
        job.id: job.order.drawing.count for job in (first, second, third, fourth, fifth)
    }


async def test_a_job_that_comes_while_the_old_ones_are_taken_up_is_not_one_of_them(tmp_path: Path) -> None:
    """Its answer is still on the way, and of an old job that would mean that nobody ever saw it."""
    async with working_studio(tmp_path, concurrency=1, early=[an_order()]) as studio:
        (job,) = await studio.queue.queue()
        await asyncio.sleep(0.1)
        await studio.queue.set_placeholder(job.id, Placeholder(3, 1))
        studio.dispatcher.wake()
        await studio.drawing(*ids(job))


async def test_waiting_members_are_told_their_places_when_jobs_begin(studio: Studio) -> None:
    *running, fourth, fifth = await studio.ask(1, 1, 1, 1, 1)
    await studio.drawing(*(id for job in running for id in ids(job)))
    await until(
        lambda: {(fourth.id, Waiting(1, None)), (fifth.id, Waiting(2, None))} <= set(studio.poster.statuses),
        lambda: studio.poster.statuses,
    )
    assert not any(
        isinstance(status, Waiting) for id, status in studio.poster.statuses if id == running[-1].id
    )


async def test_a_member_who_cancels_leaves_the_others_alone(studio: Studio) -> None:
    first, second = await studio.ask(4, 2)
    await studio.drawing(*ids(first, 4), *ids(second, 2))
    studio.dispatcher.ended(await studio.queue.cancel(first.id))
    await studio.drawing(*ids(second, 2))
    await studio.finish(second)
    assert studio.poster.posted == {second.id: 2}
    assert isinstance(studio.poster.statuses[-1][1], Ended | Working)


async def test_a_job_that_failed_begins_anew_while_its_pictures_are_still_leaving_the_engine(
    studio: Studio,
) -> None:
    (job,) = await studio.ask(4)
    await studio.drawing(*ids(job, 4))
    studio.engine.tell(ids(job)[0], Failed(ids(job)[0], "Out of memory."))
    await studio.drawing(*ids(job, 4, attempt=2))
    assert studio.engine.leaving == set(ids(job, 4)[1:])
    await studio.finish(job, attempt=2)
    assert studio.poster.posted == {job.id: 4}


async def test_stopping_gives_every_running_job_back_unharmed(tmp_path: Path) -> None:
    async with working_studio(tmp_path, concurrency=3) as studio:
        jobs = await studio.ask(1, 2, 4, 1)
        await until(lambda: len(studio.engine.live) == 7, lambda: studio.engine.live)
        await studio.dispatcher.stop()
        assert (await studio.queue.counts())[State.QUEUED] == 4
        found = [await studio.queue.get(job.id) for job in jobs]
        assert [job.failures for job in found if job] == [0] * 4
        assert studio.engine.live == []


async def test_each_running_job_keeps_its_lease_though_the_engine_says_nothing(studio: Studio) -> None:
    first, second = await studio.ask(1, 1)
    await studio.drawing(*ids(first), *ids(second))
    for _ in range(4):
        studio.clock.ms += 9 * 60_000
        await asyncio.sleep(0.1)
        assert await studio.queue.claim("another", 1000) is None
    await studio.finish(first)
    await studio.finish(second)


async def test_a_run_that_has_lost_its_lease_leaves_the_engine_and_writes_nothing(studio: Studio) -> None:
    lost, kept = await studio.ask(2, 1)
    await studio.drawing(*ids(lost, 2), *ids(kept))
    await studio.queue.cancel(lost.id)  # and the dispatcher is not told
    await studio.drawing(*ids(kept))
    assert studio.engine.leaving == set(ids(lost, 2))
    await studio.finish(kept)
    assert studio.poster.posted == {kept.id: 1}
    await studio.settled(lost, State.CANCELLED)


async def test_what_is_drawn_so_far_is_shown_until_the_pictures_come(studio: Studio) -> None:
    (job,) = await studio.ask(2)
    first, second = ids(job, 2)
    await studio.drawing(first, second)
    assert previews_of(studio) == [5, 5]
    studio.engine.step(first, 4)
    studio.engine.step(first, 5, plain(10))
    await until(lambda: len(studio.poster.previews) == 1, lambda: studio.poster.statuses)
    studio.engine.finish(first)
    await until(lambda: len(studio.poster.previews) == 2, lambda: studio.poster.statuses)
    (*_, (_, shown)) = studio.poster.statuses
    assert isinstance(shown, Working)
    assert (shown.finished, shown.sketches) == (1, (plain(200, 128), None))
    await studio.finish(job)
    assert studio.poster.posted == {job.id: 2}


async def test_a_preview_that_is_no_picture_does_not_harm_its_job(studio: Studio) -> None:
    (job,) = await studio.ask(1)
    await studio.drawing(*ids(job))
    studio.engine.step(ids(job)[0], 5, Picture(16, 16, b"short"))
    await until(
        lambda: any(isinstance(status, Working) and status.sketches for _, status in studio.poster.statuses),
        lambda: studio.poster.statuses,
    )
    await studio.finish(job)
    assert studio.poster.previews == []


async def test_without_previews_nothing_is_sketched(tmp_path: Path) -> None:
    async with working_studio(tmp_path, concurrency=1, preview_every=0) as studio:
        (job,) = await studio.ask(2)
        await studio.drawing(*ids(job, 2))
        assert previews_of(studio) == [0, 0]
        studio.engine.finish(ids(job)[0])
        await until(
            lambda: Working(0.5, 1, 2) in [status for _, status in studio.poster.statuses],
            lambda: studio.poster.statuses,
        )
        await studio.finish(job)
        assert studio.poster.previews == []


async def test_a_job_that_goes_on_shows_what_it_has_and_draws_only_the_rest(tmp_path: Path) -> None:
    async with working_studio(tmp_path, concurrency=1) as before:
        (job,) = await before.ask(2)
        await before.drawing(*ids(job, 2))
        before.engine.finish(ids(job)[0])
        await until(lambda: before.poster.previews, lambda: before.poster.statuses)
    async with working_studio(tmp_path, concurrency=1) as after:
        await after.drawing(ids(job, 2, attempt=2)[1])
        await until(lambda: after.poster.previews, lambda: after.poster.statuses)
        await after.finish(job, attempt=2)
        assert after.poster.posted == {job.id: 2}


async def test_a_picture_is_charged_without_its_neighbours_share(studio: Studio) -> None:
    first, second = await studio.ask(1, 1)
    await studio.drawing(*ids(first), *ids(second))
    for step in range(26):  # the last forward decodes
        studio.moment[0] += 0.2
        for job in (first, second):
            if step < 25:
                studio.engine.step(ids(job)[0], step + 1)
        await asyncio.sleep(0.01)
    await studio.finish(first)
    await studio.finish(second)
    (picture,) = await studio.queue.pictures(first.id)
    assert picture.seconds == pytest.approx(25 * 0.2 / 2, rel=0.1)


async def test_the_estimate_counts_what_is_left_of_the_running_jobs(studio: Studio) -> None:
    (job,) = await studio.ask(1)
    await studio.drawing(*ids(job))
    for step in range(1, 21):
        studio.moment[0] += 0.1
        studio.engine.step(ids(job)[0], step)
        await asyncio.sleep(0.01)
    assert await studio.dispatcher.line.seconds_left() == pytest.approx(0.5)
    await studio.finish(job)
    assert await studio.dispatcher.line.seconds_left() == 0
