"""Carries a request's events from the engine's thread to an event loop; neither side waits for the other."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from engine.events import Event, Failed, Finished, Progress


class Channel:
    """At most three events wait here: a `Progress` that nobody has read yet gives way to the next one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._waking = False
        self._arrived = asyncio.Event()

    def post(self, event: Event) -> None:
        """From any thread; never blocks."""
        with self._lock:
            last = self._events[-1] if self._events else None
            if isinstance(event, Progress) and isinstance(last, Progress):
                self._events[-1] = replace(event, preview=event.preview or last.preview)
            else:
                self._events.append(event)
            wake, self._waking = not self._waking, True
        if wake:
            with contextlib.suppress(RuntimeError):  # the loop is closed, so nobody listens any more
                self._loop.call_soon_threadsafe(self._arrived.set)

    async def receive(self) -> Event:
        """On the event loop: the next event."""
        while True:
            with self._lock:
                if self._events:
                    return self._events.popleft()
                self._waking = False
                self._arrived.clear()
            await self._arrived.wait()


class EventStream(AsyncIterator[Event]):
    """One request's events; it ends after `Finished` or `Failed`.

    Leaving it early takes the request back: by `aclose()` (or `contextlib.aclosing`), by a cancel while
    waiting for the next event, or by dropping the last reference.
    """

    def __init__(self, channel: Channel, take_back: Callable[[], object]) -> None:
        self._channel = channel
        self._ended = False
        self._take_back = weakref.finalize(self, take_back)
        self._take_back.atexit = False

    async def __anext__(self) -> Event:
        if self._ended:
            raise StopAsyncIteration
        try:
            event = await self._channel.receive()
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if isinstance(event, Finished | Failed):
            self._ended = True
            self._take_back.detach()
        return event

    async def aclose(self) -> None:
        """Take the request back unless it has ended; nothing comes after this."""
        self._ended = True
        self._take_back()
