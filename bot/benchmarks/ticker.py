"""How late an event loop is, and what a list of seconds comes to."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

from bot.benchmarks.report import Figure

_TICK_S = 0.005


@contextmanager
def watching_lag() -> Iterator[list[float]]:
    """Fills the list with seconds: how much later than asked for the running loop comes back to a sleeper."""
    lags: list[float] = []
    watch = asyncio.create_task(_watch(lags))
    try:
        yield lags
    finally:
        watch.cancel()


def percentile(values: Sequence[float], percent: int) -> float:
    """From 1 to 99; between two values it is interpolated, and one value is its own percentile."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def spread(name: str, seconds: Sequence[float], meaning: str = "") -> list[Figure]:
    """The median, the 99th percentile and the worst, in milliseconds."""
    ms = [value * 1000 for value in seconds]
    return [
        Figure(f"{name}.p50_ms", percentile(ms, 50), "ms", meaning),
        Figure(f"{name}.p99_ms", percentile(ms, 99), "ms"),
        Figure(f"{name}.max_ms", max(ms), "ms"),
    ]


async def _watch(lags: list[float]) -> None:
    while True:
        started = perf_counter()
        await asyncio.sleep(_TICK_S)
        lags.append(perf_counter() - started - _TICK_S)
