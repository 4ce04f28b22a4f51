"""The engine's one thread: takes requests in from event loops and reports back in streams of events."""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sized
from typing import TYPE_CHECKING, Any, Self, TypeVar

from engine.catalogue import ModelCatalogue
from engine.errors import EngineError
from engine.events import Failed
from engine.options import EngineOptions
from engine.request import PictureRequest
from engine.sentence import say
from engine.status import EngineStatus, MemoryReading
from engine.stream import Channel, EventStream
from engine.watchdog import EXIT_DEVICE_LOST, Watchdog
from engine.work import DrawingWork, Errand, LoadingWork, Work

if TYPE_CHECKING:
    from engine.crowd import Crowd
    from engine.workbench import Workbench

_log = logging.getLogger(__name__)
T = TypeVar("T")
_CLOSING = say("The engine is shutting down and takes nothing new; try again in a minute.")


class Executor:
    """Owns all torch work. Use it as `async with Executor(catalogue, options) as executor:`.

    Torch and diffusers are imported on its thread, after the start. That takes seconds, in which an event
    loop was late by 28 ms at the 99th percentile and 0.2 s at worst (2 cores); who cannot bear that awaits
    `warm` before connecting anywhere. If the engine cannot start, every request fails with the reason.
    """

    def __init__(
        self,
        catalogue: ModelCatalogue,
        options: EngineOptions | None = None,
        *,
        end_process: Callable[[int], object] = os._exit,
    ) -> None:
        self._catalogue, self._options = catalogue, options or EngineOptions()
        self._end_process = end_process
        self._changed = threading.Condition()
        self._waiting: deque[Work] = deque()
        self._errands: deque[Errand[Any]] = deque()
        self._live: set[Work] = set()  # waiting or running
        self._drawings: dict[str, DrawingWork] = {}  # the live ones, by request id
        self._refusing = self._stopping = False
        self._began = self._last_end = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def has_checker(self) -> bool:
        """Whether the settings name a safety checker; `try_checker` says whether it can be used."""
        return self._options.checker is not None

    def submit(self, request: PictureRequest) -> EventStream:
        """Queue a request at once; its events come as the stream is read, on the running event loop.

        Any number of requests may be live. Raises `ValueError` if one with this id still is.
        """
        channel = Channel(asyncio.get_running_loop())
        work = DrawingWork(request, channel)
        with self._changed:
            if request.id in self._drawings:
                raise ValueError(f"A request with the id {request.id} is still live.")
            if self._refusing:
                channel.post(Failed(request.id, _CLOSING))
            else:
                self._drawings[request.id] = work
                self._take_in(work)
        return EventStream(channel, functools.partial(self._cancel, work))

    def cancel(self, request_id: str) -> bool:
        """Take a request back: at once while it waits, else after at most one more step and without a decode.

        Its stream ends with `Failed(cancelled=True)`, or with `Finished` where the last step was done already.
        False if no such request is live.
        """
        with self._changed:
            work = self._drawings.get(request_id)
        if work is not None:
            self._cancel(work)
        return work is not None

    async def warm(self, model: str) -> None:
        """Have a model loaded ahead of its first request. Raises `EngineError` if it cannot be."""
        work = LoadingWork(model)
        with self._changed:
            if self._refusing:
                raise EngineError(_CLOSING)
            self._take_in(work)
        await asyncio.wrap_future(work.ended)
        if work.failure is not None:
            raise EngineError(work.failure)

    async def status(self) -> EngineStatus:
        """How the engine and its memory are.

        Like the other questions of the owner it is answered between two steps, by the engine's thread: a model
        that is being loaded delays it, and who cannot wait may be cancelled. Each raises `EngineError` where the
        engine cannot start or is closed.
        """
        return await self._ask(
            lambda bench: bench.status(waiting=len(self._line()), uptime_s=time.monotonic() - self._began)
        )

    async def read_memory(self) -> MemoryReading | None:
        """Of the device; none where it has no memory of its own."""
        return await self._ask(lambda bench: bench.read_memory())

    async def try_checker(self) -> bool:
        """Load the safety checker unless it is loaded; false where its first use will fetch it from the hub.

        Raises `EngineError` with the reason where it cannot be used.
        """
        return await self._ask(lambda bench: bench.try_checker())

    async def unload(self, model: str | None = None) -> int:
        """Let a model leave the memory, or all that rest; how many bytes of weights left.

        Live requests keep theirs: without a name it stays, and with one `EngineError` says so.
        """
        return await self._ask(lambda bench: bench.unload(model))

    async def set_budget(self, size: int | None) -> None:
        """How many bytes the engine may fill from now on; none goes back to the settings.

        Models that do not fit any more leave, those in use as soon as they rest.
        """
        if size is not None and size < 1:
            raise ValueError(f"The budget is {size}; it must be at least 1.")
        await self._ask(lambda bench: bench.set_budget(size))

    async def drain(self) -> None:
        """Refuse what is new with a sentence, and return when all that was taken in has ended."""
        with self._changed:
            self._refusing = True
            ends = [asyncio.wrap_future(work.ended) for work in self._live]
        await asyncio.gather(*ends)

    async def close(self) -> None:
        """Cancel what is live, and return when the thread has ended; a load under way is finished first."""
        with self._changed:
            self._refusing = self._stopping = True
            live = list(self._live)
            self._changed.notify_all()
        for work in live:
            self._cancel(work)
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)

    async def _ask(self, act: Callable[[Workbench], T]) -> T:
        errand = Errand(act)
        with self._changed:
            if self._stopping:
                raise EngineError(_CLOSING)
            self._errands.append(errand)
            self._changed.notify_all()
        return await asyncio.wrap_future(errand.done)

    def _take_in(self, work: Work) -> None:
        self._live.add(work)
        self._waiting.append(work)
        self._changed.notify_all()

    def _cancel(self, work: Work) -> None:
        work.cancelled = True
        if self._leaves_line(work):
            self._end(work)

    def _end(self, work: Work) -> None:
        """Forget it before its outcome is known, so that its id is free for who knows it."""
        with self._changed:
            self._last_end = time.monotonic()
            self._live.discard(work)
            if isinstance(work, DrawingWork):
                self._drawings.pop(work.request.id, None)
        work.report()
        work.ended.set_result(None)

    def _run(self) -> None:
        watchdog = Watchdog(self._options.stall_s)
        try:
            self._work(watchdog)
        except BaseException:
            _log.critical("The engine's thread ends, and with it the process", exc_info=True)
            self._end_process(EXIT_DEVICE_LOST)
        finally:
            watchdog.close()

    def _work(self, watchdog: Watchdog) -> None:
        try:
            crowd = self._open_crowd(watchdog)
        except (ImportError, OSError, RuntimeError, EngineError) as error:
            _log.exception("The engine cannot start")
            reason = error.sentence if isinstance(error, EngineError) else str(error)
            self._serve_sentence(say("The engine cannot start. {reason}", reason=reason))
        else:
            self._serve(crowd)

    def _open_crowd(self, watchdog: Watchdog) -> Crowd:
        from engine.crowd import Crowd
        from engine.workbench import Workbench

        gc.freeze()  # else a full collection walks the libraries' objects for 0.25 s, and every thread stands still
        return Crowd(Workbench(self._catalogue, self._options, watchdog), watchdog, self._end)

    def _serve(self, crowd: Crowd) -> None:
        """Receive, let in, take a step, report; and again."""
        while self._has_work(crowd):
            for errand in self._take_errands():
                crowd.run(errand)
            while (work := crowd.next(self._line())) is not None:
                if self._leaves_line(work):
                    crowd.let_in(work)
            if crowd:
                crowd.step()
            if not crowd and self._rests():
                crowd.rest()

    def _serve_sentence(self, sentence: str) -> None:
        while self._has_work():
            for errand in self._take_errands():
                errand.fail(sentence)
            for work in self._line():
                if self._leaves_line(work):
                    work.fail(sentence)
                    self._end(work)

    def _has_work(self, live: Sized = ()) -> bool:
        """Waits for some; False when the engine stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._errands or live or self._stopping)
            return bool(self._waiting or self._errands or live)

    def _rests(self) -> bool:
        """Whether nothing came for as long as the settings say that models stay in memory without use.

        An errand is looked after in between, and is no use.
        """
        with self._changed:
            idle, since = self._options.idle_s, time.monotonic() - self._last_end
            return bool(idle) and not self._changed.wait_for(
                lambda: self._waiting or self._errands or self._stopping, max(0.0, idle - since)
            )

    def _take_errands(self) -> list[Errand[Any]]:
        with self._changed:
            errands = list(self._errands)
            self._errands.clear()
            return errands

    def _line(self) -> list[Work]:
        with self._changed:
            return list(self._waiting)

    def _leaves_line(self, work: Work) -> bool:
        """False if it was cancelled meanwhile."""
        with self._changed:
            waits = work in self._waiting
            if waits:
                self._waiting.remove(work)
            return waits
