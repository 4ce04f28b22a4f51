"""Draws one job: its cells go through the engine together, and each picture is stored as soon as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from PIL import Image

from bot.delivery import Delivery
from bot.domain.drawing import Drawing
from bot.domain.job import Lease, StoredPicture
from bot.domain.pace import Pace
from bot.domain.safety import Safety
from bot.domain.showing import why_withheld
from bot.errors import LostLease, NotAllowed, PictureGone
from bot.progress import Run
from bot.provenance import fingerprint_of, png
from bot.sketch import shrunk, shrunk_file
from bot.storage.jobs import JobQueue
from bot.storage.moderation import TakedownStore
from bot.storage.pictures import PictureStore
from engine.events import Event, Failed, Finished, Progress
from engine.request import ImageRequest, UpscaleMethod, UpscaleRequest

LEASE_MS = 10 * 60_000  # renewed as long as its run lives; a crash frees leases at the next start


class Engine(Protocol):
    """What is needed of `engine.executor.Executor`."""

    def submit(self, request: ImageRequest | UpscaleRequest) -> AsyncIterator[Event]: ...

    def cancel(self, request_id: str) -> bool: ...


class Setback(Exception):
    """A cell that did not become a picture; `final` when trying again cannot help."""

    def __init__(self, sentence: str, *, final: bool) -> None:
        super().__init__(sentence)
        self.final = final


class Worker:
    """`preview_every` is the number of denoising steps between two previews of a picture; 0 shows none."""

    def __init__(
        self,
        queue: JobQueue,
        engine: Engine,
        pictures: PictureStore,
        takedowns: TakedownStore,
        delivery: Delivery,
        pace: Pace,
        *,
        preview_every: int = 0,
        publish_words: bool = True,
        upscaling: UpscaleMethod = UpscaleMethod.TILES,
        renew_every_s: float = 5.0,
    ) -> None:
        self._queue, self._engine = queue, engine
        self._pictures, self._takedowns = pictures, takedowns
        self._delivery, self._pace, self._upscaling = delivery, pace, upscaling
        self._publish_words = publish_words
        self.preview_every, self._renew_every_s = preview_every, renew_every_s

    async def draw(self, run: Run) -> bool:
        """Draw what is missing and leave the job ready; whether it may be shown before a moderator has seen it.

        Raises `Setback`, `LostLease`, `RequestError`, `PictureGone`, and `NotAllowed` where nothing may be shown.
        """
        drawing = run.job.order.drawing
        missing = await self._missing_cells(run)
        self._delivery.show(run.job, run.status())
        image, mask = await self._file(drawing.image_sha256), await self._file(drawing.mask_sha256)
        requests = [(cell, self._request(run, cell, image, mask)) for cell in missing]
        try:
            async with asyncio.TaskGroup() as work:
                keeper = work.create_task(self._keep(run))
                cells = [work.create_task(self._draw_cell(run, *each)) for each in requests]
                if cells:
                    await asyncio.wait(cells)
                keeper.cancel()
        except ExceptionGroup as group:  # the first one that fails takes the others with it
            raise group.exceptions[0] from None
        return await self._finish(run)

    def stop(self, run: Run) -> None:
        """Take its cells out of the engine."""
        for request_id in run.request_ids():
            self._engine.cancel(request_id)

    async def _finish(self, run: Run) -> bool:
        cells = await self._queue.cells(run.job.id)
        if (reason := why_withheld(cells)) is not None:
            raise NotAllowed(reason)
        flagged = any(cell.flagged for cell in cells)
        if flagged and run.safety is Safety.REVIEW:
            await self._queue.hold(run.lease)
            return False
        if flagged and run.safety is Safety.SPOILER:
            await self._queue.hide(run.job.id)
        await self._queue.finish(run.lease)
        return True

    async def _missing_cells(self, run: Run) -> list[int]:
        """The cells that an earlier attempt has not stored; those that it has are part of the sketch."""
        missing = set(range(run.job.order.drawing.count))
        for picture in await self._queue.cells(run.job.id):
            missing.remove(picture.cell)
            run.finish(picture.cell)
            if run.previews and not (picture.flagged or picture.withheld):
                with suppress(PictureGone, OSError):  # a sketch is not worth a job
                    data = await self._pictures.get(picture.sha256)
                    run.sketch(picture.cell, await asyncio.to_thread(shrunk_file, data))
        return sorted(missing)

    async def _file(self, sha256: str | None) -> bytes | None:
        return None if sha256 is None else await self._pictures.get(sha256)

    def _request(
        self, run: Run, cell: int, image: bytes | None, mask: bytes | None
    ) -> ImageRequest | UpscaleRequest:
        drawing, request_id, check = run.job.order.drawing, run.request_id(cell), run.safety is not Safety.OFF
        if drawing.upscale > 1 and image is not None:
            upscale = drawing.upscale_request(request_id, cell, image, self._upscaling)
            return replace(upscale, check=check)
        request = drawing.request(request_id, cell, image, mask, self.preview_every)
        return replace(request, check=check)

    async def _draw_cell(self, run: Run, cell: int, request: ImageRequest | UpscaleRequest) -> None:
        measure = self._pace.begin(run.job.order.drawing)
        async for event in self._engine.submit(request):
            match event:
                case Progress(step=step, total=total):
                    measure.reached(step / total)
                    run.advance(cell, event)
                    self._delivery.show(run.job, run.status())
                case Finished():
                    seconds = measure.finished() or event.seconds
                    await self._store(run, cell, event, seconds, request.image)
                case Failed(cancelled=True):
                    raise LostLease(event.sentence)
                case Failed():
                    raise Setback(event.sentence, final=event.refused)

    async def _store(self, run: Run, cell: int, event: Finished, seconds: float, start: bytes | None) -> None:
        drawing, picture = run.job.order.drawing, event.picture
        request_id = "" if self._publish_words else run.job.id
        data, looks = await asyncio.to_thread(_encoded, event, drawing, cell, start, request_id)
        name, blocked = sha256(data).hexdigest(), event.flagged and run.safety is Safety.BLOCK
        withheld = blocked or await self._takedowns.is_taken_down(name, looks)
        stored = StoredPicture(
            cell=cell,
            seed=drawing.cell_seed(cell),
            sha256="" if withheld else name,
            width=picture.width,
            height=picture.height,
            seconds=seconds,
            model_hash=event.model_hash,
            upscaled_by=event.upscaled_by,
            flagged=event.flagged,
            fingerprint=looks,
        )
        await _to_its_end(self._put(run.lease, stored, data))
        run.finish(cell)
        if run.previews:
            hidden = event.flagged or withheld
            run.sketch(cell, None if hidden else await asyncio.to_thread(shrunk, picture))
        if run.finished < drawing.count:  # else the pictures themselves come next
            self._delivery.show(run.job, run.status())

    async def _put(self, lease: Lease, picture: StoredPicture, data: bytes) -> None:
        """The file first, so that no picture is without; where the job is gone by then, it goes too."""
        if not picture.withheld:
            await self._pictures.put(data)
        try:
            await self._queue.add_picture(lease, picture)
        except LostLease:
            found = await self._pictures.find([picture.sha256])
            if not await self._queue.needs(picture.sha256):
                await self._pictures.delete(found)
            raise

    async def _keep(self, run: Run) -> None:
        """Renew the lease again and again, whatever the engine does; a job that was cancelled meanwhile has none."""
        await asyncio.sleep(self._renew_every_s)
        while await self._queue.renew(run.lease, LEASE_MS):
            await asyncio.sleep(self._renew_every_s)
        raise LostLease("This job was cancelled or given to another worker.")


def _encoded(
    event: Finished, drawing: Drawing, cell: int, start: bytes | None, request_id: str
) -> tuple[bytes, int]:
    """The picture's file and its fingerprint."""
    picture = event.picture
    pixels = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    return png(event, drawing, cell, start=start, request_id=request_id), fingerprint_of(pixels)


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Though whoever waits for it is cancelled: half of it would leave a file that nobody knows of."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    finally:
        await asyncio.wait([task])
