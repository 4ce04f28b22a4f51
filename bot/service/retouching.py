"""New pictures from old ones: again, varied, seen from further away, redrawn in part, or larger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.canvas import extended, region_mask
from bot.domain.canvas import (
    OUTPAINT,
    REGION,
    VARY_STRONG,
    VARY_SUBTLE,
    Canvas,
    Direction,
    cell_boxes,
    panned,
    squared,
    zoomed_out,
)
from bot.domain.inventory import Inventory
from bot.domain.job import Job, Origin, StoredPicture
from bot.domain.params import fitted
from bot.domain.words import Words
from bot.errors import PictureGone
from bot.service.asker import Asker, Spot, Submitted
from bot.service.finding import Finder
from bot.service.making import Reading, again, derive, enlarged, from_picture
from bot.service.orders import Orders, new_seed
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from engine.sentence import say

_STRENGTHS = {Origin.VARY_SUBTLE: VARY_SUBTLE, Origin.VARY_STRONG: VARY_STRONG}


class Retouching:
    """Each makes a job of the asker's own. `change` is what they say instead of the old words.

    Raises `BadRequest`, `Expired` where the picture's file is gone, and `QueueFull`.
    """

    def __init__(
        self,
        orders: Orders,
        pictures: PictureStore,
        members: MemberStore,
        finder: Finder,
        inventory: Inventory,
    ) -> None:
        self._orders, self._pictures, self._members = orders, pictures, members
        self._finder, self._inventory = finder, inventory

    async def reroll(self, asker: Asker, job_id: str, change: Words | None = None) -> Submitted:
        """The same request with new seeds, and with other words where some are said."""
        job = await self._job(asker, job_id)
        drawing = job.order.drawing
        if change is None:
            return await self._orders.submit(
                asker, Reading(again(drawing), replace(drawing, seed=new_seed()), ()), Origin.REROLL, job
            )
        reading = await self._derive(asker, job, again(drawing), change)
        return await self._orders.submit(asker, reading, Origin.REMIX, job)

    async def redraw(self, asker: Asker, job_id: str) -> Submitted:
        """The same pictures again: in exact mode to the byte, which also brings expired files back."""
        job = await self._job(asker, job_id)
        drawing = job.order.drawing
        return await self._orders.submit(asker, Reading(again(drawing), drawing, ()), Origin.REDRAW, job)

    async def vary(self, asker: Asker, spot: Spot, origin: Origin, change: Words | None = None) -> Submitted:
        """New pictures like this one; the origin is `VARY_SUBTLE` or `VARY_STRONG`."""
        job, picture = await self._finder.picture(asker, spot)
        words = from_picture(job.order.drawing, picture, self._inventory, _STRENGTHS[origin])
        return await self._submit(asker, job, picture, origin, words, change)

    async def zoom(self, asker: Asker, spot: Spot, factor: float, change: Words | None = None) -> Submitted:
        """The picture from further away: it shrinks by the factor, and what is around it is drawn."""
        job, picture = await self._finder.picture(asker, spot)
        canvas = zoomed_out(*self._size(picture), factor)
        return await self._extend(asker, job, picture, Origin.ZOOM, canvas, change)

    async def square(self, asker: Asker, spot: Spot) -> Submitted:
        """The picture with its shorter side extended to a square."""
        job, picture = await self._finder.picture(asker, spot)
        canvas = squared(picture.width, picture.height, self._most)
        return await self._extend(asker, job, picture, Origin.SQUARE, canvas)

    async def pan(self, asker: Asker, spot: Spot, direction: Direction) -> Submitted:
        """The picture with more to see on one side."""
        job, picture = await self._finder.picture(asker, spot)
        canvas = panned(picture.width, picture.height, direction, self._most)
        return await self._extend(asker, job, picture, Origin.PAN, canvas)

    async def region(
        self, asker: Asker, spot: Spot, cells: Sequence[int], mask_sha256: str | None, change: Words | None
    ) -> Submitted:
        """A part of the picture drawn anew: cells 1 to 9 of a 3 × 3 grid, or where an uploaded mask is white."""
        job, picture = await self._finder.picture(asker, spot)
        if mask_sha256 is None:
            size = self._size(picture)
            mask_sha256 = await self._pictures.put(await region_mask(*size, cell_boxes(*size, cells)))
        words = from_picture(job.order.drawing, picture, self._inventory, REGION)
        words = replace(words, mask_sha256=mask_sha256)
        return await self._submit(asker, job, picture, Origin.VARY_REGION, words, change)

    async def upscale(self, asker: Asker, spot: Spot, factor: int) -> Submitted:
        """The picture, 2 or 4 times as large."""
        job, picture = await self._finder.picture(asker, spot)
        drawing = enlarged(job.order.drawing, picture, factor, self._inventory)
        reading = Reading(again(drawing), drawing, ())
        return await self._orders.submit(asker, reading, Origin.UPSCALE, job, spot.cell)

    async def _job(self, asker: Asker, job_id: str) -> Job:
        """With the files that it started from. Raises `PictureGone`."""
        job = await self._finder.job(asker, job_id)
        for sha256 in filter(None, (job.order.drawing.image_sha256, job.order.drawing.mask_sha256)):
            if not await self._pictures.has(sha256):
                raise PictureGone(
                    say(
                        "The picture that this request started from has expired, so it cannot be drawn again."
                    )
                )
        return job

    def _size(self, picture: StoredPicture) -> tuple[int, int]:
        """In which a picture is drawn anew."""
        return fitted(picture.width, picture.height, self._most)

    @property
    def _most(self) -> int:
        return self._inventory.limits.max_pixels

    async def _extend(
        self,
        asker: Asker,
        job: Job,
        picture: StoredPicture,
        origin: Origin,
        canvas: Canvas,
        change: Words | None = None,
    ) -> Submitted:
        start, mask = await extended(await self._pictures.get(picture.sha256), canvas)
        words = replace(
            from_picture(job.order.drawing, picture, self._inventory, OUTPAINT),
            aspect=f"{canvas.width}x{canvas.height}",
            image_sha256=await self._pictures.put(start),
            mask_sha256=await self._pictures.put(mask),
        )
        return await self._submit(asker, job, picture, origin, words, change)

    async def _submit(
        self,
        asker: Asker,
        job: Job,
        picture: StoredPicture,
        origin: Origin,
        words: Words,
        change: Words | None,
    ) -> Submitted:
        reading = await self._derive(asker, job, words, change)
        return await self._orders.submit(asker, reading, origin, job, picture.cell)

    async def _derive(self, asker: Asker, job: Job, words: Words, change: Words | None) -> Reading:
        shortcuts = await self._members.shortcuts(asker.user_id) if change else {}
        return derive(words, change, shortcuts, self._inventory, job.order.drawing, new_seed())
