"""Who rides next: each rule, and the bounds that Turns states."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.turns import Rider, Room, Turns

BOUNDLESS = Room(rows=10**6, work=1e30)


def rider(
    request: str,
    *,
    lane: str = "512²",
    key: str = "unet",
    rank: int = 2,
    rows: int = 2,
    work: float = 2,
    idle: bool = False,
) -> Rider:
    return Rider(request, lane, key, rank, rows, work, idle)


def names(riders: Sequence[Rider]) -> list[str]:
    return [each.request for each in riders]


def roomy(_: Rider) -> Room:
    return BOUNDLESS


# Within a lane


def test_riders_of_one_key_ride_together_as_far_as_rows_and_work_allow() -> None:
    riders = [rider(name, work=10) for name in "abcd"]
    assert names(Turns().pick(riders, lambda _: Room(rows=7, work=100))) == ["a", "b", "c"]
    assert names(Turns().pick(riders, lambda _: Room(rows=100, work=25))) == ["a", "b"]


def test_nobody_parked_means_nobody_rides() -> None:
    assert Turns().pick([], roomy) == []


def test_one_rides_even_when_it_alone_exceeds_the_room() -> None:
    riders = [rider("huge", rows=4, work=1e9), rider("small", rows=1, work=1)]
    assert names(Turns().pick(riders, lambda _: Room(rows=2, work=1e3))) == ["huge"]


def test_a_smaller_rider_fills_the_gap_that_a_big_one_leaves_and_the_big_one_goes_first_next() -> None:
    turns, riders = Turns(), [rider("a", rows=2), rider("big", rows=3), rider("b", rows=1)]
    assert names(turns.pick(riders, lambda _: Room(rows=3, work=1e3))) == ["a", "b"]
    assert names(turns.pick(riders, lambda _: Room(rows=3, work=1e3))) == ["big"]


def test_encoding_goes_before_decoding_and_decoding_before_denoising() -> None:
    turns = Turns()
    calls = {"old": 2, "done": 1, "new": 0}
    for expected in ("new", "done", "old"):
        riders = [rider(name, key=f"rank {rank}", rank=rank) for name, rank in calls.items()]
        assert names(turns.pick(riders, roomy)) == [expected]
        del calls[expected]


def test_the_key_whose_rider_waited_longest_goes_next() -> None:
    turns = Turns()
    riders = [rider("a", key="plain"), rider("b", key="lora"), rider("c", key="plain")]
    assert [names(turns.pick(riders, roomy)) for _ in range(3)] == [["a", "c"], ["b"], ["a", "c"]]


def test_the_room_is_that_of_the_rider_that_goes_first() -> None:
    riders = [rider("a", rank=0, key="text"), rider("b", rank=0, key="text"), rider("c", rank=2)]
    rooms = {"text": Room(rows=2, work=1e3), "unet": BOUNDLESS}
    assert names(Turns().pick(riders, lambda first: rooms[str(first.key)])) == ["a"]


@pytest.mark.parametrize(("rows", "work"), [(0, 1.0), (1, 0.0), (1, math.inf), (1, math.nan)])
def test_a_call_without_rows_or_finite_work_is_refused(rows: int, work: float) -> None:
    with pytest.raises(ValueError, match="must be above 0 and finite"):
        rider("a", rows=rows, work=work)


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12),
    room_rows=st.integers(1, 12),
    room_work=st.integers(1, 40),
    seed=st.integers(0, 2**32),
)
def test_of_r_riders_of_one_key_each_rides_within_r_over_m_turns(
    sizes: list[int], room_rows: int, room_work: int, seed: int
) -> None:
    """Riders that end are followed by new ones, so the line never stands still."""
    random, fresh, turns = Random(seed), count(), Turns()
    room = Room(room_rows, room_work)
    m = max(1, min(room_rows // max(sizes), room_work // (3 * max(sizes))))
    riders = [rider(str(next(fresh)), rows=size, work=3 * size) for size in sizes]
    waited = dict.fromkeys(names(riders), 0)
    for _ in range(60):
        ridden = names(turns.pick(random.sample(riders, len(riders)), lambda _: room))
        waited = {name: turns_waited + 1 for name, turns_waited in waited.items()}
        assert max(waited.values()) <= math.ceil(len(riders) / m)
        for place, each in enumerate(riders):
            if each.request in ridden:
                name = str(next(fresh)) if random.random() < 0.2 else each.request
                riders[place] = rider(name, rows=each.rows, work=each.work)
                waited.pop(each.request)
                waited[name] = 0


@given(requests=st.integers(1, 10), seed=st.integers(0, 2**32))
def test_each_request_of_a_lane_rides_within_as_many_turns_as_the_lane_has_requests(
    requests: int, seed: int
) -> None:
    """Whatever the keys and ranks that they change between; turns of a lower rank are not counted."""
    random, turns = Random(seed), Turns()

    def call(name: str) -> Rider:
        return rider(name, key=random.choice("xyz"), rank=random.choice((0, 1, 2, 2, 2)))

    parked = {str(n): call(str(n)) for n in range(requests)}
    waited = dict.fromkeys(parked, 0)
    for _ in range(100):
        ridden = turns.pick(list(parked.values()), lambda _: Room(rows=4, work=1e3))
        assert len({(each.rank, each.key) for each in ridden}) == 1
        for name, each in parked.items():
            waited[name] += ridden[0].rank >= each.rank
        assert max(waited.values()) <= requests
        for each in ridden:
            waited[each.request], parked[each.request] = 0, call(each.request)


# Between lanes


def test_a_new_huge_picture_first_waits_its_share_while_eight_small_ones_go_on() -> None:
    turns, small = Turns(), [rider(f"small {n}", lane="128²", work=1) for n in range(8)]
    for _ in range(100):
        turns.pick(small, roomy)
    huge = rider("huge", lane="1024²", work=64)
    rides = [turns.pick([huge, *small], roomy)[0].lane for _ in range(650)]
    shares = [place for place, lane in enumerate(rides) if lane == "1024²"]
    assert 63 <= shares[0] <= 64  # of 8 requests, each with the share of the huge one
    assert len(shares) == 10


def test_a_small_picture_rides_at_once_beside_huge_ones() -> None:
    turns, huge = Turns(), [rider(f"huge {n}", lane="1024²", work=64) for n in range(3)]
    turns.pick(huge, roomy)
    small = rider("small", lane="128²", work=1)
    assert names(turns.pick([*huge, small], roomy)) == ["small"]


def test_a_lane_saves_up_no_credit_while_it_is_away() -> None:
    turns, stays = Turns(), rider("stays", lane="a", work=1)
    returns = rider("returns", lane="b", work=10)
    for _ in range(9):
        assert names(turns.pick([stays, returns], roomy)) == ["stays"]
    turns.pick([stays], roomy)  # one turn away, and what it had earned is gone
    for _ in range(9):
        assert names(turns.pick([stays, returns], roomy)) == ["stays"]


def test_a_newcomer_that_encodes_does_not_use_up_what_its_lane_saved_for_denoising() -> None:
    turns, small = Turns(), [rider(f"small {n}", lane="128²", work=1) for n in range(8)]
    huge = rider("huge", lane="1024²", work=64)
    newcomer = rider("newcomer", lane="1024²", key="text", rank=0, work=1)
    for _ in range(60):
        turns.pick([*small, huge], roomy)
    assert names(turns.pick([*small, huge, newcomer], roomy)) == ["newcomer"]
    rides = [turns.pick([*small, huge], roomy)[0] for _ in range(6)]
    assert huge in rides


def test_a_padded_forward_is_paid_as_what_it_costs() -> None:
    turns = Turns()
    padded, bare = rider("padded", lane="a", work=1), rider("bare", lane="b", work=1)
    rooms = {"a": Room(rows=8, work=1e3, at_least=8), "b": Room(rows=8, work=1e3)}
    rides = [turns.pick([padded, bare], lambda first: rooms[str(first.lane)])[0].request for _ in range(90)]
    assert rides.count("padded") == 10


def test_an_idle_rider_rides_only_when_nobody_else_wants_to() -> None:
    turns, training = Turns(), rider("training", lane="lora", work=0.001, idle=True)
    drawing = rider("drawing", work=1e6)
    assert [names(turns.pick([training, drawing], roomy)) for _ in range(3)] == [["drawing"]] * 3
    assert names(turns.pick([training], roomy)) == ["training"]


def test_idle_riders_take_turns_by_the_same_rules() -> None:
    turns = Turns()
    cheap, dear = rider("cheap", lane="a", work=1, idle=True), rider("dear", lane="b", work=4, idle=True)
    rides = [names(turns.pick([cheap, dear], roomy)) for _ in range(50)]
    assert rides.count(["dear"]) == 10


@dataclass(frozen=True)
class Lane:
    requests: int
    dearest: int  # work of one call
    leaves: float  # how likely it is away


LANES = st.lists(
    st.builds(Lane, st.integers(1, 9), st.integers(1, 100), st.sampled_from((0, 0, 0.02, 0.3))),
    min_size=2,
    max_size=5,
)


@given(lanes=LANES, room_rows=st.integers(1, 20), seed=st.integers(0, 2**32))
def test_while_a_lane_waits_the_others_do_no_more_than_the_stated_work(
    lanes: list[Lane], room_rows: int, seed: int
) -> None:
    """c * (N - n) / n and one forward of each other lane, while calls vary in work and lanes come and go."""
    random, turns = Random(seed), Turns()

    def call(lane: int, n: int) -> Rider:
        work = random.uniform(0.1, 1) * lanes[lane].dearest
        return rider(
            f"{lane}.{n}", lane=str(lane), key=random.choice("xy"), rank=random.choice((0, 2, 2)), work=work
        )

    parked = [[call(place, n) for n in range(lane.requests)] for place, lane in enumerate(lanes)]
    dearest = [0.0] * len(lanes)
    others = [0.0] * len(lanes)  # work of the others since the lane's last turn or return
    for _ in range(200):
        here = [place for place, lane in enumerate(lanes) if random.random() >= lane.leaves] or [0]
        others = [work if place in here else 0.0 for place, work in enumerate(others)]
        ridden = turns.pick(
            [each for place in here for each in parked[place]], lambda _: Room(room_rows, 1e9)
        )
        first, cost = int(str(ridden[0].lane)), sum(each.work for each in ridden)
        dearest[first] = max(dearest[first], cost)
        n, total = lanes[first].requests, sum(lane.requests for lane in lanes)
        rest = sum(dearest) - dearest[first]
        assert others[first] <= (cost * (total - n) / n + rest) * (1 + 1e-9)
        others = [work + cost for work in others]
        others[first] = 0.0
        for each in ridden:
            n = int(each.request.partition(".")[2])
            parked[first][n] = call(first, n)


def test_the_same_calls_give_the_same_turns() -> None:
    def rides() -> list[list[str]]:
        turns, random = Turns(), Random(7)
        riders = [
            rider(str(n), lane=random.choice("abc"), key=random.choice("xy"), work=random.randint(1, 9))
            for n in range(20)
        ]
        return [names(turns.pick(riders, lambda _: Room(6, 20))) for _ in range(100)]

    assert rides() == rides()


def test_nothing_is_remembered_of_ten_thousand_requests_that_are_gone() -> None:
    turns, random = Turns(), Random(1)
    waiting = deque(rider(str(n), lane=f"lane {n % 700}", work=random.randint(1, 9)) for n in range(10_000))
    live: list[Rider] = []
    while waiting or live:
        while waiting and len(live) < 16:
            live.append(waiting.popleft())
        gone = set(names(turns.pick(live, roomy)))
        assert all(len(state) <= 16 for state in vars(turns).values())
        live = [each for each in live if each.request not in gone]
    turns.pick([], roomy)
    assert vars(turns) == vars(Turns())
