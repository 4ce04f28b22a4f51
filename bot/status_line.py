"""The status line of one message while its job waits and runs: merged, spaced out, and silent once it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from bot.domain.job import Job
from bot.domain.status import Status, Working
from engine.events import Picture

Sketches = tuple[Picture | None, ...]


class StatusLine:
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
