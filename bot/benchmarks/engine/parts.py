"""What is measured, part by part; each gives its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from bot.benchmarks.engine.arms import STOCK, Arm, Timing, draw, draw_all, steps_after_cancel
from bot.benchmarks.engine.bench import ARMS, ENGINES, RIVALS, Bench, middle_ratio
from bot.benchmarks.engine.desk import arrival_times
from bot.benchmarks.engine.plan import Part
from bot.benchmarks.report import Figure
from bot.benchmarks.ticker import percentile, spread, watching_lag
from engine.benchmarks.gauges import watching_memory
from engine.request import ImageRequest

_LOAD = 0.9  # of the capacity of stock calls one after another
_BEFORE = 8  # long jobs that a short one waits behind, or that are cancelled
_SMALL = 8  # pictures beside a large one
_PREVIEWS = ".previews"  # ends the name of a crowd that asks for previews
_PREVIEW_EVERY = 5
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Seconds for a crowd, the event loop's lags meanwhile, and bytes of memory that it took."""

    seconds: float
    lags: list[float]
    memory: int


async def crowd(bench: Bench) -> list[Figure]:
    """All at once: throughput, and what it does to the event loop and the memory; previews cost what?"""
    repeats = range(bench.plan.repeats)
    plain = [bench.desk.crowd(repeat) for repeat in repeats]
    watched = [bench.desk.crowd(repeat, _PREVIEW_EVERY) for repeat in repeats]

    async def run(name: str, repeat: int) -> _Crowd:
        requests = watched if name.endswith(_PREVIEWS) else plain
        with watching_memory(bench.memory) as memory, watching_lag() as lags:
            seconds = await draw_all(bench.arms[name.removesuffix(_PREVIEWS)], requests[repeat])
        return _Crowd(seconds, lags, memory.bytes)

    runs = await bench.take_turns("crowd", (*ARMS, *(name + _PREVIEWS for name in ENGINES)), run)
    seconds = {name: [each.seconds for each in crowds] for name, crowds in runs.items()}
    figures = [
        Figure("a.crowd_s", median(seconds[STOCK]), "s", f"stock calls: the crowd of {bench.plan.requests}")
    ]
    for name in RIVALS:
        ratio = middle_ratio(seconds[STOCK], seconds[name])
        figures.append(Figure(f"{name}.throughput_vs_a", ratio, "×", "pictures an hour in a mixed crowd"))
    loss = 100 * (1 - middle_ratio(seconds["fast"], seconds["exact"]))
    figures.append(Figure("exact.loss_vs_fast_percent", loss, "%", "throughput that exact seeds cost"))
    for name in ENGINES:
        cost = 100 * (middle_ratio(seconds[name + _PREVIEWS], seconds[name]) - 1)
        meaning = f"time that a preview every {_PREVIEW_EVERY} steps costs"
        figures.append(Figure(f"{name}.preview_cost_percent", cost, "%", meaning))
    return [*figures, *_burdens(runs)]


def _burdens(runs: Mapping[str, list[_Crowd]]) -> list[Figure]:
    figures = []
    for name in ARMS:
        grown = max(each.memory for each in runs[name]) / _MIB
        figures.append(
            Figure(f"{name}.memory_mib", grown, "MiB", "peak memory of a crowd beside the weights")
        )
    for name in ARMS:
        lags = [lag for each in runs[name] for lag in each.lags]
        figures += spread(f"{name}.lag", lags, "the event loop is late by, during a crowd")
    return figures


async def poisson(bench: Bench) -> list[Figure]:
    """Jobs come at random, at a rate that stock calls one after another can just bear."""
    plan, service = bench.plan, await _service_seconds(bench)
    jobs = [bench.desk.arrivals(repeat) for repeat in range(plan.repeats)]

    async def run(name: str, repeat: int) -> list[Timing]:
        times = arrival_times(plan.arrivals, _LOAD / service, repeat)
        return await _as_they_come(bench, name, jobs[repeat], times)

    runs = await bench.take_turns("random arrivals", ARMS, run)
    figures = [Figure("a.service_s", service, "s", "stock calls: mean time of a short and a long job, alone")]
    for statistic, of in (("mean", fmean), ("p95", lambda seconds: percentile(seconds, 95))):
        spans = {name: [of([each.latency for each in run]) for run in runs[name]] for name in ARMS}
        figures.append(
            Figure(f"a.{statistic}_s", median(spans[STOCK]), "s", f"stock calls: {statistic} latency")
        )
        for name in RIVALS:
            meaning = f"{statistic} latency when jobs come at random"
            figures.append(
                Figure(f"{name}.{statistic}_vs_a", middle_ratio(spans[name], spans[STOCK]), "×", meaning)
            )
    return [*figures, *_first_steps(runs)]


def _first_steps(runs: Mapping[str, list[list[Timing]]]) -> list[Figure]:
    """From all repeats together, as one alone has too few for a 99th percentile."""
    waits = {name: percentile([each.first_step for run in runs[name] for each in run], 99) for name in ARMS}
    meaning = "p99 wait until the first step is done"
    seconds = [Figure(f"{name}.first_step_p99_s", waits[name], "s", meaning) for name in ARMS]
    ratios = [
        Figure(f"{name}.first_step_p99_vs_a", waits[name] / waits[STOCK], "×", meaning) for name in RIVALS
    ]
    return seconds + ratios


async def _service_seconds(bench: Bench) -> float:
    """A's mean for a short and a long job, the medians of as many as there are repeats."""
    stock, plan = bench.arms[STOCK], bench.plan

    async def run(name: str, _: int) -> float:
        job = bench.desk.job(plan.short if name == "short" else plan.long)
        return (await draw(stock, job)).latency

    runs = await bench.take_turns("capacity of stock calls", ("short", "long"), run)
    return fmean(median(seconds) for seconds in runs.values())


async def _as_they_come(
    bench: Bench, name: str, jobs: list[ImageRequest], times: list[float]
) -> list[Timing]:
    async def one(job: ImageRequest, after: float) -> Timing:
        await asyncio.sleep(after)
        return await draw(bench.arms[name], job)

    return list(await asyncio.gather(*map(one, jobs, times)))


async def behind(bench: Bench) -> list[Figure]:
    """One short job, asked for just after eight long ones."""
    plan, job = bench.plan, bench.desk.job
    long = [[job(plan.long) for _ in range(_BEFORE)] for _ in range(plan.repeats)]
    short = [job(plan.short) for _ in range(plan.repeats)]

    async def run(name: str, repeat: int) -> float:
        arm, others = bench.arms[name], long[repeat]
        crowd = [asyncio.create_task(draw(arm, request)) for request in others]
        await asyncio.sleep(0)  # a task submits its request when it first runs
        latency = (await draw(arm, short[repeat])).latency
        await _send_away(arm, others, crowd)
        return latency

    runs = await bench.take_turns("short behind long", ARMS, run)
    meaning = f"latency of {plan.short} steps behind {_BEFORE} jobs of {plan.long}"
    ratios = [
        Figure(f"{name}.short_behind_long_vs_a", middle_ratio(runs[name], runs[STOCK]), "×", meaning)
        for name in RIVALS
    ]
    return [Figure("a.short_behind_long_s", median(runs[STOCK]), "s", f"stock calls: {meaning}"), *ratios]


async def _send_away(arm: Arm, requests: list[ImageRequest], drawn: list[asyncio.Task[Timing]]) -> None:
    """Cancel what is no longer of interest, so that the arm is idle when the next one runs."""
    for request in requests:
        arm.cancel(request.id)
    await asyncio.gather(*drawn)


async def cancel(bench: Bench) -> list[Figure]:
    """Long jobs in a crowd, each cancelled at a step of its own."""
    plan = bench.plan
    steps = [1 + index * (plan.long - 2) // _BEFORE for index in range(_BEFORE)]
    jobs = [[bench.desk.job(plan.long) for _ in steps] for _ in range(plan.repeats)]

    async def run(name: str, repeat: int) -> list[int]:
        arm = bench.arms[name]
        return list(await asyncio.gather(*map(steps_after_cancel, [arm] * _BEFORE, jobs[repeat], steps)))

    runs = await bench.take_turns("cancel", ENGINES, run)
    return [
        Figure(
            f"{name}.cancel_steps_max", max(map(max, runs[name])), "steps", "made after a cancel, at worst"
        )
        for name in ENGINES
    ]


class _Large(StrEnum):
    NONE = "without"
    BESIDE = "beside"  # asked for just before the small ones
    BEFORE = "behind"  # its first step is done when the small ones come


async def large(bench: Bench) -> list[Figure]:
    """Small pictures with and without a large one."""
    plan, side = bench.plan, bench.desk.large_side
    names = [f"{name} {when}" for name in ENGINES for when in _Large]

    async def run(name: str, _: int) -> float:
        engine, when = name.split()
        small = [bench.desk.job(max(1, plan.long // 2)) for _ in range(_SMALL)]
        return await _small_latency(bench, bench.arms[engine], _Large(when), small)

    runs = await bench.take_turns("small beside large", names, run)
    meanings = {
        _Large.BESIDE: f"median latency of {_SMALL} pictures with one of {side} × {side} beside them, to without",
        _Large.BEFORE: "the same when the large one is being drawn as they come",
    }
    return [
        Figure(
            f"{name}.small_{when}_large",
            middle_ratio(runs[f"{name} {when}"], runs[f"{name} {_Large.NONE}"]),
            "×",
            meaning,
        )
        for when, meaning in meanings.items()
        for name in ENGINES
    ]


async def _small_latency(bench: Bench, arm: Arm, when: _Large, small: list[ImageRequest]) -> float:
    """The median; the large one is cancelled then."""
    count = 0 if when is _Large.NONE else 1
    others = [bench.desk.job(bench.plan.long, side=bench.desk.large_side) for _ in range(count)]
    begun = asyncio.Event()
    crowd = [asyncio.create_task(draw(arm, request, begun)) for request in others]
    await (begun.wait() if when is _Large.BEFORE else asyncio.sleep(0))
    timings = await asyncio.gather(*(draw(arm, request) for request in small))
    await _send_away(arm, others, crowd)
    return median(timing.latency for timing in timings)


PARTS: Mapping[Part, Callable[[Bench], Awaitable[list[Figure]]]] = {
    Part.CROWD: crowd,
    Part.POISSON: poisson,
    Part.BEHIND: behind,
    Part.CANCEL: cancel,
    Part.LARGE: large,
}
