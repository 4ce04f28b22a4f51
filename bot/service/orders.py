"""Writes requests down: whose they are, where their answer goes, and the words that a member's settings add."""

from __future__ import annotations

import secrets

from bot.dispatch import Dispatcher
from bot.domain.job import Job, Order, Origin, Placeholder
from bot.domain.policy.actors import ACTIONS
from bot.domain.status import Waiting
from bot.service.asker import Asker, Submitted
from bot.service.making import Reading
from bot.service.warden import Warden
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from engine.request import MAX_SEED


class Orders:
    """The one way into the queue."""

    def __init__(self, queue: JobQueue, members: MemberStore, dispatcher: Dispatcher, warden: Warden) -> None:
        self._queue, self._members, self._dispatcher, self._warden = queue, members, dispatcher, warden

    async def submit(
        self,
        asker: Asker,
        reading: Reading,
        origin: Origin = Origin.IMAGINE,
        parent: Job | None = None,
        cell: int | None = None,
        part: int = 0,
    ) -> Submitted:
        """The same interaction and part give the same job. Raises `NotAllowed` and `QueueFull`."""
        admission = await self._warden.admit(asker, ACTIONS[origin], reading.drawing, parent, part)
        settings = await self._members.preferences(asker.user_id)
        words = reading.words
        inherited = parent.order if parent is not None and words.private is words.spoiler is None else None
        order = Order(
            interaction_id=asker.interaction_id,
            user_id=asker.user_id,
            place=asker.place,
            locale=asker.locale,
            drawing=reading.drawing,
            lane=admission.lane,
            priority=admission.priority,
            upload_limit=asker.upload_limit,
            origin=origin,
            parent_id=parent.id if parent else None,
            parent_cell=cell,
            part=part,
            spoiler=inherited.spoiler if inherited else bool(words.spoiler),
            private=inherited.private if inherited else bool(words.private),
            notify=settings.notify,
            auto_dm=settings.auto_dm,
        )
        job = await self._queue.submit(order, admission.debit, admission.check)
        return Submitted(job, await self._dispatcher.line.place(job.id) or Waiting(1, None), reading.notes)

    async def answered(self, job: Job, placeholder: Placeholder) -> None:
        """The member has seen the first answer, in this message; from here on the job may be drawn."""
        await self._queue.set_placeholder(job.id, placeholder)
        self._dispatcher.wake()

    async def unanswered(self, job: Job) -> None:
        """The member never saw an answer, so there is nothing to wait for and nothing is drawn."""
        await self._queue.cancel(job.id)


def new_seed() -> int:
    """One that nobody chose."""
    return secrets.randbelow(MAX_SEED + 1)
