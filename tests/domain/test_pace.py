"""Estimates come from this machine's own steps, and are not made up before there are any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.domain.drawing import Drawing
from bot.domain.pace import Measure, Pace, Rest, whole

SMALL = Drawing(prompt="x", model="demo", seed=1, count=1, width=100, height=100, steps=10, guidance=4.0)
LARGE = replace(SMALL, width=200)


@dataclass
class Clock:
    """Seconds that pass when they are told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock)


def forwards(clock: Clock, seconds: float, measures: list[Measure], steps: range) -> None:
    """Forwards of the engine, each of which takes all of these pictures a step further."""
    for step in steps:
        clock.now += seconds
        for measure in measures:
            measure.reached(step / SMALL.steps)


def draw(pace: Pace, clock: Clock, drawing: Drawing, seconds: float, pictures: int = 1) -> float | None:
    """Some pictures at once, their decoding free; the engine's time for the first."""
    measures = [pace.begin(drawing) for _ in range(pictures)]
    forwards(clock, seconds, measures, range(1, drawing.steps + 1))
    (first, *_) = [measure.finished() for measure in measures]
    return first


def test_an_unmeasured_model_has_no_estimate(pace: Pace) -> None:
    assert pace.seconds([whole(SMALL)]) is None
    assert pace.forecast([], [whole(SMALL)], 1) == [None]


def test_an_estimate_counts_every_picture_and_grows_with_pixels_and_steps(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    assert pace.seconds([whole(SMALL)]) == pytest.approx(1.0)
    assert pace.seconds([whole(replace(LARGE, steps=20))]) == pytest.approx(4.0)
    assert pace.seconds([whole(replace(SMALL, count=4)), Rest(SMALL, 1, 5)]) == pytest.approx(4.5)


def test_with_a_start_picture_only_the_steps_that_are_drawn_count(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    changed = replace(SMALL, image_sha256="a" * 64, strength=0.3)
    assert pace.seconds([whole(changed)]) == pytest.approx(0.3)


def test_loading_a_model_and_waiting_for_work_do_not_count(pace: Pace, clock: Clock) -> None:
    first = pace.begin(SMALL)
    clock.now += 30  # until the model is loaded
    forwards(clock, 0.1, [first], range(1, 11))
    clock.now += 3600
    draw(pace, clock, SMALL, 0.1)
    assert pace.seconds([whole(SMALL)]) == pytest.approx(1.0)


def test_pictures_drawn_together_are_charged_their_share(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.2, pictures=4)
    assert draw(pace, clock, SMALL, 0.2, pictures=4) == pytest.approx(0.5, rel=0.05)
    assert pace.seconds([whole(replace(SMALL, count=4))]) == pytest.approx(2.0, rel=0.05)


def test_a_small_picture_does_not_pay_for_its_large_neighbour(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    small, large = pace.begin(SMALL), pace.begin(replace(SMALL, width=900))
    for step in range(1, 11):
        clock.now += 0.9
        large.reached(step / SMALL.steps)
        clock.now += 0.1
        small.reached(step / SMALL.steps)
    assert small.finished() == pytest.approx(1.0)
    assert large.finished() == pytest.approx(9.0)


def test_decoding_is_part_of_a_picture(pace: Pace, clock: Clock) -> None:
    measure = pace.begin(SMALL)
    forwards(clock, 0.1, [measure], range(1, 12))
    clock.now += 0.5
    measure.finished()
    assert pace.seconds([whole(SMALL)]) == pytest.approx(1.5, rel=0.01)


def test_another_model_has_a_pace_of_its_own(pace: Pace, clock: Clock) -> None:
    slow = replace(SMALL, model="slow")
    draw(pace, clock, SMALL, 0.1)
    draw(pace, clock, slow, 1.0)
    assert pace.seconds([whole(SMALL), whole(slow)]) == pytest.approx(11.0)


def test_what_was_long_ago_fades(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    for _ in range(30):
        draw(pace, clock, SMALL, 1.0)
    assert pace.seconds([whole(SMALL)]) == pytest.approx(10.0, rel=0.05)


def test_one_after_another_each_waits_for_all_before_it(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    waiting = [whole(SMALL), whole(LARGE), whole(SMALL)]
    assert pace.forecast([Rest(SMALL, 1, 5)], waiting, 1) == pytest.approx([1.5, 3.5, 4.5])


def test_a_short_job_among_long_ones_is_soon_done(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    short, long = whole(replace(SMALL, steps=4)), whole(replace(SMALL, steps=50))
    assert pace.forecast([long], [short, long], 2) == pytest.approx([0.8, 10.4])


def test_a_job_begins_when_one_that_runs_ends(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    running = [Rest(SMALL, 1, 2), Rest(SMALL, 1, 10)]
    # 2 rounds of two; then 8 rounds of two, in which the waiting one comes to 8; then its last 2 alone
    assert pace.forecast(running, [whole(SMALL)], 2) == pytest.approx([0.4 + 1.6 + 0.2])


def test_who_waits_behind_an_unmeasured_model_is_told_nothing(pace: Pace, clock: Clock) -> None:
    draw(pace, clock, SMALL, 0.1)
    new = whole(replace(SMALL, model="new"))
    assert pace.forecast([], [whole(SMALL), new, whole(SMALL)], 1) == [pytest.approx(1.0), None, None]
    assert pace.forecast([new], [whole(SMALL)], 2) == [None]
