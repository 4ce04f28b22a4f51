"""The calendar hour and the calendar day of a timezone, for limits that start anew with them."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Windows:
    """UTC milliseconds; a start belongs to its window, and an end to the next one."""

    hour_start: int
    hour_end: int
    day_start: int
    day_end: int


def windows(now_ms: int, timezone: str) -> Windows:
    """The hour and the day that hold this moment. `timezone` is an IANA name.

    Where clocks are put back, the hour that comes twice is two hours; a change within an hour parts it in two.
    Raises `ZoneInfoNotFoundError` for a timezone that there is not.
    """
    return _around(now_ms // 1000, timezone)


@lru_cache(maxsize=64)
def _around(now: int, timezone: str) -> Windows:
    """Each request asks several times, and a crowd of them in the same second."""
    zone = ZoneInfo(timezone)
    return Windows(*(second * 1000 for second in (*_hour(now, zone), *_day(now, zone))))


def _hour(now: int, zone: ZoneInfo) -> tuple[int, int]:
    """The seconds around `now` that have its hour and its offset from UTC."""
    local = datetime.fromtimestamp(now, zone)
    start = now - local.minute * 60 - local.second
    end = start + _HOUR_S

    def same(second: int) -> bool:
        return datetime.fromtimestamp(second, zone).utcoffset() == local.utcoffset()

    begun = bisect_left(range(start, now), True, key=same)
    ended = bisect_left(range(now, end), True, key=lambda second: not same(second))
    return start + begun, now + ended


def _day(now: int, zone: ZoneInfo) -> tuple[int, int]:
    """A day that is skipped has no seconds, so the one after it begins where the one before it ends."""
    today = datetime.fromtimestamp(now, zone).date()
    starts = [_first_second(today + timedelta(days=days), zone) for days in range(3)]
    return max(start for start in starts if start <= now), min(start for start in starts if start > now)


def _first_second(day: date, zone: ZoneInfo) -> int:
    """The first of this day, or after it: midnight, its first where it comes twice, or where clocks leap over it."""
    folds = (datetime.combine(day, time(fold=fold), zone) for fold in (0, 1))
    first, second = (int(moment.timestamp()) for moment in folds)
    earliest = min(first, second)
    leap = range(earliest, first)  # is empty unless clocks leap over midnight
    return earliest + bisect_left(leap, day, key=lambda moment: datetime.fromtimestamp(moment, zone).date())
