"""Pictures that are there: showing, copying, keeping, deleting and reporting them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.cells import Cell, load_cells
from bot.domain.album import Entry, Page, Report
from bot.domain.job import Job
from bot.domain.reproduce import words_of
from bot.domain.syntax import render
from bot.errors import Expired, PictureGone
from bot.service.asker import Asker, Spot
from bot.service.finding import Finder
from bot.sketch import sheet, shrunk_file
from bot.storage.album import AlbumStore
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from engine.events import Picture

PAGE_SIZE = 6
_SHEET_COLUMNS = 3


class Album:
    """Raises `BadRequest` where something is not known here, and `Expired` where a file is gone."""

    def __init__(
        self, album: AlbumStore, pictures: PictureStore, members: MemberStore, finder: Finder
    ) -> None:
        self._album, self._pictures, self._members, self._finder = album, pictures, members, finder

    async def show(self, asker: Asker, job_id: str) -> tuple[Job, list[Cell]]:
        """All pictures of a job."""
        job, pictures = await self._finder.cells(asker, job_id)
        try:
            return job, await load_cells(self._pictures, pictures, asker.upload_limit)
        except PictureGone:
            raise Expired(job.id) from None

    async def show_one(self, asker: Asker, spot: Spot) -> tuple[Job, Cell]:
        """One picture of a job."""
        job, picture = await self._finder.picture(asker, spot)
        (cell,) = await load_cells(self._pictures, [picture], asker.upload_limit)
        return job, cell

    async def job(self, asker: Asker, spot: Spot) -> Job:
        """The job that a picture is of, whatever its state."""
        return await self._finder.job(asker, spot.job_id)

    async def job_of_picture(self, asker: Asker, spot: Spot) -> Job:
        """The same, where the picture's file is there."""
        job, _ = await self._finder.picture(asker, spot)
        return job

    async def line(self, asker: Asker, spot: Spot, *, whole: bool) -> str:
        """The words for `/imagine` that draw this picture again, or with `whole` the grid that it is the first of."""
        drawing = (await self._finder.job(asker, spot.job_id)).order.drawing
        words = words_of(drawing, spot.cell)
        return render(replace(words, count=drawing.count) if whole else words)

    async def toggle_favourite(self, asker: Asker, spot: Spot) -> bool:
        """Whether the picture is one of the member's favourites now."""
        job, _ = await self._finder.cells(asker, spot.job_id)
        return await self._album.toggle_favourite(asker.user_id, job.id, spot.cell)

    async def keep(self, asker: Asker, spot: Spot) -> None:
        """Make the picture a favourite of the member's, if it is none yet."""
        job, _ = await self._finder.cells(asker, spot.job_id)
        await self._album.keep(asker.user_id, job.id, spot.cell)

    async def hide(self, asker: Asker, job_id: str) -> tuple[Job, list[Cell]]:
        """Behind a spoiler from now on. Raises `NotAllowed` to all but its owner and moderators."""
        job = await self._finder.own_job(asker, job_id)
        await self._album.hide(job.id)
        return await self.show(asker, job.id)

    async def delete(self, asker: Asker, job_id: str) -> None:
        """Take a job's pictures away for good. Raises `NotAllowed` to all but its owner and moderators."""
        job = await self._finder.own_job(asker, job_id)
        await self._album.remove(job.id)

    async def history(self, asker: Asker, search: str, page: int) -> Page:
        """The asker's own pictures, newest first; pages count from 1."""
        return await self._album.history(asker.user_id, search or None, page, PAGE_SIZE)

    async def favourites(self, asker: Asker, search: str, page: int) -> Page:
        """The pictures that the asker keeps, newest first; pages count from 1."""
        return await self._album.favourites(asker.user_id, search or None, page, PAGE_SIZE)

    async def thumbnails(self, page: Page) -> bytes | None:
        """An encoded picture of the first picture of each entry; none where no file is there any more."""
        firsts = [await self._thumbnail(entry) for entry in page.entries]
        return await asyncio.to_thread(sheet, firsts, 1, 1, _SHEET_COLUMNS) if any(firsts) else None

    async def _thumbnail(self, entry: Entry) -> Picture | None:
        if entry.job.order.spoiler:
            return None
        try:
            return await asyncio.to_thread(shrunk_file, await self._pictures.get(entry.pictures[0].sha256))
        except (PictureGone, OSError):
            return None

    async def by_message(self, asker: Asker, message_id: int) -> Job | None:
        """The job whose message this is, where the asker may know it."""
        job = await self._album.by_message(message_id)
        return None if job is None else await self._finder.job(asker, job.id)

    async def report(self, report: Report) -> None:
        """Write down that a member finds a message wrong."""
        await self._members.report(report)
