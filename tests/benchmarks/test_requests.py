"""What the engine's benchmark asks for is the mixture that it promises, and the same for every arm."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

import pytest

from bot.benchmarks.engine.bench import middle_ratio
from bot.benchmarks.engine.desk import Desk, arrival_times
from bot.benchmarks.engine.plan import Plan
from bot.benchmarks.ticker import percentile
from engine.catalogue import ModelSource
from engine.request import ImageRequest

DEMO = ModelSource(name="demo", source="demo", width=128, height=128)


def a_desk(plan: Plan | None = None) -> Desk:
    return Desk(DEMO, plan or Plan())


def mixture(requests: list[ImageRequest]) -> list[ImageRequest]:
    """Without what is each request's own."""
    return [replace(request, id="", prompt="a", seed=0, preview_every=0) for request in requests]


def test_a_crowd_is_as_mixed_as_it_promises() -> None:
    crowd = a_desk(Plan(requests=30)).crowd(0)
    assert len(crowd) == 30
    assert (min(each.steps for each in crowd), max(each.steps for each in crowd)) == (8, 50)
    assert (min(each.guidance for each in crowd), max(each.guidance for each in crowd)) == (1.0, 12.0)
    assert set(Counter(each.sampler for each in crowd).values()) == {10}
    assert sum(each.image is not None for each in crowd) == 6


def test_no_two_requests_of_a_run_have_the_same_words_or_seed() -> None:
    desk = a_desk()
    requests = [*desk.crowd(0), *desk.crowd(1), *desk.crowd(1, preview_every=5), *desk.arrivals(0)]
    for own in ("id", "prompt", "seed"):
        assert len({getattr(request, own) for request in requests}) == len(requests)


def test_the_mixture_is_the_same_with_previews_and_another_in_the_next_repeat() -> None:
    desk = a_desk()
    plain, watched, other = desk.crowd(3), desk.crowd(3, preview_every=5), desk.crowd(4)
    assert mixture(plain) == mixture(watched) != mixture(other)
    assert {request.preview_every for request in watched} == {5}


@pytest.mark.parametrize(("short", "long"), [(1, 2), (4, 50), (5, 6), (150, 150), (100, 2)])
def test_any_step_counts_make_legal_requests(short: int, long: int) -> None:
    desk = a_desk(Plan(short=short, long=long))
    assert all(request.steps <= max(2 * short, long) for request in desk.crowd(0))
    assert Counter(request.steps for request in desk.arrivals(0)) == Counter([short, long] * 10)


def test_arrivals_have_the_asked_rate_and_are_the_same_for_every_arm() -> None:
    times = arrival_times(10_000, rate=2.0, seed=1)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert times[0] == 0
    assert min(gaps) >= 0
    assert fmean(gaps) == pytest.approx(0.5, rel=0.05)
    assert fmean(gap * gap for gap in gaps) == pytest.approx(2 * 0.5**2, rel=0.1)  # as in no other process
    assert times == arrival_times(10_000, rate=2.0, seed=1) != arrival_times(10_000, rate=2.0, seed=2)


def test_a_large_picture_is_1024_for_the_demo_and_four_sides_for_others() -> None:
    sides = {128: 1024, 64: 256, 512: 2048, 1024: 2048}
    for side, expected in sides.items():
        assert Desk(replace(DEMO, width=side, height=side), Plan()).large_side == expected


def test_percentiles_lie_between_the_values() -> None:
    assert percentile([3.0], 99) == 3.0
    assert percentile([2.0, 1.0, 3.0], 50) == 2.0
    assert percentile(list(map(float, range(101))), 95) == 95.0
    assert percentile([1.0, 2.0], 75) == 1.75


def test_the_ratio_of_two_arms_is_the_median_of_the_repeats() -> None:
    assert middle_ratio([1.0, 4.0, 100.0], [1.0, 2.0, 10.0]) == 2.0
