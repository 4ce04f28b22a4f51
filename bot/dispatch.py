"""Claims jobs in their turn, has the engine draw them, stores each picture, and hands ready jobs to delivery."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from time import monotonic
from typing import Protocol

from bot.delivery import Delivery
from bot.domain.job import Job, State, StoredPicture
from bot.domain.pace import Pace, Rest
from bot.domain.status import Ended
from bot.errors import LostLease, PictureGone
from bot.line import Line
from bot.progress import Run
from bot.provenance import png
from bot.sketch import shrunk, shrunk_file
from bot.storage.jobs import MANY, JobQueue
from bot.storage.pictures import PictureStore
from engine.events import Event, Failed, Finished, Progress
from engine.request import ImageRequest, RequestError, UpscaleMethod, UpscaleRequest
from engine.sentence import say

_log = logging.getLogger(__name__)
LEASE_MS = 10 * 60_000  # longer than any model takes to load; a crash frees leases at the next start
_GRACE_S = 5.0
_POSITIONS_INTERVAL_S = 0.5
_SHOWN_POSITIONS = 10  # waiting jobs further back learn their place when they ask
_SETBACK = say("Something went wrong while drawing this, twice; it was put aside for the owner to look at.")


class Engine(Protocol):
    """What the dispatcher needs of `engine.executor.Executor`."""

    def submit(self, request: ImageRequest | UpscaleRequest) -> AsyncIterator[Event]: ...

    def cancel(self, request_id: str) -> bool: ...


class Setback(Exception):
    """A cell that did not become a picture; `final` when trying again cannot help."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


class Dispatcher:
    """The one worker of the queue; `concurrency` jobs are in the engine at once, `per_lane` of one lane.

    `preview_every` is the number of denoising steps between two previews of a picture; 0 shows none.
    """

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
        per_lane: int = MANY,
        preview_every: int = 0,
        upscaling: UpscaleMethod = UpscaleMethod.TILES,
        renew_every_s: float = 5.0,
    ) -> None:
        self._queue, self._engine, self._pictures, self._delivery = queue, engine, pictures, delivery
        self._pace, self._owner, self._upscaling = pace, owner, upscaling
        self._concurrency, self._per_lane = concurrency, per_lane
        self._preview_every, self._renew_every_s = preview_every, renew_every_s
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._stopping = False
        self._left: list[Job] = []
        self._resumed: set[str] = set()
        self._moved = asyncio.Event()
        self.line = Line(queue, pace, self._rests, concurrency, self._resumed)

    def wake(self) -> None:
        """There may be work, and the line has changed."""
        self._news.set()

    async def look_back(self) -> None:
        """Take back what an earlier process left; to be called before anybody can ask for something new."""
        for job in await self._queue.recover(self._owner):
            _log.info("job %s was cut off; it is %s now", job.id, job.state)
        self._left = await self._queue.queue()
        self._resumed.update(job.id for job in self._left)

    async def run(self) -> None:
        """Go on with what an earlier process left, then work until `stop`."""
        await self._resume()
        async with asyncio.TaskGroup() as group:  # neither goes on without the other
            telling = group.create_task(self._tell_positions())
            while not self._stopping:
                while len(self._runs) < self._concurrency and await self._start_next():
                    pass
                self._moved.set()
                await self._news.wait()
                self._news.clear()
            telling.cancel()

    async def stop(self) -> None:
        """Give running jobs back to the queue; their finished pictures are kept."""
        self._stopping = True
        self.wake()
        for run in list(self._runs.values()):
            with suppress(LostLease):  # it came to its end meanwhile
                await self._queue.release(run.lease)
            self._stop_drawing(run)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_S)
            for task in late:  # a result that is not shown yet stays ready, and is shown at the next start
                task.cancel()

    async def cancelled(self, job: Job) -> None:
        """A job was cancelled in the queue: stop drawing it and say so on its message, however long that takes."""
        if job.id in self._runs:
            self._stop_drawing(self._runs[job.id])
        self._spawn(self._delivery.end(job, Ended(State.CANCELLED, job.reason or say("Cancelled."))))
        self.wake()

    async def show_positions(self) -> None:
        """Tell the first of the waiting jobs their places."""
        for job, status in (await self.line.look())[:_SHOWN_POSITIONS]:
            if job.placeholder and job.id not in self._runs:  # it may have begun while the line was read
                self._delivery.show(job, status)

    async def _resume(self) -> None:
        for job in self._left:
            await self._find_message(job)
        for job in await self._queue.undelivered():
            self._spawn(self._delivery.deliver(job))
        for job in await self._queue.unannounced():
            self._spawn(self._delivery.end(job, Ended(job.state, job.reason or say("Cancelled."))))
        await self.show_positions()

    async def _find_message(self, job: Job) -> None:
        """A crash between the first answer and its note leaves a message to find, or a job that nobody saw begin."""
        if job.placeholder is None and not await self._delivery.find_message(job):
            await self._queue.cancel(job.id)

    async def _tell_positions(self) -> None:
        """However many jobs come and go in a moment, the line is looked at once."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            await self.show_positions()
            await asyncio.sleep(_POSITIONS_INTERVAL_S)

    def _rests(self) -> list[Rest]:
        return [run.rest() for run in self._runs.values()]

    async def _start_next(self) -> bool:
        claimed = None if self._stopping else await self._queue.claim(self._owner, LEASE_MS, self._per_lane)
        if claimed is None:
            return False
        job, lease = claimed
        if self._stopping:  # meanwhile: `stop` does not know of this one
            await self._queue.release(lease)
            return False
        run = Run(job, lease, job.id in self._resumed, previews=self._preview_every > 0)
        self._runs[job.id] = run
        self._spawn(self._work(run))
        return True

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, run: Run) -> None:
        """The job boundary: whatever goes wrong with one job stays with it."""
        try:
            await self._draw(run)
        except LostLease:
            _log.info("job %s is no longer ours", run.job.id)
        except Setback as setback:
            await self._set_back(run, setback.args[0], final=setback.final)
        except (RequestError, PictureGone) as error:
            await self._set_back(run, error.sentence, final=True)
        except Exception:
            _log.exception("job %s failed", run.job.id)
            await self._set_back(run, _SETBACK, final=False)
        finally:
            if self._runs.get(run.job.id) is run:  # a job that failed may run again by now
                del self._runs[run.job.id]
            self.wake()

    async def _draw(self, run: Run) -> None:
        job, drawing = run.job, run.job.order.drawing
        missing = await self._missing_cells(run)
        self._delivery.show(job, run.status())
        image, mask = (
            await self._start_file(drawing.image_sha256),
            await self._start_file(drawing.mask_sha256),
        )
        try:
            async with asyncio.TaskGroup() as cells:
                for cell in missing:
                    cells.create_task(self._draw_cell(run, cell, self._request(run, cell, image, mask)))
        except ExceptionGroup as group:  # the first cell that fails takes the others with it
            raise group.exceptions[0] from None
        await self._queue.finish(run.lease)
        self._spawn(self._delivery.deliver(job))

    async def _missing_cells(self, run: Run) -> list[int]:
        """The cells that an earlier attempt has not stored; those that it has are part of the sketch."""
        missing = set(range(run.job.order.drawing.count))
        for picture in await self._queue.pictures(run.job.id):
            missing.remove(picture.cell)
            run.finish(picture.cell)
            if run.previews:
                with suppress(PictureGone, OSError):  # a sketch is not worth a job
                    data = await self._pictures.get(picture.sha256)
                    run.sketch(picture.cell, await asyncio.to_thread(shrunk_file, data))
        return sorted(missing)

    async def _start_file(self, sha256: str | None) -> bytes | None:
        return None if sha256 is None else await self._pictures.get(sha256)

    def _request(
        self, run: Run, cell: int, image: bytes | None, mask: bytes | None
    ) -> ImageRequest | UpscaleRequest:
        drawing, request_id = run.job.order.drawing, run.request_id(cell)
        if drawing.upscale > 1 and image is not None:
            return drawing.upscale_request(request_id, cell, image, self._upscaling)
        return drawing.request(request_id, cell, image, mask, self._preview_every)

    async def _draw_cell(self, run: Run, cell: int, request: ImageRequest | UpscaleRequest) -> None:
        measure = self._pace.begin(run.job.order.drawing)
        async for event in self._engine.submit(request):
            match event:
                case Progress(step=step, total=total):
                    measure.reached(step / total)
                    run.advance(cell, event)
                    await self._keep(run)
                    self._delivery.show(run.job, run.status())
                case Finished():
                    seconds = measure.finished() or event.seconds
                    await self._store(run, cell, event, seconds)
                case Failed(cancelled=True):
                    raise LostLease(event.sentence)
                case Failed():
                    raise Setback(event.sentence, final=event.refused)

    async def _store(self, run: Run, cell: int, event: Finished, seconds: float) -> None:
        drawing, picture = run.job.order.drawing, event.picture
        data = await asyncio.to_thread(png, event, drawing, cell)
        sha256 = await self._pictures.put(data)
        seed, sides = drawing.cell_seed(cell), (picture.width, picture.height)
        stored = StoredPicture(cell, seed, sha256, *sides, seconds, event.model_hash, event.upscaled_by)
        await self._queue.add_picture(run.lease, stored)
        run.finish(cell)
        if run.previews:
            run.sketch(cell, await asyncio.to_thread(shrunk, picture))
        if run.finished < drawing.count:  # else the pictures themselves come next
            self._delivery.show(run.job, run.status())

    async def _keep(self, run: Run) -> None:
        """Renew the lease, now and then; a job that was cancelled meanwhile has none."""
        if monotonic() - run.renewed_at < self._renew_every_s:
            return
        run.renewed_at = monotonic()
        if not await self._queue.renew(run.lease, LEASE_MS):
            raise LostLease("This job was cancelled or given to another worker.")

    async def _set_back(self, run: Run, sentence: str, *, final: bool) -> None:
        try:
            state = await self._queue.fail(run.lease, sentence, retry=not final)
        except LostLease:
            return
        if state is State.FAILED:
            await self._delivery.end(run.job, Ended(state, sentence))

    def _stop_drawing(self, run: Run) -> None:
        for request_id in run.request_ids():
            self._engine.cancel(request_id)
