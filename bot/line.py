"""The waiting line: who is next, and how long it will take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from time import monotonic

from bot.domain.drawing import Drawing
from bot.domain.job import Job
from bot.domain.pace import Pace, Rest, whole
from bot.domain.status import Closed, Waiting
from bot.storage.jobs import JobQueue

_FRESH_S = 1.0  # a crowd that asks at once is answered from one look at the queue


class Line:
    """`running` gives what is left of the jobs at work, at most `slots` of them; `closed` says why none begins."""

    def __init__(
        self,
        queue: JobQueue,
        pace: Pace,
        running: Callable[[], list[Rest]],
        slots: int,
        resumed: Collection[str],
        closed: Callable[[], Closed | None],
    ) -> None:
        self._queue, self._pace, self._running, self._slots = queue, pace, running, slots
        self._resumed, self.closed = resumed, closed
        self._looking = asyncio.Lock()
        self._seen: list[tuple[Job, Waiting]] = []
        self._seen_at = -_FRESH_S

    async def look(self) -> list[tuple[Job, Waiting]]:
        """The waiting jobs in their turn, with their places and estimates."""
        waiting = await self._queue.queue()
        jobs = [whole(job.order.drawing) for job in waiting]
        closed = self.closed()
        seconds = self._pace.forecast(self._running(), jobs, self._slots)
        self._seen = [
            (job, Waiting(position, left, job.id in self._resumed, closed))
            for position, (job, left) in enumerate(zip(waiting, seconds, strict=True), 1)
        ]
        self._seen_at = monotonic()
        return self._seen

    async def place(self, job_id: str) -> Waiting | None:
        """Of one job, by a look that may be a moment old; none when it does not wait."""
        async with self._looking:
            if monotonic() - self._seen_at > _FRESH_S:
                await self.look()
        for job, waiting in self._seen:
            if job.id == job_id:
                return waiting
        position = await self._queue.position(job_id)
        if position is None:
            return None
        like = self._seen[min(position, len(self._seen)) - 1][1].seconds if self._seen else None
        return Waiting(position, like, job_id in self._resumed, self.closed())

    async def seconds_left(self) -> float | None:
        """The estimate until nothing runs or waits any more; none while a model is unmeasured."""
        waiting = [whole(job.order.drawing) for job in await self._queue.queue()]
        return self._pace.seconds([*self._running(), *waiting])

    def seconds_for(self, drawings: Sequence[Drawing]) -> float | None:
        """The engine's time for these alone."""
        return self._pace.seconds(map(whole, drawings))
