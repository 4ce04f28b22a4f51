"""Pictures that are there: showing, copying, keeping and deleting them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.cells import Cell, load_cells
from bot.dispatch import Dispatcher
from bot.domain.album import Entry, Page
from bot.domain.job import Job, Placeholder, State, StoredPicture
from bot.domain.policy.actors import Action
from bot.domain.reproduce import words_of
from bot.domain.status import Ended
from bot.domain.syntax import render
from bot.errors import Expired, PictureGone
from bot.provenance import Seal
from bot.service.asker import Asker, Spot
from bot.service.finding import Finder
from bot.sketch import sheet, shrunk_file
from bot.storage.album import AlbumStore
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from engine.events import Picture
from engine.sentence import say

PAGE_SIZE = 6
_SHEET_COLUMNS = 3


class Album:
    """Raises `BadRequest` where something is not known here, and `Expired` where a file is gone."""

    def __init__(
        self,
        album: AlbumStore,
        queue: JobQueue,
        pictures: PictureStore,
        postings: Postings,
        finder: Finder,
        dispatcher: Dispatcher,
        seal: Seal | None,
    ) -> None:
        self._album, self._queue, self._pictures, self._postings = album, queue, pictures, postings
        self._finder, self._dispatcher, self._seal = finder, dispatcher, seal

    async def shown_in(self, job_id: str, message: Placeholder) -> None:
        """A message that shows pictures of this job is there, beside the job's own."""
        await self._postings.note(job_id, message)

    async def show(self, asker: Asker, job_id: str) -> tuple[Job, list[Cell]]:
        """All pictures of a job that may be shown here."""
        job, pictures = await self._finder.shown(asker, job_id)
        return job, await self._loaded(asker, job, pictures)

    async def show_one(self, asker: Asker, spot: Spot) -> tuple[Job, Cell]:
        """One picture of a job."""
        job, picture = await self._finder.shown_one(asker, spot)
        (cell,) = await self._loaded(asker, job, [picture])
        return job, cell

    async def letter(self, asker: Asker, job_id: str, cell: int | None = None) -> tuple[Job, list[Cell]]:
        """One picture of a job, or all, as far as they may be shown here and sent as a direct message."""
        if cell is None:
            job, pictures = await self._finder.shown(asker, job_id)
        else:
            job, picture = await self._finder.shown_one(asker, Spot(job_id, cell))
            pictures = [picture]
        job, pictures = await self._finder.mailed(asker, job, pictures)
        return job, await self._loaded(asker, job, pictures)

    async def picture(self, asker: Asker, spot: Spot, action: Action) -> StoredPicture:
        """What is known of a picture whose file is there."""
        _, picture = await self._finder.picture(asker, spot, action)
        return picture

    async def job(self, asker: Asker, spot: Spot, action: Action) -> Job:
        """The job that a picture is of, whatever its state."""
        return await self._finder.job(asker, spot.job_id, action)

    async def job_of_picture(self, asker: Asker, spot: Spot, action: Action) -> Job:
        """The same, where the picture's file is there."""
        job, _ = await self._finder.picture(asker, spot, action)
        return job

    async def line(self, asker: Asker, spot: Spot, *, whole: bool) -> str:
        """The words for `/imagine` that draw this picture again, or with `whole` the grid that it is in."""
        drawing = (await self._finder.job(asker, spot.job_id, Action.SHOW)).order.drawing
        words = words_of(drawing, 0 if whole else spot.cell)
        return render(replace(words, count=drawing.count) if whole else words)

    async def toggle_favourite(self, asker: Asker, spot: Spot) -> bool:
        """Whether the picture is one of the member's favourites now."""
        job, _ = await self._finder.cells(asker, spot.job_id, Action.FAVOURITE)
        return await self._album.toggle_favourite(asker.user_id, job.id, spot.cell)

    async def keep(self, asker: Asker, spot: Spot) -> None:
        """Make the picture a favourite of the member's, if it is none yet."""
        job, _ = await self._finder.cells(asker, spot.job_id, Action.FAVOURITE)
        await self._album.keep(asker.user_id, job.id, spot.cell)

    async def hide(self, asker: Asker, job_id: str) -> tuple[Job, list[Cell]]:
        """Behind a spoiler from now on. Raises `NotAllowed` to all but its owner and moderators."""
        job, pictures = await self._finder.cells(asker, job_id, Action.DELETE)
        await self._queue.hide(job.id)
        hidden = replace(job, order=replace(job.order, spoiler=True))
        return hidden, await self._loaded(asker, job, pictures)

    async def delete(self, asker: Asker, job_id: str) -> None:
        """Take a job's pictures away for good. Raises `NotAllowed` to all but its owner and moderators."""
        job = await self._finder.job(asker, job_id, Action.DELETE)
        await self._album.remove(job.id)
        self._dispatcher.withdraw(job, Ended(State.REFUSED, say("These pictures were deleted.")))

    async def history(self, asker: Asker, search: str, page: int) -> Page:
        """The asker's own pictures, newest first; pages count from 1."""
        return await self._album.history(asker.user_id, search or None, page, PAGE_SIZE)

    async def favourites(self, asker: Asker, search: str, page: int) -> Page:
        """The pictures that the asker keeps, newest first; pages count from 1."""
        return await self._album.favourites(asker.user_id, search or None, page, PAGE_SIZE)

    async def thumbnails(self, asker: Asker, page: Page) -> bytes | None:
        """An encoded picture of the first picture of each entry that may be shown here; none where none is there."""
        firsts = [await self._thumbnail(asker, entry) for entry in page.entries]
        return await asyncio.to_thread(sheet, firsts, 1, 1, _SHEET_COLUMNS) if any(firsts) else None

    async def _thumbnail(self, asker: Asker, entry: Entry) -> Picture | None:
        job, seen = await self._finder.seen(asker, entry.job, entry.pictures)
        if job.order.spoiler or not seen:
            return None
        try:
            return await asyncio.to_thread(shrunk_file, await self._pictures.get(seen[0].sha256))
        except (PictureGone, OSError):
            return None

    async def _loaded(self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]) -> list[Cell]:
        """Raises `Expired`."""
        try:
            return await load_cells(self._pictures, pictures, asker.upload_limit, self._seal)
        except PictureGone:
            raise Expired(job.id) from None

    async def by_message(self, asker: Asker, message_id: int) -> Job | None:
        """The job whose message this is, where the asker may know it."""
        job = await self._album.by_message(message_id)
        return None if job is None else await self._finder.record(asker, job)

    async def job_id(self, message_id: int) -> str | None:
        """Of the job whose message this is; none where it is no message of ours."""
        job = await self._album.by_message(message_id)
        return None if job is None else job.id
