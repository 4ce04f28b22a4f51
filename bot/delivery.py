"""Each result is shown exactly once, as an edit of the job's one message; progress edits are merged and spaced out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Protocol

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from bot.cells import Cell, load_cells
from bot.domain.job import Job, Placeholder
from bot.domain.status import Ended, Status, Working
from bot.errors import MessageGone, PictureGone, PostRefused, PostUncertain
from bot.provenance import Seal
from bot.sketch import sheet
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from engine.events import Picture
from engine.sentence import say

_log = logging.getLogger(__name__)
EDIT_INTERVAL_S = 2.0
PREVIEW_INTERVAL_S = 4.0
_TRIES = 8
_REMEMBERED = 1000  # jobs whose last word is said; a status that was under way comes within seconds
Sketches = tuple[Picture | None, ...]


class Poster(Protocol):
    """The seam to Discord. Its edits may be repeated; they raise `MessageGone`, `PostRefused` or `PostUncertain`."""

    async def show_status(self, job: Job, status: Status, preview: bytes | None) -> None:
        """A preview takes the place of the one before; without one, only a working job's message keeps it."""

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None: ...

    async def tell(self, job: Job, cells: Sequence[Cell]) -> Placeholder | None:
        """Once the pictures are shown: a ping and a copy, where the job asks for them; never twice. The copy."""

    async def find_placeholder(self, job: Job) -> Placeholder | None: ...


class Delivery:
    """Owns every change of a job's message after the first answer."""

    def __init__(
        self,
        poster: Poster,
        queue: JobQueue,
        pictures: PictureStore,
        postings: Postings,
        seal: Seal | None = None,
        interval_s: float = EDIT_INTERVAL_S,
        preview_interval_s: float = PREVIEW_INTERVAL_S,
    ) -> None:
        self._poster, self._queue, self._pictures, self._postings = poster, queue, pictures, postings
        self._seal = seal
        self._interval_s, self._preview_interval_s = interval_s, preview_interval_s
        self._lines: dict[str, _StatusLine] = {}
        self._over: deque[str] = deque(maxlen=_REMEMBERED)

    def show(self, job: Job, status: Status) -> None:
        """Show this soon, unless the last word is said; a newer status replaces one that waits for its turn."""
        if job.id in self._over:
            return
        line = self._lines.get(job.id)
        if line is None:
            line = _StatusLine(self._edit_status, self._interval_s, self._preview_interval_s)
            self._lines[job.id] = line
        line.show(job, status)

    async def end(self, job: Job, status: Ended) -> None:
        """The last word on a job that has no pictures to show."""
        await self._say_nothing_more(job.id)
        try:
            await self._repeat(lambda placed: self._poster.show_status(placed, status, None), job)
        except (MessageGone, PostRefused, PostUncertain) as error:
            _log.warning("job %s ended, but its message could not be changed: %s", job.id, error.sentence)
            if isinstance(error, PostUncertain):
                return
        await self._queue.announce(job.id)

    async def withdraw(self, job: Job, status: Ended) -> None:
        """Empty every message that shows its pictures, and say why."""
        await self._say_nothing_more(job.id)
        own = [] if job.placeholder is None else [job.placeholder]
        for message in (*own, *await self._postings.of_job(job.id)):
            try:
                placed = replace(job, placeholder=message)
                await self._repeat(lambda shown: self._poster.show_status(shown, status, None), placed)
            except MessageGone:
                continue
            except (PostRefused, PostUncertain) as error:
                _log.warning("a message of job %s could not be emptied: %s", job.id, error.sentence)

    async def find_message(self, job: Job) -> bool:
        """Look for the message of a job whose id was not written down; false when there is none."""
        try:
            found = await self._poster.find_placeholder(job)
        except (MessageGone, PostRefused, PostUncertain) as error:
            _log.warning("the message of job %s cannot be looked for: %s", job.id, error.sentence)
            return False
        if found is not None:
            await self._queue.set_placeholder(job.id, found)
        return found is not None

    async def deliver(self, job: Job) -> None:
        """Show the pictures of a ready job and write down that they are shown, or why they cannot be."""
        await self._say_nothing_more(job.id)
        job = await self._queue.get(job.id) or job  # it may be behind a spoiler by now
        try:
            pictures = await self._queue.pictures(job.id)
            cells = await load_cells(self._pictures, pictures, job.order.upload_limit, self._seal)
            await self._repeat(lambda placed: self._poster.show_pictures(placed, cells), job)
        except (MessageGone, PostRefused, PostUncertain, PictureGone) as error:
            _log.warning("job %s cannot be shown: %s", job.id, error.sentence)
            await self._queue.abandon(job.id, error.sentence)
        else:
            await self._queue.deliver(job.id)
            await self._tell(job, cells)

    async def close(self) -> None:
        """Stop all status edits; results that are not yet shown stay ready in the queue."""
        for job_id in list(self._lines):
            await self._say_nothing_more(job_id)

    async def _tell(self, job: Job, cells: Sequence[Cell]) -> None:
        """Not worth a retry: the pictures are there."""
        try:
            copy = await self._poster.tell(await self._placed(job), cells)
            if copy is not None:
                await self._postings.note(job.id, copy)
        except (MessageGone, PostRefused, PostUncertain) as error:
            _log.info("the member of job %s was not told: %s", job.id, error.sentence)

    async def _say_nothing_more(self, job_id: str) -> None:
        """No status edit of this job comes after this returns."""
        self._over.append(job_id)
        line = self._lines.pop(job_id, None)
        if line is not None:
            await line.close()

    async def _edit_status(self, job: Job, status: Status, sketches: Sketches) -> None:
        preview = await self._preview(job, sketches) if sketches else None
        try:
            await self._poster.show_status(await self._placed(job), status, preview)
        except (MessageGone, PostRefused, PostUncertain) as error:
            _log.info("a status edit of job %s was lost: %s", job.id, error.sentence)

    async def _preview(self, job: Job, sketches: Sketches) -> bytes | None:
        """None where it cannot be: a preview is not worth a job."""
        drawing = job.order.drawing
        try:
            data = await asyncio.to_thread(sheet, sketches, drawing.width, drawing.height)
        except (ValueError, OSError) as error:
            _log.warning("a preview of job %s cannot be shown: %s", job.id, error)
            return None
        return data if len(data) <= job.order.upload_limit else None

    async def _repeat(self, edit: Callable[[Job], Awaitable[None]], job: Job) -> None:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(PostUncertain),
            wait=wait_exponential_jitter(multiplier=0.5, max=30),
            stop=stop_after_attempt(_TRIES),
            reraise=True,
        )
        placed = await self._placed(job)
        async for attempt in retrying:
            with attempt:
                await edit(placed)

    async def _placed(self, job: Job) -> Job:
        """The job with its message, which it may have been given after it was read."""
        fresh = job if job.placeholder else await self._queue.get(job.id)
        if fresh is None or fresh.placeholder is None:
            raise MessageGone(say("The message of this request is gone."))
        return fresh


class _StatusLine:
    """The status of one message: the latest one wins, with a pause after each edit, a longer one between previews."""

    def __init__(
        self,
        edit: Callable[[Job, Status, Sketches], Awaitable[None]],
        interval_s: float,
        preview_interval_s: float,
    ) -> None:
        self._edit, self._interval_s, self._preview_interval_s = edit, interval_s, preview_interval_s
        self._latest: tuple[Job, Status] | None = None
        self._sketches: Sketches = ()
        self._next_preview = 0.0
        self._closing = asyncio.Event()
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._write())

    def show(self, job: Job, status: Status) -> None:
        self._latest = (job, status)
        self._news.set()

    async def close(self) -> None:
        """Ends after the edit that is under way, if any: one in flight could overtake the edit that comes next."""
        self._latest = None
        self._closing.set()
        self._news.set()
        await self._task

    async def _write(self) -> None:
        while not self._closing.is_set():
            await self._news.wait()
            self._news.clear()
            if self._latest is None:
                continue
            (job, status), self._latest = self._latest, None
            await self._edit(job, status, self._new_sketches(status))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._interval_s)

    def _new_sketches(self, status: Status) -> Sketches:
        """What is to be shown now; empty when it is shown already, or when the last one was shown just now."""
        sketches = status.sketches if isinstance(status, Working) else ()
        if not sketches or sketches == self._sketches or monotonic() < self._next_preview:
            return ()
        self._sketches, self._next_preview = sketches, monotonic() + self._preview_interval_s
        return sketches
