"""Who becomes live: first come, first served, bent a little to spare model switches; pure, free of torch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

AFFINITY_BOUND = 16


@dataclass(frozen=True, slots=True)
class Applicant:
    """A request that waits to become live, and the model that it needs in memory."""

    request: str
    model: str


class Door:
    """A line in which a request whose model is loaded may overtake those whose models are not.

    Nobody is overtaken more than `bound` times. Whoever has been is the next to be admitted: while live requests
    hold the memory that its model needs, nobody else is, so they end and it gets its turn.
    """

    def __init__(self, bound: int = AFFINITY_BOUND) -> None:
        self._bound = bound
        self._overtaken: dict[str, int] = {}

    def admit(
        self,
        waiting: Sequence[Applicant],
        *,
        live: Mapping[str, int],
        most_live: int,
        loaded: Collection[str],
        loadable: Callable[[str], bool],
    ) -> Applicant | None:
        """The next to become live, which the caller takes out of `waiting`, or none for now.

        `waiting` is in the order of arrival; `live` counts live requests by model, `most_live` (at least 1) caps
        their sum; `loaded` models are in memory; `loadable` says whether an unloaded one can be brought there now,
        by letting idle models go if need be. When nothing is live the first in line is not held back: if its
        model cannot be loaded even then, that is for its load to report.
        """
        self._overtaken = {each.request: self._overtaken.get(each.request, 0) for each in waiting}
        if not waiting or sum(live.values()) >= most_live:
            return None
        line = self._until_patience_ends(waiting)
        admitted = (
            next((each for each in line if each.model in loaded), None)
            or next((each for each in line if loadable(each.model)), None)
            or (None if any(live.values()) else line[0])
        )
        if admitted:
            for each in line[: line.index(admitted)]:
                self._overtaken[each.request] += 1
        return admitted

    def _until_patience_ends(self, waiting: Sequence[Applicant]) -> Sequence[Applicant]:
        """The line up to the first who may not be overtaken again."""
        for place, each in enumerate(waiting, start=1):
            if self._overtaken[each.request] >= self._bound:
                return waiting[:place]
        return waiting
