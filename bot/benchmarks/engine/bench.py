"""Runs the arms in turns, each once in every repeat, one busy at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from rich.progress import Progress

from bot.benchmarks.engine.arms import STATIC, STOCK, Arm
from bot.benchmarks.engine.desk import Desk
from bot.benchmarks.engine.plan import Plan
from engine.options import Mode

T = TypeVar("T")
ENGINES = (Mode.FAST.value, Mode.EXACT.value)
ARMS = (STOCK, STATIC, *ENGINES)
RIVALS = (STATIC, *ENGINES)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a part needs. `memory` is the kind of device whose memory is looked at."""

    arms: dict[str, Arm]
    desk: Desk
    plan: Plan
    bar: Progress
    memory: str

    async def take_turns(
        self, title: str, runs: Sequence[str], run: Callable[[str, int], Awaitable[T]]
    ) -> dict[str, list[T]]:
        """What `run` says of each name, by repeat; who goes first changes with the repeat."""
        outcomes: dict[str, list[T]] = {name: [] for name in runs}
        task = self.bar.add_task(title, total=self.plan.repeats * len(runs))
        for repeat in range(self.plan.repeats):
            start = repeat % len(runs)
            for name in (*runs[start:], *runs[:start]):
                # drawn between the runs alone, or it would take time from what is measured
                self.bar.update(task, description=f"{title}: {name}", refresh=True)
                outcomes[name].append(await run(name, repeat))
                self.bar.advance(task)
        self.bar.update(task, description=title, refresh=True)
        return outcomes


def middle_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios of each repeat."""
    return median(a / b for a, b in zip(over, under, strict=True))
