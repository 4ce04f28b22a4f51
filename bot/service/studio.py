"""Asking for pictures with words, and taking a request back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.canvas import blended, read_mask
from bot.dispatch import Dispatcher
from bot.domain.job import Job, Origin, State
from bot.domain.policy.actors import Action
from bot.domain.policy.sentences import wrong_state
from bot.domain.status import Waiting
from bot.domain.words import Words
from bot.errors import BadRequest, NotAllowed
from bot.ingest import check_before_download, to_png
from bot.service.asker import Asker, Kept, Pending, Submitted
from bot.service.finding import Finder
from bot.service.making import Reading, read, readings
from bot.service.orders import Orders, new_seed
from bot.service.warden import Warden
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from engine.request import MAX_SEED
from engine.sentence import say

_MIB = 2**20
_BLEND_STRENGTH = 0.65


class Studio:
    """Errors are `AtelierError`s with a sentence for the member."""

    def __init__(
        self,
        orders: Orders,
        queue: JobQueue,
        pictures: PictureStore,
        members: MemberStore,
        dispatcher: Dispatcher,
        finder: Finder,
        warden: Warden,
        *,
        max_upload_mib: float,
    ) -> None:
        self._orders, self._queue, self._pictures, self._members = orders, queue, pictures, members
        self._dispatcher, self._finder = dispatcher, finder
        self._warden, self._max_upload = warden, int(max_upload_mib * _MIB)

    def check_upload(self, filename: str, size: int, content_type: str | None) -> None:
        """Refuse an attachment by what it declares, before it is fetched."""
        check_before_download(filename, size, content_type, self._max_upload)

    async def keep_picture(self, data: bytes, filename: str) -> Kept:
        """Check a member's picture and keep it."""
        picture = await to_png(data, filename)
        return Kept(await self._pictures.put(picture.png), picture.width, picture.height)

    async def keep_mask(self, data: bytes, filename: str, width: int, height: int) -> str:
        """Check a member's mask and keep it at the size of its picture; its sha256."""
        return await self._pictures.put(await read_mask(data, filename, width, height))

    async def check(self, asker: Asker, words: Words) -> None:
        """Refuse words that cannot become drawings, before anything else is done with them."""
        await self._read(asker, words)

    async def imagine(self, asker: Asker, words: Words) -> Submitted | Pending:
        """Write a job down; words that would be several jobs wait for a yes."""
        parts = await self._read(asker, words)
        if len(parts) == 1:
            return await self._orders.submit(asker, parts[0])
        draft = await self._members.put_draft(asker.user_id, words)
        drawings = [part.drawing for part in parts]
        pictures = sum(drawing.count for drawing in drawings)
        notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
        return Pending(draft, len(parts), pictures, self._dispatcher.line.seconds_for(drawings), notes)

    async def confirm(self, asker: Asker, draft_id: str) -> list[Reading]:
        """What waited for this member's yes, to be handed to `submit_part` one by one; only once."""
        words = await self._members.take_draft(draft_id, asker.user_id)
        if words is None:
            raise BadRequest(
                say("This was confirmed already, is too old or is not yours; ask again with `/imagine`.")
            )
        return await self._read(asker, words)

    async def submit_part(self, asker: Asker, reading: Reading, part: int) -> Submitted:
        """One of several jobs that one interaction asks for."""
        return await self._orders.submit(asker, reading, part=part)

    async def upscale_upload(self, asker: Asker, picture: Kept, factor: int) -> Submitted:
        """A member's own picture, 2 or 4 times as large."""
        words = Words(
            prompt="a picture",
            aspect=f"{picture.width}x{picture.height}",
            count=1,
            image_sha256=picture.sha256,
            upscale=factor,
        )
        (reading,) = await self._read(asker, words)
        return await self._orders.submit(asker, reading, Origin.UPSCALE)

    async def blend(self, asker: Asker, pictures: Sequence[Kept], words: Words) -> Submitted:
        """The average of two to five pictures, drawn over."""
        reading, *others = await self._read(asker, replace(words, strength=_BLEND_STRENGTH))
        if others:
            raise BadRequest(say("A blend is one request; leave out `{{a, b}}` and `--repeat`."))
        files = [await self._pictures.get(picture.sha256) for picture in pictures]
        start = await blended(files, reading.drawing.width, reading.drawing.height)
        drawing = replace(reading.drawing, image_sha256=await self._pictures.put(start))
        return await self._orders.submit(asker, replace(reading, drawing=drawing), Origin.BLEND)

    async def cancel(self, asker: Asker, job_id: str) -> Job:
        """Cancel a waiting or running job of the asker's own, or any of this server as a moderator.

        Raises `NotAllowed` where it has come to its end in this very moment.
        """
        cancelled = await self._cancel(asker, await self._finder.job(asker, job_id, Action.CANCEL))
        if cancelled.state is not State.CANCELLED:
            raise NotAllowed(wrong_state(Action.CANCEL, cancelled.state))
        return cancelled

    async def cancel_all(self, asker: Asker) -> int:
        """Cancel all of the asker's own jobs; how many were cancelled."""
        count = 0
        for job in await self._queue.active_of_user(asker.user_id):
            await self._warden.check(asker, Action.CANCEL, job)
            count += (await self._cancel(asker, job)).state is State.CANCELLED
        return count

    async def own_jobs(self, user_id: int) -> list[tuple[Job, Waiting | None]]:
        """The asker's waiting and running jobs with their places in the queue, none while running."""
        places = {job.id: place for job, place in await self._dispatcher.line.look()}
        return [(job, places.get(job.id)) for job in await self._queue.active_of_user(user_id)]

    async def load(self) -> tuple[int, int, float | None]:
        """Running jobs, waiting jobs, and the estimated seconds until all are drawn."""
        counts = await self._queue.counts()
        return counts[State.RUNNING], counts[State.QUEUED], await self._dispatcher.line.seconds_left()

    async def _cancel(self, asker: Asker, job: Job) -> Job:
        """The job as it stands then, which may be finished."""
        cancelled = await self._queue.cancel(job.id, by_member=job.order.user_id == asker.user_id)
        self._dispatcher.ended(cancelled)
        return cancelled

    async def _read(self, asker: Asker, words: Words) -> list[Reading]:
        """Each request that these words ask for; repeats of one seed go on where the one before ended."""
        offer = await self._warden.offer(asker)
        settings = (await self._members.preferences(asker.user_id)).known(offer.models)
        shortcuts = await self._members.shortcuts(asker.user_id)
        several = readings(words, shortcuts, offer.inventory.limits.max_batch)
        parts = [read(each, settings, shortcuts, offer.inventory, new_seed()) for each in several]
        return [_shifted(part, number) for number, part in enumerate(parts)]


def _shifted(reading: Reading, number: int) -> Reading:
    if not reading.words.repeat or reading.words.seed is None:
        return reading
    drawing = reading.drawing
    return replace(
        reading, drawing=replace(drawing, seed=(drawing.seed + number * drawing.count) % (MAX_SEED + 1))
    )
