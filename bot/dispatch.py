"""Claims jobs in their turn, has the engine draw them, stores each picture, and hands ready jobs to delivery."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from bot.delivery import Delivery
from bot.domain.job import Job, Lease, State, StoredPicture
from bot.domain.pace import Pace
from bot.domain.status import Ended, Waiting, Working
from bot.errors import LostLease, PictureGone
from bot.provenance import png
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from engine.events import Event, Failed, Finished, Progress
from engine.request import ImageRequest, RequestError

_log = logging.getLogger(__name__)
LEASE_MS = 10 * 60_000  # longer than any model takes to load; a crash frees leases at the next start
_RENEW_EVERY_S = 5.0
_GRACE_S = 5.0
_ORPHAN_AGE_S = 3600.0  # a picture is stored a moment before its job knows of it
_SHOWN_POSITIONS = 10  # waiting jobs further back learn their place when they ask
_SETBACK = "Something went wrong while drawing this, twice; it was put aside for the owner to look at."


class Engine(Protocol):
    """What the dispatcher needs of `engine.executor.Executor`."""

    def submit(self, request: ImageRequest) -> AsyncIterator[Event]: ...

    def cancel(self, request_id: str) -> bool: ...


class Setback(Exception):
    """A cell that did not become a picture; `final` when trying again cannot help."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


@dataclass
class _Run:
    """A job at work: its lease, what each of its cells has reached, and when it was last renewed."""

    job: Job
    lease: Lease
    resumed: bool
    steps: dict[int, int] = field(default_factory=dict)
    finished: int = 0
    renewed_at: float = field(default_factory=monotonic)

    def status(self) -> Working:
        drawing = self.job.order.drawing
        done = sum(self.steps.values()) + self.finished * drawing.steps
        return Working(
            min(1.0, done / (drawing.steps * drawing.count)), self.finished, drawing.count, self.resumed
        )


class Dispatcher:
    """The one worker of the queue; `concurrency` jobs are in the engine at once."""

    def __init__(
        self,
        queue: JobQueue,
        engine: Engine,
        pictures: PictureStore,
        delivery: Delivery,
        pace: Pace,
        *,
        owner: str,
        concurrency: int = 1,
    ) -> None:
        self._queue, self._engine, self._pictures, self._delivery = queue, engine, pictures, delivery
        self._pace, self._owner, self._concurrency = pace, owner, concurrency
        self._runs: dict[str, _Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._stopping = False
        self._resumed: set[str] = set()

    def wake(self) -> None:
        """There may be work."""
        self._news.set()

    async def run(self) -> None:
        """Take up what an earlier process left, then work until `stop`."""
        await self._resume()
        while not self._stopping:
            await self._start_some()
            await self._news.wait()
            self._news.clear()

    async def stop(self) -> None:
        """Give running jobs back to the queue; their finished pictures are kept."""
        self._stopping = True
        self.wake()
        for run in list(self._runs.values()):
            with suppress(LostLease):  # it came to its end meanwhile
                await self._queue.release(run.lease)
            self._stop_drawing(run.job)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_S)
            for task in late:  # a result that is not shown yet stays ready, and is shown at the next start
                task.cancel()

    async def cancelled(self, job: Job) -> None:
        """A job was cancelled in the queue: stop drawing it and say so on its message, however long that takes."""
        if job.id in self._runs:
            self._stop_drawing(job)
        self._spawn(self._delivery.end(job, Ended(State.CANCELLED, job.reason or "Cancelled.")))
        self.wake()
        await self.show_positions()

    async def line(self) -> list[tuple[Job, Waiting]]:
        """The waiting jobs in their turn, with their places and estimates."""
        ahead = [run.job.order.drawing for run in self._runs.values()]
        line = []
        for position, job in enumerate(await self._queue.queue(), 1):
            ahead.append(job.order.drawing)
            line.append((job, Waiting(position, self._pace.estimate(ahead), job.id in self._resumed)))
        return line

    async def show_positions(self) -> None:
        """Tell the first of the waiting jobs their places."""
        for job, status in (await self.line())[:_SHOWN_POSITIONS]:
            self._delivery.show(job, status)

    async def _resume(self) -> None:
        for job in await self._queue.recover(self._owner):
            _log.info("job %s was cut off; it is %s now", job.id, job.state)
        for job in await self._queue.queue():
            await self._find_message(job)
        self._resumed = {job.id for job in await self._queue.queue()}
        for job in await self._queue.undelivered():
            self._spawn(self._delivery.deliver(job))
        for job in await self._queue.unannounced():
            self._spawn(self._delivery.end(job, Ended(job.state, job.reason or "Cancelled.")))
        await self.show_positions()
        await self._pictures.sweep(await self._queue.known_pictures(), _ORPHAN_AGE_S)

    async def _find_message(self, job: Job) -> None:
        """A crash between the first answer and its note leaves a message to find, or a job that nobody saw begin."""
        if job.placeholder is None and not await self._delivery.find_message(job):
            await self._queue.cancel(job.id)

    async def _start_some(self) -> None:
        while not self._stopping and len(self._runs) < self._concurrency:
            claimed = await self._queue.claim(self._owner, LEASE_MS)
            if claimed is None:
                return
            job, lease = claimed
            run = self._runs[job.id] = _Run(job, lease, job.id in self._resumed)
            self._spawn(self._work(run))
            await self.show_positions()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, run: _Run) -> None:
        """The job boundary: whatever goes wrong with one job stays with it."""
        try:
            await self._draw(run)
        except LostLease:
            _log.info("job %s is no longer ours", run.job.id)
        except Setback as setback:
            await self._set_back(run, str(setback), final=setback.final)
        except (RequestError, PictureGone) as error:
            await self._set_back(run, str(error), final=True)
        except Exception:
            _log.exception("job %s failed", run.job.id)
            await self._set_back(run, _SETBACK, final=False)
        finally:
            self._runs.pop(run.job.id, None)
            self.wake()

    async def _draw(self, run: _Run) -> None:
        job, drawing = run.job, run.job.order.drawing
        stored = {picture.cell for picture in await self._queue.pictures(job.id)}
        run.finished = len(stored)
        self._delivery.show(job, run.status())
        image = await self._pictures.get(drawing.image_sha256) if drawing.image_sha256 else None
        try:
            async with asyncio.TaskGroup() as cells:
                for cell in sorted(set(range(drawing.count)) - stored):
                    cells.create_task(self._draw_cell(run, cell, image))
        except ExceptionGroup as group:  # the first cell that fails takes the others with it
            raise group.exceptions[0] from None
        await self._queue.finish(run.lease)
        self._spawn(self._delivery.deliver(job))

    async def _draw_cell(self, run: _Run, cell: int, image: bytes | None) -> None:
        request = run.job.order.drawing.request(_request_id(run.job, cell), cell, image)
        async for event in self._engine.submit(request):
            match event:
                case Progress(step=step):
                    run.steps[cell] = step
                    await self._keep(run)
                    self._delivery.show(run.job, run.status())
                case Finished():
                    await self._store(run, cell, event)
                case Failed(cancelled=True):
                    raise LostLease(event.sentence)
                case Failed():
                    raise Setback(event.sentence, final=event.refused)

    async def _store(self, run: _Run, cell: int, event: Finished) -> None:
        drawing = run.job.order.drawing
        data = await asyncio.to_thread(png, event.picture, drawing, cell, event.model_hash)
        sha256 = await self._pictures.put(data)
        picture = StoredPicture(
            cell,
            drawing.cell_seed(cell),
            sha256,
            event.picture.width,
            event.picture.height,
            event.seconds,
            event.model_hash,
        )
        await self._queue.add_picture(run.lease, picture)
        self._pace.learn(drawing, event.seconds)
        run.steps.pop(cell, None)
        run.finished += 1
        self._delivery.show(run.job, run.status())

    async def _keep(self, run: _Run) -> None:
        """Renew the lease, now and then; a job that was cancelled meanwhile has none."""
        if monotonic() - run.renewed_at < _RENEW_EVERY_S:
            return
        run.renewed_at = monotonic()
        if not await self._queue.renew(run.lease, LEASE_MS):
            raise LostLease("This job was cancelled or given to another worker.")

    async def _set_back(self, run: _Run, sentence: str, *, final: bool) -> None:
        try:
            state = await self._queue.fail(run.lease, sentence, retry=not final)
        except LostLease:
            return
        if state is State.FAILED:
            await self._delivery.end(run.job, Ended(state, sentence))

    def _stop_drawing(self, job: Job) -> None:
        for cell in range(job.order.drawing.count):
            self._engine.cancel(_request_id(job, cell))


def _request_id(job: Job, cell: int) -> str:
    return f"{job.id}-{cell}"
