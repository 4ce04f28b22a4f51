"""Ends a process whose engine hangs: its supervisor starts it again, and the queue has lost nothing."""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

EXIT_STALLED = 70
"""The engine made no headway. Where native code also held the interpreter, the exit code is 1."""
EXIT_DEVICE_LOST = 71
"""An error left the device unusable for this process."""

_FACTOR = 20  # times the median of the last steps is a stall
_REMEMBERED = 300  # steps
_TICK_S = 1.0
_GRACE_S = 1.5  # for this thread, after which the interpreter must be stuck too
_STDERR = 2  # a lock on `sys.stderr` may be part of what hangs


def end_process() -> None:
    """Say where every thread is and leave at once, without any cleaning up that could hang as well."""
    os.write(_STDERR, b"The engine made no headway for too long; the process ends.\n")
    faulthandler.dump_traceback(_STDERR)
    os._exit(EXIT_STALLED)


@dataclass(slots=True)
class _Span:
    """What the engine is at, in seconds of the monotonic clock; without a budget it is a step."""

    began: float
    budget: float | None = None


class Watchdog:
    """A thread that calls `on_stall`, once, when a step takes longer than `floor_s` and than 20 times the
    median of the last steps. Between steps nothing is a stall and the thread sleeps.

    A thread needs the interpreter, which native code can hold while it hangs. So faulthandler's timer, which
    needs nothing, is set behind it: it dumps the stacks and exits with 1. The process has only one such timer.
    """

    def __init__(self, floor_s: float = 20.0, on_stall: Callable[[], None] = end_process) -> None:
        self._floor, self._on_stall = floor_s, on_stall
        self._durations: deque[float] = deque(maxlen=_REMEMBERED)
        self._span: _Span | None = None
        self._awake, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    @property
    def usual_s(self) -> float | None:
        """The median of the last steps, none before the first."""
        steps = tuple(self._durations)
        return median(steps) if steps else None

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around a forward or another piece of even work, all on one thread; within a span it is part of that."""
        if self._span is not None:
            yield
            return
        with self._spanning(_Span(time.monotonic())) as span:
            yield
            self._durations.append(time.monotonic() - span.began)

    @contextmanager
    def long(self, budget_s: float) -> Iterator[None]:
        """Around loading, compiling or warming: a stall after `budget_s`, and not for the median. The span around
        it, if there is one, begins anew after it."""
        with self._spanning(_Span(time.monotonic(), budget_s)):
            yield

    def close(self) -> None:
        """Returns when the thread has ended."""
        self._closed.set()
        self._awake.set()
        self._thread.join()

    @contextmanager
    def _spanning(self, span: _Span) -> Iterator[_Span]:
        outer, self._span = self._span, span
        if span.budget is not None or not self._awake.is_set():
            self._arm(self._allowed(span))  # here, as what comes next may not let the thread run
            self._awake.set()
        try:
            yield span
        finally:
            if outer is not None:
                outer.began = time.monotonic()
            self._span = outer

    def _watch(self) -> None:
        pause = 0.0
        while not self._closed.wait(pause):
            pause = min(self._floor, _TICK_S)
            span = self._span
            if span is None:
                self._sleep()
                continue
            left = span.began + self._allowed(span) - time.monotonic()
            if left <= 0:
                self._on_stall()
                break
            self._arm(left)
            pause = min(left, pause)
        faulthandler.cancel_dump_traceback_later()

    def _sleep(self) -> None:
        """Until the next span begins, or has begun meanwhile."""
        self._awake.clear()
        if self._span is None and not self._closed.is_set():
            faulthandler.cancel_dump_traceback_later()
            self._awake.wait()

    def _allowed(self, span: _Span) -> float:
        if span.budget is not None:
            return span.budget
        return max(self._floor, _FACTOR * (self.usual_s or 0.0))

    def _arm(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds + _GRACE_S, exit=True, file=_STDERR)
