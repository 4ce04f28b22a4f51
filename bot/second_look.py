"""What was ready before a restart is shown as its place wants it now, where that is stricter than it was then."""

from __future__ import annotations

from typing import Protocol

from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from bot.delivery import Delivery
from bot.domain.job import Job, State
from bot.domain.safety import Safety, stricter
from bot.domain.showing import why_withheld
from bot.domain.status import Ended, Held
from bot.errors import NotAllowed, PostUncertain
from bot.storage.jobs import JobQueue
from engine.sentence import say

_UNCHECKED = say(
    "These pictures were drawn before pictures were checked here, so they are not shown; they can be drawn again."
)


class Permits(Protocol):
    """What is needed of `bot.service.warden.Warden`."""

    async def permit(self, job: Job) -> Safety:
        """Raises `NotAllowed`, and `PostUncertain` where it cannot be known now."""


class SecondLook:
    """Asks about a job as if it were to be drawn now."""

    def __init__(self, queue: JobQueue, delivery: Delivery, permits: Permits) -> None:
        self._queue, self._delivery, self._permits = queue, delivery, permits

    async def deliver(self, job: Job) -> None:
        """Show a ready job's pictures, have a moderator look at them, or say why nobody sees them."""
        try:
            mode = stricter(job.safety, await self._permitted(job))
        except NotAllowed as error:
            await self._give_up(job, State.REFUSED, error.sentence)
            return
        if job.safety is Safety.OFF and mode is not Safety.OFF:  # no verdict was kept
            await self._give_up(job, State.FAILED, _UNCHECKED)
            return
        if mode is not job.safety:
            await self._queue.tighten(job.id, mode)
        await self._show(job, held=mode is not job.safety and mode is Safety.REVIEW)

    async def _show(self, job: Job, *, held: bool) -> None:
        cells = await self._queue.cells(job.id)
        if (reason := why_withheld(cells)) is not None:
            await self._give_up(job, State.REFUSED, reason)
        elif held and any(cell.flagged for cell in cells):
            self._delivery.show(job, Held())
        else:
            await self._delivery.deliver(job)

    async def _permitted(self, job: Job) -> Safety:
        """However long it takes until somebody can be asked; until then nothing is shown."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(PostUncertain),
            wait=wait_exponential_jitter(initial=0.2, max=60, jitter=0.2),
        )
        return await retrying(self._permits.permit, job)

    async def _give_up(self, job: Job, state: State, reason: str) -> None:
        if await self._queue.give_up(job.id, state, reason):
            await self._delivery.end(job, Ended(state, reason))
