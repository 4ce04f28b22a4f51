"""What the engine is measured against: a queue and one thread with stock calls; torch is imported on that thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from engine.catalogue import ModelSource
from engine.events import Failed, Finished, Progress, Started
from engine.options import EngineOptions
from engine.request import ImageRequest
from engine.stream import Channel, EventStream

if TYPE_CHECKING:
    from engine.benchmarks.stock import StockPipelines


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    request: ImageRequest
    together: int
    channel: Channel

    @property
    def likeness(self) -> Hashable:
        """Equal for jobs that one stock call can draw."""
        asked = self.request
        look = (asked.width, asked.height, asked.steps, asked.guidance, asked.sampler)
        return (self.together, look, bool(asked.negative), asked.image is None, asked.strength)


class Baseline:
    """Draws first come, first served, with a copy of the model of its own and the engine's `options` of device,
    precision, threads and digests. Use it as `async with Baseline(source, options) as baseline:`, which loads the
    model, and raises `EngineError` where it cannot be."""

    def __init__(self, source: ModelSource, options: EngineOptions) -> None:
        self._source, self._options = source, options
        self._thread = ThreadPoolExecutor(1, "baseline")
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._pipelines: StockPipelines

    async def __aenter__(self) -> Self:
        try:
            self._pipelines = await asyncio.get_running_loop().run_in_executor(self._thread, self._load)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    def submit(self, request: ImageRequest, together: int = 1) -> EventStream:
        """Queue a text-to-image or image-to-image request; its events come as the stream is read.

        At its turn, up to `together` waiting requests with equal parameters are drawn by one call: a static
        batch. A stock call cannot be cancelled, so leaving the stream only helps while the request waits.
        """
        job = _Job(request, together, Channel(asyncio.get_running_loop()))
        with self._lock:
            self._waiting.append(job)
        self._thread.submit(self._draw_next)
        return EventStream(job.channel, lambda: self._forget(job))

    def _load(self) -> StockPipelines:
        from engine.benchmarks.stock import StockPipelines

        return StockPipelines(self._source, self._options)

    def _forget(self, job: _Job) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._waiting.remove(job)

    def _draw_next(self) -> None:
        """Nothing is left to do for who was drawn together with an earlier one."""
        jobs = self._take()
        if not jobs:
            return
        for job in jobs:
            job.channel.post(Started(job.request.id))
        try:
            self._draw(jobs)
        except (RuntimeError, ValueError, TypeError, OSError) as error:
            for job in jobs:
                job.channel.post(Failed(job.request.id, f"The stock pipeline failed: {error}"))

    def _take(self) -> list[_Job]:
        with self._lock:
            alike = [job for job in self._waiting if job.likeness == self._waiting[0].likeness]
            jobs = alike[: alike[0].together] if alike else []
            self._waiting = [job for job in self._waiting if job not in jobs]
        return jobs

    def _draw(self, jobs: list[_Job]) -> None:
        def on_step(step: int, total: int) -> None:
            for job in jobs:
                job.channel.post(Progress(job.request.id, step, total))

        pictures = self._pipelines.draw([job.request for job in jobs], on_step)
        for job, picture in zip(jobs, pictures, strict=True):
            job.channel.post(Finished(job.request.id, picture, 0.0, ""))
