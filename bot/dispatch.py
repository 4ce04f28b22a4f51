"""Claims jobs in their turn, asks whether they may still be drawn, and hands what is ready to delivery."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Protocol

from bot.delivery import Delivery
from bot.domain.job import Job, Placeholder, State
from bot.domain.pace import Pace, Rest
from bot.domain.status import Closed, Ended, Held
from bot.errors import LostLease, NotAllowed, PictureGone, PostUncertain
from bot.line import Line
from bot.patience import FIRST_S, Patience
from bot.progress import Run
from bot.second_look import Permits, SecondLook
from bot.storage.jobs import MANY, JobQueue
from bot.worker import LEASE_MS, Setback, Worker
from engine.request import RequestError
from engine.sentence import say

_log = logging.getLogger(__name__)
_GRACE_S = 5.0
_POSITIONS_INTERVAL_S = 0.5
_SHOWN_POSITIONS = 10  # waiting jobs further back learn their place when they ask
_SETBACK = say("Something went wrong while drawing this, twice; it was put aside for the owner to look at.")


class Hours(Protocol):
    """What the dispatcher needs of `bot.opening.Opening`."""

    def closed(self) -> Closed | None: ...


class Dispatcher:
    """The one owner of the queue's leases; `concurrency` jobs are drawn at once, `per_lane` of one lane."""

    def __init__(
        self,
        queue: JobQueue,
        worker: Worker,
        delivery: Delivery,
        pace: Pace,
        permits: Permits,
        hours: Hours,
        *,
        owner: str,
        concurrency: int = 1,
        per_lane: int = MANY,
        ask_again_s: float = FIRST_S,
    ) -> None:
        self._queue, self._worker, self._delivery = queue, worker, delivery
        self._permits, self._hours, self._owner = permits, hours, owner
        self._second_look = SecondLook(queue, delivery, permits)
        self._concurrency, self._per_lane = concurrency, per_lane
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._stopping = False
        self._left: list[Job] = []
        self._patience = Patience(ask_again_s)
        self._resumed: set[str] = set()
        self._moved = asyncio.Event()
        self.line = Line(queue, pace, self._rests, concurrency, self._resumed, hours.closed)

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
            beside = [group.create_task(self._tell_positions()), group.create_task(self._watch_hours())]
            while not self._stopping:
                while len(self._runs) < self._concurrency and await self._start_next():
                    pass
                self._moved.set()
                await self._news.wait()
                self._news.clear()
            for task in beside:
                task.cancel()

    async def stop(self) -> None:
        """Give running jobs back to the queue; their finished pictures are kept."""
        self._stopping = True
        self.wake()
        for run in list(self._runs.values()):
            with suppress(LostLease):  # it came to its end meanwhile
                await self._queue.release(run.lease)
            self._worker.stop(run)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_S)
            for task in late:  # a result that is not shown yet stays ready, and is shown at the next start
                task.cancel()

    def deliver(self, job: Job) -> None:
        """Show what is ready, however long that takes."""
        self._spawn(job, self._delivery.deliver(job))

    def withdraw(self, job: Job, ended: Ended) -> None:
        """Empty all messages that show its pictures, however long that takes."""
        if job.id in self._runs:
            self._worker.stop(self._runs[job.id])
        self._spawn(job, self._delivery.withdraw(job, ended))
        self.wake()

    def empty(self, job: Job, message: Placeholder, ended: Ended) -> None:
        """Take its pictures out of one message alone, however long that takes."""
        self._spawn(job, self._delivery.empty(job, message, ended))

    def ended(self, job: Job) -> None:
        """Say on the message of a job that was refused or cancelled in the queue why it was.

        One that came to another end in this very moment shows that.
        """
        if job.state not in (State.CANCELLED, State.REFUSED):
            return
        if job.id in self._runs:
            self._worker.stop(self._runs[job.id])
        self._spawn(job, self._delivery.end(job, Ended(job.state, job.reason or say("Cancelled."))))
        self.wake()

    async def show_positions(self) -> None:
        """Tell the first of the waiting jobs their places."""
        for job, status in (await self.line.look())[:_SHOWN_POSITIONS]:
            if job.placeholder and job.id not in self._runs:  # it may have begun while the line was read
                self._delivery.show(job, status)

    async def _resume(self) -> None:
        for job in self._left:
            await self._find_message(job)
        for job in await self._queue.held():
            self._delivery.show(job, Held())
        for job in await self._queue.unannounced():
            self._spawn(job, self._delivery.end(job, Ended(job.state, job.reason or say("Cancelled."))))
        for job in await self._queue.unwithdrawn():
            reason = job.reason or say("These pictures were deleted.")
            self._spawn(job, self._delivery.withdraw(job, Ended(State.REFUSED, reason)))
        for job in await self._queue.undelivered():  # last: what becomes of these is not read above
            self._spawn(job, self._second_look.deliver(job))
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
        shut = self._stopping or self._hours.closed() is not None
        if shut:
            return False
        claimed = await self._queue.claim(self._owner, LEASE_MS, self._per_lane, self._patience.later())
        if claimed is None:
            return False
        job, lease = claimed
        if self._stopping:  # meanwhile: `stop` does not know of this one
            await self._queue.release(lease)
            return False
        run = Run(job, lease, job.id in self._resumed, previews=self._worker.preview_every > 0)
        self._runs[job.id] = run
        self._spawn(job, self._work(run))
        return True

    def _spawn(self, job: Job, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=job.id)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        """Nobody awaits these tasks: what went wrong in one is written into the log. The next start makes up for it."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("what was to be done for job %s failed", task.get_name(), exc_info=error)

    async def _work(self, run: Run) -> None:
        """The job boundary: whatever goes wrong with one job stays with it."""
        try:
            await self._draw(run)
        except LostLease:
            _log.info("job %s is no longer ours", run.job.id)
        except NotAllowed as error:
            await self._refuse(run, error.sentence)
        except PostUncertain as error:
            await self._put_back(run, error.sentence)
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
        run.safety = await self._permits.permit(run.job)
        self._patience.forget(run.job.id)
        await self._queue.begin(run.lease, run.safety)
        if await self._worker.draw(run):
            self.deliver(run.job)
        else:
            self._delivery.show(run.job, Held())

    async def _refuse(self, run: Run, sentence: str) -> None:
        with suppress(LostLease):
            await self._queue.refuse(run.lease, sentence)
            await self._delivery.end(run.job, Ended(State.REFUSED, sentence))

    async def _put_back(self, run: Run, sentence: str) -> None:
        """Nobody can say now whether it may be drawn: it keeps its place, and lets others go first for a while."""
        pause_s = self._patience.put_off(run.job.id)
        _log.warning("job %s waits for %d s: %s", run.job.id, pause_s, sentence)
        asyncio.get_running_loop().call_later(pause_s, self.wake)
        with suppress(LostLease):
            await self._queue.release(run.lease)

    async def _watch_hours(self) -> None:
        """Wakes the queue when the studio opens, and tells the waiting ones when it opens or closes."""
        before: Closed | None = None
        while True:
            closed = self._hours.closed()
            if closed != before:
                self.wake()
            before = closed
            await asyncio.sleep(_POSITIONS_INTERVAL_S)

    async def _set_back(self, run: Run, sentence: str, *, final: bool) -> None:
        try:
            state = await self._queue.fail(run.lease, sentence, retry=not final)
        except LostLease:
            return
        if state is State.FAILED:
            await self._delivery.end(run.job, Ended(state, sentence))
