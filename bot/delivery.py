"""Each result is shown exactly once, as an edit of the job's one message; progress edits are merged and spaced out."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol
from weakref import WeakValueDictionary

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from bot.cells import Cell, load_cells
from bot.domain.job import Job, Placeholder, State
from bot.domain.status import Ended, Status
from bot.errors import MessageGone, PictureGone, PostForbidden, PostRefused, PostUncertain
from bot.provenance import Seal
from bot.sketch import sheet
from bot.status_line import Sketches, StatusLine
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from engine.sentence import say

_log = logging.getLogger(__name__)
EDIT_INTERVAL_S = 2.0
PREVIEW_INTERVAL_S = 4.0
AGAIN_S = 0.5  # about; each pause after an edit that may not have arrived is twice the one before
_TRIES = 8
_LONGEST_PAUSE_S = 300.0
_REMEMBERED = 1000  # jobs whose last word is said; a status that was under way comes within seconds


class Poster(Protocol):
    """The seam to Discord. Its edits may be repeated; they raise `MessageGone`, `PostRefused` or `PostUncertain`.

    `PostForbidden` is a `PostRefused` that all edits of that message will meet.
    """

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
        again_s: float = AGAIN_S,
    ) -> None:
        self._poster, self._queue, self._pictures, self._postings = poster, queue, pictures, postings
        self._seal = seal
        self._interval_s, self._preview_interval_s = interval_s, preview_interval_s
        self._again_s = again_s
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._lines: dict[str, StatusLine] = {}
        self._over: deque[str] = deque(maxlen=_REMEMBERED)
        self._lost: dict[str, MessageGone | PostForbidden] = {}  # by job, until its last word

    def show(self, job: Job, status: Status) -> None:
        """Show this soon; a newer status replaces one that waits for its turn.

        Nothing is shown once the last word is said, nor where an edit has found its message gone or out of reach.
        """
        if job.id in self._over or job.id in self._lost:
            return
        line = self._lines.get(job.id)
        if line is None:
            line = StatusLine(self._edit_status, self._interval_s, self._preview_interval_s)
            self._lines[job.id] = line
        line.show(job, status)

    async def end(self, job: Job, status: Ended) -> None:
        """The last word on a job that has no pictures to show."""
        async with self._turn(job.id):
            await self._say_nothing_more(job.id)
            try:
                self._check_message(job)
                await self._repeat(lambda placed: self._poster.show_status(placed, status, None), job)
            except (MessageGone, PostRefused, PostUncertain) as error:
                _log.warning("job %s ended, but its message could not be changed: %s", job.id, error.sentence)
                if isinstance(error, PostUncertain):
                    return
            await self._queue.announce(job.id)

    async def withdraw(self, job: Job, status: Ended) -> None:
        """Empty every message that shows its pictures, and say why, however long that takes; then write it down."""
        await self._until_certain(job.id, lambda: self._withdraw(job, status))

    async def empty(self, job: Job, message: Placeholder, status: Ended) -> None:
        """Take the pictures out of one message that shows them, and say why, however long that takes."""

        async def act() -> None:
            await self._emptied(job, message, status)

        await self._until_certain(job.id, act)

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
        """Show the pictures of a ready job, however long that takes, and write down that they are shown, or why not."""
        await self._until_certain(job.id, lambda: self._deliver(job.id))

    async def close(self) -> None:
        """Stop all status edits; results that are not yet shown stay ready in the queue."""
        for job_id in list(self._lines):
            await self._say_nothing_more(job_id)

    def _turn(self, job_id: str) -> asyncio.Lock:
        """For whoever changes the messages of this job for good; it is forgotten with the last one who wants it."""
        return self._turns.setdefault(job_id, asyncio.Lock())

    async def _until_certain(self, job_id: str, act: Callable[[], Awaitable[None]]) -> None:
        """In a turn of its own, and again in a later one as long as Discord cannot be asked."""

        async def take_turn() -> None:
            async with self._turn(job_id):
                try:
                    await act()
                except PostUncertain as error:
                    _log.warning("a message of job %s is changed later: %s", job_id, error.sentence)
                    raise

        retrying = AsyncRetrying(
            retry=retry_if_exception_type(PostUncertain),
            wait=wait_exponential_jitter(
                multiplier=self._again_s, max=_LONGEST_PAUSE_S, jitter=self._again_s
            ),
        )
        await retrying(take_turn)

    async def _deliver(self, job_id: str) -> None:
        """Once; as the job stands by now, which may be behind a spoiler, or taken down."""
        await self._say_nothing_more(job_id)
        job = await self._queue.get(job_id)
        if job is None or job.state is not State.READY:
            return
        try:
            self._check_message(job)
            pictures = await self._queue.pictures(job_id)
            cells = await load_cells(self._pictures, pictures, job.order.upload_limit, self._seal)
            await self._poster.show_pictures(await self._placed(job), cells)
        except (MessageGone, PostRefused, PictureGone) as error:
            _log.warning("job %s cannot be shown: %s", job_id, error.sentence)
            await self._queue.abandon(job_id, error.sentence)
        else:
            if await self._queue.deliver(job_id):
                await self._tell(job, cells)

    async def _withdraw(self, job: Job, status: Ended) -> None:
        await self._say_nothing_more(job.id)
        self._lost.pop(job.id, None)
        job = await self._queue.get(job.id) or job
        own = [] if job.placeholder is None else [job.placeholder]
        uncertain, emptied = None, True
        for message in (*own, *await self._postings.of_job(job.id)):
            try:
                emptied = await self._emptied(job, message, status) and emptied
            except PostUncertain as error:  # the others need not wait for it
                uncertain = error
        if uncertain is not None:
            raise uncertain
        if emptied:
            await self._queue.note_withdrawn(job.id)

    async def _emptied(self, job: Job, message: Placeholder, status: Ended) -> bool:
        """Whether this message shows no pictures any more. Raises `PostUncertain`."""
        try:
            await self._poster.show_status(replace(job, placeholder=message), status, None)
        except MessageGone:
            pass
        except PostRefused as error:
            _log.warning("a message of job %s could not be emptied: %s", job.id, error.sentence)
            return False
        return True

    async def _tell(self, job: Job, cells: Sequence[Cell]) -> None:
        """Not worth a retry: the pictures are there."""
        try:
            copy = await self._poster.tell(await self._placed(job), cells)
            if copy is not None:
                await self._postings.note(job.id, copy)
        except (MessageGone, PostRefused, PostUncertain) as error:
            _log.info("the member of job %s was not told: %s", job.id, error.sentence)

    def _check_message(self, job: Job) -> None:
        """A message that is gone does not come back, but the right to write in a channel may. Raises `MessageGone`."""
        found = self._lost.pop(job.id, None)
        if isinstance(found, MessageGone):
            raise found

    async def _say_nothing_more(self, job_id: str) -> None:
        """No status edit of this job comes after this returns."""
        if job_id not in self._over:
            self._over.append(job_id)
        line = self._lines.pop(job_id, None)
        if line is not None:
            await line.close()

    async def _edit_status(self, job: Job, status: Status, sketches: Sketches) -> None:
        if job.id in self._lost:
            return
        preview = await self._preview(job, sketches) if sketches else None
        try:
            placed = await self._placed(job)
        except MessageGone:  # it is not written down yet
            return
        try:
            await self._poster.show_status(placed, status, preview)
        except (MessageGone, PostForbidden) as error:
            self._lost[job.id] = error
            _log.info("there are no status edits of job %s any more: %s", job.id, error.sentence)
        except (PostRefused, PostUncertain) as error:
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
            wait=wait_exponential_jitter(multiplier=self._again_s, max=30, jitter=self._again_s),
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
