"""Who becomes live: the line, what may overtake in it, and that everyone gets in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.admission import AFFINITY_BOUND, Applicant, Door


def line(models: str) -> list[Applicant]:
    return [Applicant(f"{place}", model) for place, model in enumerate(models)]


def admit(
    door: Door,
    waiting: Sequence[Applicant],
    *,
    live: str = "",
    loaded: str = "",
    loadable: str = "",
    most_live: int = 99,
) -> str | None:
    """The name of who is admitted; models are letters."""
    admitted = door.admit(
        waiting,
        live={model: live.count(model) for model in live},
        most_live=most_live,
        loaded=loaded,
        loadable=lambda model: model in loadable,
    )
    return admitted.request if admitted else None


def test_requests_of_loaded_models_are_admitted_in_the_order_of_arrival() -> None:
    assert admit(Door(), line("abab"), live="b", loaded="ab") == "0"


def test_nobody_is_admitted_when_nobody_waits_or_enough_are_live() -> None:
    assert admit(Door(), [], loaded="a") is None
    assert admit(Door(), line("a"), live="aab", loaded="ab", most_live=3) is None
    assert admit(Door(), line("a"), live="ab", loaded="ab", most_live=3) == "0"


def test_a_loadable_model_is_loaded_at_once_when_nobody_waits_for_a_loaded_one() -> None:
    assert admit(Door(), line("bc"), live="a", loaded="a", loadable="bc") == "0"
    assert admit(Door(), line("bc"), live="a", loaded="a", loadable="c") == "1"
    assert admit(Door(), line("bc"), live="a", loaded="a") is None


@pytest.mark.parametrize("loadable", ["", "b"])
def test_a_loaded_model_may_overtake_until_the_bound_and_then_nobody_does(loadable: str) -> None:
    door = Door()
    for n in range(AFFINITY_BOUND):
        waiting = [Applicant("patient", "b"), Applicant(f"quick {n}", "a")]
        assert admit(door, waiting, live="a", loaded="a", loadable=loadable) == f"quick {n}"
    waiting = [Applicant("patient", "b"), Applicant("late", "a"), Applicant("free", "c")]
    assert admit(door, waiting, live="a", loaded="a", loadable=f"c{loadable}") == (
        "patient" if loadable else None
    )
    assert admit(door, waiting, loaded="a", loadable="bc") == "patient"


def test_overtaking_by_loading_another_model_counts_as_well() -> None:
    door = Door(bound=1)
    assert admit(door, line("bc"), live="a", loaded="a", loadable="c") == "1"
    assert admit(door, line("ba"), live="ac", loaded="ac") is None


def test_when_nothing_is_live_the_first_is_admitted_even_if_its_model_never_fits() -> None:
    assert admit(Door(), line("bc"), loaded="a") == "0"


def test_nothing_is_remembered_of_ten_thousand_requests_that_are_gone() -> None:
    door = Door()
    waiting = line("ab" * 5_000)
    for n in range(0, 10_000, 2):
        admit(door, waiting[n : n + 2], loaded="b", live="b")
        assert len(vars(door)["_overtaken"]) <= 2
    admit(door, [])
    assert vars(door) == vars(Door())


@dataclass(frozen=True)
class Arrival:
    at: int
    model: str
    takes: int  # ticks while live


@dataclass
class House:
    """An engine in virtual time, whose memory holds `fits` models."""

    fits: int
    most_live: int
    loaded: list[str] = field(default_factory=list)  # least recently used first
    live: list[tuple[str, int]] = field(default_factory=list)  # model, tick of its end
    switches: int = 0

    def busy(self) -> Collection[str]:
        return {model for model, _ in self.live}

    def let_in(self, model: str, until: int) -> None:
        if model in self.loaded:
            self.loaded.remove(model)
        else:
            self.switches += 1
            if len(self.loaded) == self.fits:
                self.loaded.remove(next(each for each in self.loaded if each not in self.busy()))
        self.loaded.append(model)
        self.live.append((model, until))

    def run(self, arrivals: Sequence[Arrival], door: Door) -> list[int]:
        """The places of `arrivals` (sorted by time) in the order of their admission; fails if any never is."""
        order: list[int] = []
        last = arrivals[-1].at + sum(each.takes for each in arrivals) + 1
        for tick in range(last):
            self.live = [(model, end) for model, end in self.live if end > tick]
            while True:
                waiting = [
                    Applicant(str(place), each.model)
                    for place, each in enumerate(arrivals)
                    if each.at <= tick and place not in order
                ]
                models = [model for model, _ in self.live]
                admitted = door.admit(
                    waiting,
                    live={model: models.count(model) for model in models},
                    most_live=self.most_live,
                    loaded=self.loaded,
                    loadable=lambda _: len(self.busy()) < self.fits,
                )
                if admitted is None:
                    break
                order.append(int(admitted.request))
                self.let_in(admitted.model, tick + arrivals[order[-1]].takes)
                assert len(self.live) <= self.most_live
                assert len(self.busy()) <= self.fits
        assert sorted(order) == list(range(len(arrivals)))
        return order


ARRIVALS = st.lists(
    st.builds(Arrival, st.integers(0, 30), st.sampled_from("aaabc"), st.integers(1, 6)),
    min_size=1,
    max_size=40,
).map(lambda arrivals: sorted(arrivals, key=lambda each: each.at))


@given(arrivals=ARRIVALS, fits=st.integers(1, 3), most_live=st.integers(1, 5), bound=st.integers(0, 4))
def test_everyone_is_admitted_and_nobody_overtaken_more_often_than_the_bound(
    arrivals: list[Arrival], fits: int, most_live: int, bound: int
) -> None:
    """Admitted within the time that one after another would take, and the models always fit."""
    order = House(fits, most_live).run(arrivals, Door(bound))
    overtaken = [
        sum(later > place for later in order[: order.index(place)]) for place in range(len(arrivals))
    ]
    assert max(overtaken) <= bound


@given(rounds=st.integers(4, 20), most_live=st.integers(1, 6), takes=st.integers(1, 4))
def test_models_are_switched_less_often_than_first_come_first_served_does(
    rounds: int, most_live: int, takes: int
) -> None:
    """Where two models are asked for by turns and memory holds one; a bound of 0 is first come, first served."""
    arrivals = [Arrival(at=place // 4, model="ab"[place % 2], takes=takes) for place in range(2 * rounds)]
    fair, sparing = House(1, most_live), House(1, most_live)
    fair.run(arrivals, Door(bound=0))
    sparing.run(arrivals, Door())
    assert fair.switches == len(arrivals)
    assert sparing.switches < fair.switches
