"""What the owner sets while the studio runs; it outlasts a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pause:
    """The GPU rests: since when, in UTC milliseconds, and who said so, unless they had their data deleted."""

    since: int
    by: int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """What the owner says in these servers, by an id of its own; those before `turn` have been tried."""

    id: str
    text: str
    guild_ids: Sequence[int]
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """None of `quiet_hours` (such as "22:00-07:00 Europe/Berlin") is no quiet, none of `memory_gib` leaves it to the
    settings.
    """

    pause: Pause | None = None
    quiet_hours: str | None = None
    memory_gib: float | None = None

    @property
    def paused(self) -> bool:
        return self.pause is not None
