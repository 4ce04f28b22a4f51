"""Whether the studio draws now: not while it is paused, in quiet hours, or when another program needs the GPU."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from bot.domain.hours import QuietHours
from bot.domain.status import Closed
from engine.errors import EngineError
from engine.neighbours import Neighbours
from engine.sentence import say

_log = logging.getLogger(__name__)
_PAUSED = say("The owner has paused the studio; requests keep their places.")
_QUIET = say("The studio has quiet hours; requests keep their places.")
_BUSY = say("The studio's machine is busy with something else; requests keep their places.")
_LOOK_EVERY_S = 5.0


class Models(Protocol):
    """What giving way needs of `engine.executor.Executor`."""

    async def unload(self, model: str | None = None) -> int: ...


class Opening:
    """`paused` and `quiet` may be set at any time; `now` gives UTC milliseconds."""

    def __init__(
        self,
        now: Callable[[], int],
        *,
        paused: bool = False,
        quiet: QuietHours | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._now = now
        self.paused, self.quiet, self.neighbours = paused, quiet, neighbours

    def closed(self) -> Closed | None:
        """Why nothing new is begun now, the longest reason first; none while the studio is open."""
        if self.paused:
            return Closed(_PAUSED)
        until = None if self.quiet is None else self.quiet.until(self._now())
        if until is not None:
            return Closed(_QUIET, until)
        if self.neighbours is not None and self.neighbours.gives_way:
            return Closed(_BUSY)
        return None

    async def make_way(self, engine: Models, every_s: float = _LOOK_EVERY_S) -> None:
        """Look at the neighbours again and again; while one needs the memory, models leave it as soon as they rest.

        Returns where there is nobody to look at; an engine that cannot start has said why to everyone else.
        """
        before = False
        try:
            while self.neighbours is not None:
                gives_way = await self.neighbours.look()
                if gives_way != before:
                    _log.info("Other programs hold %.1f GiB of the GPU: %s", self.neighbours.others / 2**30,
                              "models make way" if gives_way else "drawing goes on")  # fmt: skip
                before = gives_way
                if gives_way:
                    await engine.unload()
                await asyncio.sleep(every_s)
        except EngineError as error:
            _log.warning("Nobody looks at other programs any more: %s", error)
