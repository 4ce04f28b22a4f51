"""Wall time that a test may move forward at once: timers inside the skipped span fire right away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Timer:
    """One callback due at `when` (Unix seconds on its clock)."""

    when: float
    callback: Callable[[], None]
    handle: asyncio.TimerHandle | None = None


class Clock:
    """Real time plus whatever `advance` skipped; timers run on the event loop that set them."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._timers: set[Timer] = set()

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time() + self._skipped

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Run `callback` once `delay` seconds have passed or been skipped."""
        timer = Timer(self.now() + delay, callback)
        self._timers.add(timer)
        self._arm(timer)
        return timer

    def cancel(self, timer: Timer) -> None:
        """Forget a timer; one that already fired is left alone."""
        self._timers.discard(timer)
        if timer.handle is not None:
            timer.handle.cancel()

    def cancel_all(self) -> None:
        """Forget every timer, so that nothing fires after the server has stopped."""
        for timer in list(self._timers):
            self.cancel(timer)

    def advance(self, seconds: float) -> None:
        """Skip `seconds` of time; due timers fire, in order, before this returns."""
        self._skipped += seconds
        for timer in sorted(self._timers, key=lambda each: each.when):
            if timer.handle is not None:
                timer.handle.cancel()
            if timer.when <= self.now():
                self._fire(timer)
            else:
                self._arm(timer)

    def _arm(self, timer: Timer) -> None:
        delay = max(0.0, timer.when - self.now())
        timer.handle = asyncio.get_running_loop().call_later(delay, self._fire, timer)

    def _fire(self, timer: Timer) -> None:
        if timer in self._timers:
            self._timers.remove(timer)
            timer.callback()
