"""Finds what a button or a command speaks of, or says why this member may not have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.job import Job, State, StoredPicture
from bot.domain.policy.actors import Action
from bot.domain.safety import Safety
from bot.errors import BadRequest, DrawnUnchecked, Expired, NotAllowed
from bot.service.asker import Asker, Spot
from bot.service.warden import Warden
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from engine.sentence import say


class Finder:
    """Whoever looks for a job says what it is for, and is told at once where that is not allowed."""

    def __init__(self, queue: JobQueue, pictures: PictureStore, warden: Warden) -> None:
        self._queue, self._pictures, self._warden = queue, pictures, warden

    async def job(self, asker: Asker, job_id: str, action: Action) -> Job:
        """Raises `BadRequest` where there is no such job, and `NotAllowed`."""
        job = await self._queue.get(job_id)
        if job is None:
            raise BadRequest(say("I do not know this request any more; start a new one with `/imagine`."))
        await self._warden.check(asker, action, job)
        return job

    async def record(self, asker: Asker, job: Job) -> Job:
        """What is written down of a job, whatever its state, for whoever may see its pictures."""
        await self._warden.check(asker, Action.SHOW, replace(job, state=State.DELIVERED))
        return job

    async def cells(self, asker: Asker, job_id: str, action: Action) -> tuple[Job, list[StoredPicture]]:
        """The finished pictures of a job, one at least. Raises `BadRequest` and `NotAllowed`."""
        job = await self.job(asker, job_id, action)
        pictures = await self._queue.pictures(job.id)
        if not pictures:
            raise BadRequest(say("This request has no pictures yet; try again when they are there."))
        return job, pictures

    async def picture(self, asker: Asker, spot: Spot, action: Action) -> tuple[Job, StoredPicture]:
        """The picture, whose file is there. Raises `BadRequest`, `NotAllowed` and `Expired`."""
        job, pictures = await self.cells(asker, spot.job_id, action)
        found = next((picture for picture in pictures if picture.cell == spot.cell), None)
        if found is None:
            raise BadRequest(say("This request has no picture {number}.", number=spot.cell + 1))
        if not await self._pictures.has(found.sha256):
            raise Expired(job.id)
        return job, found

    async def shown(self, asker: Asker, job_id: str) -> tuple[Job, list[StoredPicture]]:
        """The pictures of a job that may be shown here, one at least. Raises `BadRequest` and `NotAllowed`."""
        job, pictures = await self.cells(asker, job_id, Action.SHOW)
        return await self._at_least_one(asker, job, pictures)

    async def shown_one(self, asker: Asker, spot: Spot) -> tuple[Job, StoredPicture]:
        """The picture, which may be shown here. Raises `BadRequest`, `NotAllowed` and `Expired`."""
        job, picture = await self.picture(asker, spot, Action.SHOW)
        job, _ = await self._at_least_one(asker, job, [picture])
        return job, picture

    async def mailed(
        self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]
    ) -> tuple[Job, list[StoredPicture]]:
        """Those of the pictures shown here that may be sent as a direct message, one at least. Raises `NotAllowed`."""
        job, sent = await self._warden.mailed(asker, job, pictures)
        if not sent:
            raise NotAllowed(say("The safety check keeps these pictures out of direct messages."))
        return job, sent

    async def seen(
        self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]
    ) -> tuple[Job, list[StoredPicture]]:
        """Those of a job's pictures that may be shown here, if any."""
        return await self._warden.seen(asker, job, pictures)

    async def _at_least_one(
        self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]
    ) -> tuple[Job, list[StoredPicture]]:
        job, seen = await self.seen(asker, job, pictures)
        if seen:
            return job, seen
        if job.safety is Safety.OFF:
            raise DrawnUnchecked(job.id)
        raise NotAllowed(say("The safety check keeps these pictures from being shown here."))
