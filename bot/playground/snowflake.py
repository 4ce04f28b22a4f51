"""Discord's 64-bit ids: milliseconds since 2015 in the upper 42 bits, so that ids sort by age."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from bot.playground.clock import Clock

DISCORD_EPOCH_MS = 1_420_070_400_000
_FIRST_SERIAL = 1000  # above those that the default world gives by hand


def snowflake_at(unix_seconds: float, serial: int = 0) -> int:
    """The id that something created at this moment has; `serial` (below 4,194,304) tells siblings apart."""
    return ((round(unix_seconds * 1000) - DISCORD_EPOCH_MS) << 22) + serial


def created_at(snowflake: int) -> float:
    """Unix seconds of the moment in which the id was made."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000


def iso(unix_seconds: float) -> str:
    """The way Discord writes a moment: ISO 8601 with microseconds, in UTC."""
    return datetime.fromtimestamp(unix_seconds, UTC).isoformat(timespec="microseconds")


class SnowflakeFactory:
    """Hands out ids that always grow, at any rate; no two are equal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._serials = itertools.count(_FIRST_SERIAL)

    def __call__(self) -> int:
        self._last = max(self._last + 1, snowflake_at(self._clock.now()))
        return self._last

    def at(self, unix_seconds: float) -> int:
        """The id of something that was made at this moment of the past."""
        return snowflake_at(unix_seconds, next(self._serials))
