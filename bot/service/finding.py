"""Finds what a button or a command speaks of, or says why it is not there for this member."""

from __future__ import annotations

from bot.domain.job import Job, StoredPicture
from bot.errors import BadRequest, Expired, NotAllowed
from bot.service.asker import Asker, Spot
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from engine.sentence import say


class Finder:
    """A private job is known to its owner alone."""

    def __init__(self, queue: JobQueue, pictures: PictureStore) -> None:
        self._queue, self._pictures = queue, pictures

    async def job(self, asker: Asker, job_id: str) -> Job:
        """Raises `BadRequest` where this member knows no such job."""
        job = await self._queue.get(job_id)
        if job is None or (job.order.private and job.order.user_id != asker.user_id):
            raise BadRequest(say("I do not know this request any more; start a new one with `/imagine`."))
        return job

    async def cells(self, asker: Asker, job_id: str) -> tuple[Job, list[StoredPicture]]:
        """The finished pictures of a job, one at least. Raises `BadRequest`."""
        job = await self.job(asker, job_id)
        if job.deleted_at is not None:
            raise BadRequest(say("The pictures of this request were deleted."))
        pictures = await self._queue.pictures(job.id)
        if not pictures:
            raise BadRequest(say("This request has no pictures yet; try again when they are there."))
        return job, pictures

    async def picture(self, asker: Asker, spot: Spot) -> tuple[Job, StoredPicture]:
        """The picture, whose file is there. Raises `BadRequest` and `Expired`."""
        job, pictures = await self.cells(asker, spot.job_id)
        found = next((picture for picture in pictures if picture.cell == spot.cell), None)
        if found is None:
            raise BadRequest(say("This request has no picture {number}.", number=spot.cell + 1))
        if not await self._pictures.has(found.sha256):
            raise Expired(job.id)
        return job, found

    async def own_job(self, asker: Asker, job_id: str) -> Job:
        """A job of the asker's own, or one that they keep order over. Raises `NotAllowed` for others."""
        job = await self.job(asker, job_id)
        same_guild = asker.place.guild_id is not None and asker.place.guild_id == job.order.place.guild_id
        if asker.user_id != job.order.user_id and not (asker.moderator and same_guild):
            raise NotAllowed(say("Only the member who asked, or a moderator, can do this."))
        return job
