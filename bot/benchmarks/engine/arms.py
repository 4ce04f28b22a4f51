"""The competitors, each with one way in, and what is timed of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

from bot.errors import AtelierError
from engine.benchmarks.baseline import Baseline
from engine.catalogue import ModelCatalogue, ModelSource
from engine.events import Event, Failed, Progress
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.request import ImageRequest
from engine.stream import EventStream

STOCK, STATIC = "a", "c"
BATCH = 8  # pictures in a static batch at most


@dataclass(frozen=True, slots=True)
class Arm:
    """`cancel` takes the id of a request; stock calls cannot be cancelled."""

    name: str
    submit: Callable[[ImageRequest], EventStream]
    cancel: Callable[[str], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds from the request to its end, and to the end of its first step."""

    latency: float
    first_step: float


@asynccontextmanager
async def open_arms(source: ModelSource, options: EngineOptions) -> AsyncIterator[dict[str, Arm]]:
    """A and C share one copy of the model, fast and exact have one each. Raises `EngineError`."""
    async with AsyncExitStack() as stack:
        engines = []
        for mode in (Mode.FAST, Mode.EXACT):
            executor = Executor(ModelCatalogue([source]), replace(options, mode=mode))
            await stack.enter_async_context(executor)
            await executor.warm(source.name)
            engines.append(Arm(mode.value, executor.submit, executor.cancel))
        baseline = await stack.enter_async_context(Baseline(source, options))
        stock = [Arm(STOCK, baseline.submit), Arm(STATIC, partial(baseline.submit, together=BATCH))]
        yield {arm.name: arm for arm in (*stock, *engines)}


async def draw(arm: Arm, request: ImageRequest, begun: asyncio.Event | None = None) -> Timing:
    """To its end, which may be a cancel; `begun` is set after its first step. Raises `AtelierError` if it fails."""
    started, first = perf_counter(), 0.0
    begun = begun or asyncio.Event()
    try:
        async for event in _events(arm, request):
            if isinstance(event, Progress) and not first:
                first = perf_counter() - started
                begun.set()
    finally:
        begun.set()  # nobody may wait for what failed
    return Timing(perf_counter() - started, first)


async def steps_after_cancel(arm: Arm, request: ImageRequest, at: int) -> int:
    """How many steps it still made after it was cancelled, once it had done `at` steps."""
    cancelled_at = step = 0
    async for event in _events(arm, request):
        match event:
            case Progress(step=step) if step >= at and not cancelled_at:
                cancelled_at = step
                arm.cancel(request.id)
    return step - cancelled_at


async def draw_all(arm: Arm, requests: Sequence[ImageRequest]) -> float:
    """Seconds for all of them at once."""
    started = perf_counter()
    await asyncio.gather(*(draw(arm, request) for request in requests))
    return perf_counter() - started


async def _events(arm: Arm, request: ImageRequest) -> AsyncIterator[Event]:
    async for event in arm.submit(request):
        if isinstance(event, Failed) and not event.cancelled:
            raise AtelierError(event.sentence)
        yield event
