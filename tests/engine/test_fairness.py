"""What turns mean for members, in virtual time: a forward takes BASE and its work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import pytest

from engine.turns import Rider, Room, Turns

BASE = 1.0
SMALL, HUGE = 1.0, 64.0  # work of a row of a 128² and of a 1024² picture


@dataclass(frozen=True)
class Job:
    name: str
    row_work: float
    steps: int
    arrives: float = 0.0

    def calls(self) -> list[Rider]:
        lane = str(self.row_work)

        def call(key: str, rank: int, rows: int, work: float) -> Rider:
            return Rider(self.name, lane, key, rank, rows, work)

        steps = [call("unet", 2, 2, 2 * self.row_work)] * self.steps
        return [call("text", 0, 2, 0.2), *steps, call("vae", 1, 1, 2 * self.row_work)]


Follow = Callable[[Job, float], Job | None]


def seconds_to_finish(
    jobs: Sequence[Job], room: Callable[[Rider], Room], follow: Follow | None = None
) -> dict[str, float]:
    """By name from arrival to picture; `follow` says who comes when a job is done."""
    turns, now, took = Turns(), 0.0, dict[str, float]()
    coming = sorted(jobs, key=lambda job: job.arrives)
    live: dict[str, tuple[Job, deque[Rider]]] = {}
    while coming or live:
        while coming and (coming[0].arrives <= now or not live):
            job = coming.pop(0)
            now = max(now, job.arrives)
            live[job.name] = job, deque(job.calls())
        ridden = turns.pick([calls[0] for _, calls in live.values()], room)
        now += BASE + max(sum(each.work for each in ridden), room(ridden[0]).at_least)
        for each in ridden:
            job, calls = live[each.request]
            calls.popleft()
            if not calls:
                del live[job.name]
                took[job.name] = now - job.arrives
                if follow and (next_job := follow(job, now)):
                    coming.insert(0, next_job)
    return took


def small_median(took: dict[str, float]) -> float:
    return median(seconds for name, seconds in took.items() if name.startswith("small"))


def fast(rows: int) -> Callable[[Rider], Room]:
    return lambda _: Room(rows, 1e9)


def exact(rows: int) -> Callable[[Rider], Room]:
    return lambda first: Room(rows, 1e9, at_least=rows * first.work / first.rows)


ROOMS = pytest.mark.parametrize(
    "room", [fast(2), fast(16), exact(2), exact(16)], ids=["2", "16", "2 exact", "16 exact"]
)
EIGHT_SMALL = [Job(f"small {n}", SMALL, steps=20) for n in range(8)]


@ROOMS
def test_a_huge_picture_that_starts_with_eight_small_ones_hardly_delays_them(
    room: Callable[[Rider], Room],
) -> None:
    beside = seconds_to_finish([Job("huge", HUGE, steps=50), *EIGHT_SMALL], room)
    assert small_median(beside) <= 1.5 * small_median(seconds_to_finish(EIGHT_SMALL, room))


def again(job: Job, now: float) -> Job | None:
    """Eight members draw forty small pictures each, one after another; who draws a huge one is content with it."""
    member, _, n = job.name.partition("/")
    return Job(f"{member}/{int(n) + 1}", SMALL, 20, now) if n and int(n) < 39 else None


STREAM = [Job(f"small {n}/0", SMALL, steps=20, arrives=7.0 * n) for n in range(8)]


@ROOMS
def test_a_huge_picture_hardly_delays_a_stream_of_small_ones(room: Callable[[Rider], Room]) -> None:
    """Nearly all of them are drawn beside it."""
    beside = seconds_to_finish([Job("huge", HUGE, 1000, arrives=30.0), *STREAM], room, again)
    assert len(beside) == 8 * 40 + 1
    assert small_median(beside) <= 1.5 * small_median(seconds_to_finish(STREAM, room, again))


@ROOMS
def test_a_huge_picture_gets_a_ninth_of_the_work_in_a_stream_of_small_ones(
    room: Callable[[Rider], Room],
) -> None:
    """A ninth of the time at least, but for the base of the smallest forwards, half of their work."""
    huge = Job("huge", HUGE, steps=10, arrives=30.0)
    alone = seconds_to_finish([huge], room)["huge"]
    assert seconds_to_finish([huge, *STREAM], room, again)["huge"] <= (1 + 8 * 1.5 + 0.1) * alone


@ROOMS
def test_a_short_job_behind_eight_long_ones_takes_a_tenth_of_its_time_in_a_queue(
    room: Callable[[Rider], Room],
) -> None:
    long = [Job(f"long {n}", SMALL, steps=50) for n in range(8)]
    short = Job("short", SMALL, steps=4, arrives=60.0)
    one_by_one = sum(seconds_to_finish([job], room)[job.name] for job in [*long, short]) - short.arrives
    assert seconds_to_finish([*long, short], room)["short"] <= 0.1 * one_by_one
