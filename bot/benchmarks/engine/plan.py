"""How much the engine's benchmark measures, and of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What can be measured by itself."""

    CROWD = "crowd"
    POISSON = "poisson"
    BEHIND = "behind"
    CANCEL = "cancel"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`requests` are those of the crowd, whose steps go from twice `short` to `long`; `arrivals` is how many jobs
    of `short` or `long` steps come at random."""

    repeats: int = 5
    requests: int = 16
    arrivals: int = 20
    short: int = 4
    long: int = 50
    parts: Sequence[Part] = tuple(Part)
