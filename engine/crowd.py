"""The live requests of the engine's thread: lets them in, gives them turns, and says who has ended."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from weakref import WeakSet

from engine.admission import Applicant, Door
from engine.batching import Call, Network, Strand, forward, go_on
from engine.errors import Cancelled
from engine.turns import Rider, Room, Turns
from engine.watchdog import Watchdog
from engine.work import Errand, Work
from engine.workbench import Workbench

_ERRAND_S = 60.0
_FIRST_S = 900.0  # a large model's first forward on a slow CPU takes minutes


class Crowd:
    """Each request runs as a strand that stands still in a network's call whenever another has its turn."""

    def __init__(self, workbench: Workbench, watchdog: Watchdog, ended: Callable[[Work], None]) -> None:
        self._workbench, self._watchdog, self._ended = workbench, watchdog, ended
        self._strands: dict[Work, Strand] = {}
        self._door, self._turns = Door(), Turns()
        self._known: WeakSet[Network] = WeakSet()

    def __len__(self) -> int:
        return len(self._strands)

    def next(self, waiting: Sequence[Work]) -> Work | None:
        """The one to be let in now, if any."""
        bench = self._workbench
        applicant = self._door.admit(
            [Applicant(work.name, work.model) for work in waiting],
            live=Counter(work.model for work in self._strands),
            most_live=bench.most_live,
            loaded=bench.shelf.loaded,
            loadable=bench.shelf.loadable,
        )
        return next((work for work in waiting if applicant and work.name == applicant.request), None)

    def let_in(self, work: Work) -> None:
        """Run it to its first call of a network; its model is loaded if need be."""
        strand = Strand(work.name, work.lane, lambda: work.run(self._workbench))
        self._strands[work] = strand
        self._workbench.shelf.users[work.model] += 1
        with self._watchdog.step():
            strand.go_on()
        self._let_out()

    def step(self) -> None:
        """One forward for those whose turn it is; who was cancelled leaves without another."""
        with self._watchdog.step():
            for work, strand in self._strands.items():
                if work.cancelled:
                    strand.fall(Cancelled())
            self._let_out()
            self._forward()
        self._let_out()

    def run(self, errand: Errand[Any]) -> None:
        """Between two steps; what is live is not touched by it."""
        with self._watchdog.long(_ERRAND_S):
            errand.run(self._workbench)

    def rest(self) -> None:
        """Nobody came for a while: the models leave the memory."""
        self._workbench.rest()

    def _forward(self) -> None:
        calls = {strand.request: strand.call for strand in self._strands.values() if strand.call}
        riders = self._turns.pick(
            [call.rider() for call in calls.values()], lambda rider: _room(calls, rider)
        )
        chosen = [calls[rider.request] for rider in riders]
        if chosen:
            with self._span(chosen[0].network):
                outcomes = forward(chosen, self._workbench.ladder)
            self._workbench.ladder.forward_done()
            for call, outcome in zip(chosen, outcomes, strict=True):
                go_on(call, outcome)

    def _span(self, network: Network) -> AbstractContextManager[None]:
        """A first forward has a budget of its own: it prepares, and no other has told yet how long they take."""
        if network in self._known:
            return self._watchdog.step()
        self._known.add(network)
        return self._watchdog.long(_FIRST_S)

    def _let_out(self) -> None:
        for work in [work for work, strand in self._strands.items() if strand.dead]:
            del self._strands[work]
            self._workbench.shelf.leave(work.model)
            self._ended(work)
        if not self._strands:
            self._workbench.ladder.recover()


def _room(calls: dict[str, Call], rider: Rider) -> Room:
    call = calls[rider.request]
    rows = call.network.rows
    most = rows.most(call.row_work)
    padded = most * call.row_work if rows.exact else 0.0
    return Room(
        most, math.inf, padded
    )  # calls of one key have rows of equal work, so their number says it all
