"""The use cases: what a member can ask of the studio. The user interface calls nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.dispatch import Dispatcher
from bot.domain.job import TRANSITIONS, Job, Order, Place, Placeholder, State
from bot.domain.params import Drawing, Limits, ModelDefaults, Words, resolve
from bot.domain.status import Waiting
from bot.errors import BadRequest, NotAllowed
from bot.ingest import check_before_download, to_png
from bot.storage.jobs import JobQueue, QueueCaps
from bot.storage.pictures import PictureStore
from engine.request import MAX_SEED

_MIB = 2**20
_GONE = "I do not know this request any more; start a new one with `/imagine`."


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, and with which interaction. `upload_limit` is bytes."""

    interaction_id: int
    user_id: int
    place: Place
    locale: str
    upload_limit: int
    moderator: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was written down, and where it stands."""

    job: Job
    status: Waiting


class Studio:
    """Everything a member can do; errors are `AtelierError`s with a sentence for them."""

    def __init__(
        self,
        queue: JobQueue,
        pictures: PictureStore,
        dispatcher: Dispatcher,
        *,
        models: Mapping[str, ModelDefaults],
        limits: Limits,
        caps: QueueCaps,
        max_upload_mib: float,
    ) -> None:
        self._queue, self._pictures, self._dispatcher = queue, pictures, dispatcher
        self._models, self._limits, self._caps = models, limits, caps
        self._max_upload = int(max_upload_mib * _MIB)

    @property
    def models(self) -> list[ModelDefaults]:
        """What members may choose; the first is the default."""
        return list(self._models.values())

    def check_upload(self, filename: str, size: int, content_type: str | None) -> None:
        """Refuse an attachment by what it declares, before it is fetched."""
        check_before_download(filename, size, content_type, self._max_upload)

    def check(self, words: Words) -> Drawing:
        """Refuse words that cannot become a drawing, before anything else is done with them."""
        return resolve(words, self._models, self._limits, secrets.randbelow(MAX_SEED + 1))

    async def keep_picture(self, data: bytes, filename: str) -> str:
        """Check a member's picture and keep it; its hash goes into `Words.image_sha256`."""
        return await self._pictures.put(await to_png(data, filename))

    async def imagine(self, asker: Asker, words: Words) -> Submitted:
        """Write a job down. The same interaction gives the same job."""
        return await self._submit(asker, self.check(words))

    async def reroll(self, asker: Asker, job_id: str) -> Submitted:
        """The same request with new seeds, as the asker's own job."""
        job = await self._job(job_id)
        seed = secrets.randbelow(MAX_SEED + 1)
        return await self._submit(asker, replace(job.order.drawing, seed=seed), parent_id=job.id)

    async def answered(self, job: Job, placeholder: Placeholder) -> None:
        """The member has seen the first answer, in this message; from here on the job may be drawn."""
        await self._queue.set_placeholder(job.id, placeholder)
        self._dispatcher.wake()
        await self._dispatcher.show_positions()

    async def unanswered(self, job: Job) -> None:
        """The member never saw an answer, so there is nothing to wait for and nothing is drawn."""
        await self._queue.cancel(job.id)

    async def cancel(self, asker: Asker, job_id: str) -> Job:
        """Cancel a waiting or running job of the asker's own, or any as a moderator."""
        job = await self._job(job_id)
        if asker.user_id != job.order.user_id and not asker.moderator:
            raise NotAllowed("Only the member who asked, or a moderator, can cancel this.")
        if State.CANCELLED not in TRANSITIONS[job.state]:
            raise BadRequest(f"This request is {job.state.value} already; there is nothing left to cancel.")
        cancelled = await self._queue.cancel(job_id)
        await self._dispatcher.cancelled(cancelled)
        return cancelled

    async def cancel_all(self, asker: Asker) -> int:
        """Cancel all of the asker's own jobs; the number of them."""
        jobs = await self._queue.active_of_user(asker.user_id)
        for job in jobs:
            await self.cancel(asker, job.id)
        return len(jobs)

    async def own_jobs(self, user_id: int) -> list[tuple[Job, Waiting | None]]:
        """The asker's waiting and running jobs with their places in the queue, none while running."""
        places = {job.id: place for job, place in await self._dispatcher.line()}
        return [(job, places.get(job.id)) for job in await self._queue.active_of_user(user_id)]

    async def load(self) -> tuple[int, int, float | None]:
        """Running jobs, waiting jobs, and the estimated seconds until all are drawn."""
        counts = await self._queue.counts()
        return counts[State.RUNNING], counts[State.QUEUED], await self._dispatcher.seconds_left()

    async def _submit(self, asker: Asker, drawing: Drawing, parent_id: str | None = None) -> Submitted:
        order = Order(
            interaction_id=asker.interaction_id,
            user_id=asker.user_id,
            place=asker.place,
            locale=asker.locale,
            drawing=drawing,
            lane=f"user:{asker.user_id}",
            upload_limit=asker.upload_limit,
            parent_id=parent_id,
        )
        job = await self._queue.submit(order, self._caps)
        places = {waiting.id: place for waiting, place in await self._dispatcher.line()}
        return Submitted(job, places.get(job.id, Waiting(1, None)))

    async def _job(self, job_id: str) -> Job:
        job = await self._queue.get(job_id)
        if job is None:
            raise BadRequest(_GONE)
        return job
