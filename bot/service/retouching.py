"""New pictures from old ones: again, varied, seen from further away, redrawn in part, or larger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from bot.domain.policy.actors import Action
from bot.domain.words import Words
from bot.errors import PictureGone
from bot.service.asker import Asker, Spot, Submitted
from bot.service.finding import Finder
from bot.service.making import Reading, again, derive, enlarged, from_picture
from bot.service.orders import Orders, new_seed
from bot.service.warden import Warden
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from engine.sentence import say

_STRENGTHS = {Origin.VARY_SUBTLE: VARY_SUBTLE, Origin.VARY_STRONG: VARY_STRONG}


@dataclass(frozen=True, slots=True)
class _Source:
    """The picture that something is made from, by whom, and what may be made of it there."""

    asker: Asker
    job: Job
    picture: StoredPicture
    inventory: Inventory

    @property
    def most(self) -> int:
        """Pixels."""
        return self.inventory.limits.max_pixels

    @property
    def size(self) -> tuple[int, int]:
        """In which the picture is drawn anew."""
        return fitted(self.picture.width, self.picture.height, self.most)

    def words(self, strength: float) -> Words:
        """The words of its request, for pictures that start from it."""
        return from_picture(self.job.order.drawing, self.picture, self.inventory, strength)


class Retouching:
    """Each makes a job of the asker's own. `change` is what they say instead of the old words.

    Raises `BadRequest`, `NotAllowed`, `QueueFull`, `PictureGone` where a file that it needs is gone, and of that
    `Expired` where the picture can be drawn again.
    """

    def __init__(
        self,
        orders: Orders,
        pictures: PictureStore,
        members: MemberStore,
        finder: Finder,
        warden: Warden,
    ) -> None:
        self._orders, self._pictures, self._members = orders, pictures, members
        self._finder, self._warden = finder, warden

    async def reroll(self, asker: Asker, job_id: str, change: Words | None = None) -> Submitted:
        """The same request with new seeds, and with other words where some are said."""
        job = await self._job(asker, job_id, Action.REMIX if change else Action.REROLL)
        drawing = job.order.drawing
        if change is None:
            return await self._orders.submit(
                asker, Reading(again(drawing), replace(drawing, seed=new_seed()), ()), Origin.REROLL, job
            )
        reading = await self._derive(asker, job, again(drawing), change)
        return await self._orders.submit(asker, reading, Origin.REMIX, job)

    async def redraw(self, asker: Asker, job_id: str) -> Submitted:
        """The same pictures again: in exact mode to the byte, which also brings expired files back."""
        job = await self._job(asker, job_id, Action.REROLL)
        drawing = job.order.drawing
        return await self._orders.submit(asker, Reading(again(drawing), drawing, ()), Origin.REDRAW, job)

    async def vary(self, asker: Asker, spot: Spot, origin: Origin, change: Words | None = None) -> Submitted:
        """New pictures like this one; the origin is `VARY_SUBTLE` or `VARY_STRONG`."""
        source = await self._source(asker, spot, Action.VARY)
        return await self._submit(source, origin, source.words(_STRENGTHS[origin]), change)

    async def zoom(self, asker: Asker, spot: Spot, factor: float, change: Words | None = None) -> Submitted:
        """The picture from further away: it shrinks by the factor, and what is around it is drawn."""
        source = await self._source(asker, spot, Action.ZOOM)
        return await self._extend(source, Origin.ZOOM, zoomed_out(*source.size, factor), change)

    async def square(self, asker: Asker, spot: Spot) -> Submitted:
        """The picture with its shorter side extended to a square."""
        source = await self._source(asker, spot, Action.ZOOM)
        canvas = squared(source.picture.width, source.picture.height, source.most)
        return await self._extend(source, Origin.SQUARE, canvas)

    async def pan(self, asker: Asker, spot: Spot, direction: Direction) -> Submitted:
        """The picture with more to see on one side."""
        source = await self._source(asker, spot, Action.ZOOM)
        canvas = panned(source.picture.width, source.picture.height, direction, source.most)
        return await self._extend(source, Origin.PAN, canvas)

    async def region(
        self, asker: Asker, spot: Spot, cells: Sequence[int], mask_sha256: str | None, change: Words | None
    ) -> Submitted:
        """A part of the picture drawn anew: cells 1 to 9 of a 3 × 3 grid, or where an uploaded mask is white."""
        source = await self._source(asker, spot, Action.REGION)
        if mask_sha256 is None:
            mask = await region_mask(*source.size, cell_boxes(*source.size, cells))
            mask_sha256 = await self._pictures.put(mask)
        words = replace(source.words(REGION), mask_sha256=mask_sha256)
        return await self._submit(source, Origin.VARY_REGION, words, change)

    async def upscale(self, asker: Asker, spot: Spot, factor: int) -> Submitted:
        """The picture, 2 or 4 times as large."""
        source = await self._source(asker, spot, Action.UPSCALE)
        drawing = enlarged(source.job.order.drawing, source.picture, factor, source.inventory)
        reading = Reading(again(drawing), drawing, ())
        return await self._orders.submit(asker, reading, Origin.UPSCALE, source.job, spot.cell)

    async def _source(self, asker: Asker, spot: Spot, action: Action) -> _Source:
        job, picture = await self._finder.picture(asker, spot, action)
        return _Source(asker, job, picture, (await self._warden.offer(asker)).inventory)

    async def _job(self, asker: Asker, job_id: str, action: Action) -> Job:
        """With the files that it started from. Raises `PictureGone`."""
        job = await self._finder.job(asker, job_id, action)
        for sha256 in filter(None, (job.order.drawing.image_sha256, job.order.drawing.mask_sha256)):
            if not await self._pictures.has(sha256):
                raise PictureGone(
                    say(
                        "The picture that this request started from has expired, so it cannot be drawn again."
                    )
                )
        return job

    async def _extend(
        self, source: _Source, origin: Origin, canvas: Canvas, change: Words | None = None
    ) -> Submitted:
        start, mask = await extended(await self._pictures.get(source.picture.sha256), canvas)
        words = replace(
            source.words(OUTPAINT),
            aspect=f"{canvas.width}x{canvas.height}",
            image_sha256=await self._pictures.put(start),
            mask_sha256=await self._pictures.put(mask),
        )
        return await self._submit(source, origin, words, change)

    async def _submit(self, source: _Source, origin: Origin, words: Words, change: Words | None) -> Submitted:
        reading = await self._derive(source.asker, source.job, words, change)
        return await self._orders.submit(source.asker, reading, origin, source.job, source.picture.cell)

    async def _derive(self, asker: Asker, job: Job, words: Words, change: Words | None) -> Reading:
        shortcuts = await self._members.shortcuts(asker.user_id) if change else {}
        inventory = (await self._warden.offer(asker)).inventory
        return derive(words, change, shortcuts, inventory, job.order.drawing, new_seed())
