"""Who rides in the next forward: fair by work between lanes, by turns within a lane; pure, free of torch."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from engine.request import AdapterUse


@dataclass(frozen=True, slots=True)
class Lane:
    """What requests have in common that take turns as one group, as their calls can share forwards.

    Sides are of the pictures that the model draws, in pixels; `tile` is whether their opposite edges meet.
    """

    model: str
    width: int
    height: int
    adapters: tuple[AdapterUse, ...] = ()
    tile: bool = False


@dataclass(frozen=True, slots=True)
class Rider:
    """One parked network call. A request has at most one. Raises `ValueError` when it costs nothing.

    `lane` is shared by requests that take turns as one group, and usually a `Lane`. Calls of a
    lane with equal `key` can run in one forward. Within a lane a lower `rank` goes first; that cannot starve the
    rest where a request makes few such calls: text encoding 0, decoding 1, denoising 2. `rows` and `work`
    (estimated FLOPs) are those of the whole call. An `idle` rider (training) rides only when nobody else wants to.
    """

    request: str
    lane: Hashable
    key: Hashable
    rank: int
    rows: int
    work: float
    idle: bool = False

    def __post_init__(self) -> None:
        if self.rows < 1 or not 0 < self.work < math.inf:
            raise ValueError(
                f"The call of {self.request} has {self.rows} rows and {self.work} FLOPs of work; "
                "both must be above 0 and finite."
            )


@dataclass(frozen=True, slots=True)
class Room:
    """What fits into one forward, and what it costs `at_least` (FLOPs), however few ride, where it is padded."""

    rows: int
    work: float
    at_least: float = 0.0


@dataclass(frozen=True, slots=True)
class _Forward:
    """What a lane would run next, its cost in FLOPs, and how many requests earn for it."""

    riders: list[Rider]
    cost: float
    earners: int


class Turns:
    """Deficit round robin whose quantum is just enough for one lane to pay for its next forward.

    Between lanes: every lane that has riders earns credit in proportion to its number of requests, and pays the
    cost of its forwards. No lane earns while away, and none ever has more credit than its dearest forward cost.
    So while a lane with n of N requests waits for a forward of cost c, the others together do at most
    c * (N - n) / n, and each of them one forward more (its dearest).

    Within a lane: of the calls of the lowest rank, the one parked longest rides, and with it, longest parked
    first, all of its key that still fit. So of R riders of one key each rides within ceil(R / m) turns
    of that key, where m riders fit even if each were the largest (1 when not even one does); and of R requests in
    a lane each rides within R turns of its lane, not counting turns of lower rank.
    """

    def __init__(self) -> None:
        self._line: list[str] = []  # requests, the least recently ridden first
        self._credit: dict[Hashable, float] = {}  # FLOPs by lane

    def pick(self, riders: Sequence[Rider], room: Callable[[Rider], Room]) -> list[Rider]:
        """Some of `riders` with one lane, key and rank; empty only if `riders` is.

        `riders` are all parked calls: a request or lane that is missing is forgotten. `room` is asked for the
        rider that goes first. It rides even when it alone exceeds its room.
        """
        places = {request: place for place, request in enumerate(self._line)}
        line = sorted(riders, key=lambda rider: places.get(rider.request, len(places)))
        self._credit = {rider.lane: self._credit.get(rider.lane, 0.0) for rider in line}
        lanes: defaultdict[Hashable, list[Rider]] = defaultdict(list)
        for rider in [rider for rider in line if not rider.idle] or line:
            lanes[rider.lane].append(rider)
        ridden = self._pay({lane: _board(queue, room) for lane, queue in lanes.items()}) if lanes else []
        last = [rider.request for rider in ridden]
        self._line = [rider.request for rider in line if rider.request not in last] + last
        return ridden

    def _pay(self, forwards: dict[Hashable, _Forward]) -> list[Rider]:
        """Let all lanes earn until the first can pay for its forward; the one parked longest wins a tie."""
        waits = {
            lane: max(0.0, forward.cost - self._credit[lane]) / forward.earners
            for lane, forward in forwards.items()
        }
        first = min(waits, key=waits.__getitem__)
        for lane, forward in forwards.items():
            self._credit[lane] += waits[first] * forward.earners
        self._credit[first] -= forwards[first].cost
        return forwards[first].riders


def _board(queue: list[Rider], room: Callable[[Rider], Room]) -> _Forward:
    """Fill a forward from a lane's queue; who finds too little room is passed by, and so is further ahead next."""
    first = min(queue, key=lambda rider: rider.rank)
    space = room(first)
    aboard: list[Rider] = []
    rows, work = 0, 0.0
    for rider in queue:
        if (rider.rank, rider.key) != (first.rank, first.key):
            continue
        if not aboard or (rows + rider.rows <= space.rows and work + rider.work <= space.work):
            aboard.append(rider)
            rows += rider.rows
            work += rider.work
    return _Forward(aboard, max(work, space.at_least), len(queue))
