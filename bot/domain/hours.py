"""Quiet hours: when the owner wants the GPU for themselves, by the clock of a timezone."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from bot.domain.policy.forms import timezone
from bot.domain.text import code
from bot.errors import BadRequest
from engine.sentence import say

_EXAMPLE = code("22:00-07:00 Europe/Berlin")
_LONGER = code("mon-fri 08:00-18:00, sat 10:00-24:00 UTC")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY, _WEEK = 24 * 60, 7 * 24 * 60  # minutes
_CLOCK = r"([0-9]{1,2}):([0-5][0-9])"
_RANGE = re.compile(rf"(?:([a-z]{{3}})(?:-([a-z]{{3}}))? )?{_CLOCK} ?- ?{_CLOCK}")


@dataclass(frozen=True, slots=True)
class QuietRange:
    """From `start` on, for `length` minutes of the clock, on the weekdays (0 is Monday) on which it begins."""

    weekdays: tuple[int, ...]
    start: int
    length: int

    def __str__(self) -> str:
        first, last = _DAYS[self.weekdays[0]], _DAYS[self.weekdays[-1]]
        days = "" if len(self.weekdays) == 7 else first + (f"-{last}" if last != first else "") + " "
        end = (self.start + self.length) % _DAY or _DAY  # 24:00, which is no beginning
        return f"{days}{_clock(self.start)}-{_clock(end)}"

    def minutes(self) -> Iterator[int]:
        """Of the week, from Monday's midnight on."""
        for weekday in self.weekdays:
            begin = weekday * _DAY + self.start
            yield from (minute % _WEEK for minute in range(begin, begin + self.length))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The ranges and their timezone; as text it is what `parse` reads."""

    ranges: tuple[QuietRange, ...]
    timezone: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "22:00-07:00 Europe/Berlin" or "mon-fri 08:00-18:00, sat 10:00-24:00 UTC".

        A day is the one on which its range begins. Raises `BadRequest`, also where nothing of a week is left.
        """
        ranges, _, zone = " ".join(text.split()).rpartition(" ")
        found = tuple(_read_range(each.strip(" ")) for each in ranges.split(",")) if ranges else ()
        if not found:
            raise _wrong(text)
        hours = cls(found, _read_timezone(zone))
        if len({minute for each in found for minute in each.minutes()}) == _WEEK:
            raise BadRequest(
                say("These quiet hours never end; leave some time, as {example} does.", example=_EXAMPLE)
            )
        return hours

    def __str__(self) -> str:
        return f"{', '.join(map(str, self.ranges))} {self.timezone}"

    def until(self, now_ms: int) -> int | None:
        """When it is no longer quiet, in UTC milliseconds; none where it is not quiet now.

        Where clocks are put back, a range goes from the first time that they show its start to the last time that
        they show its end. Where they leap over either, it is the leap.
        """
        zone, end = ZoneInfo(self.timezone), now_ms // 1000
        while (later := self._end(end, zone)) > end:
            end = later
        return end * 1000 if end * 1000 > now_ms else None

    def _end(self, second: int, zone: ZoneInfo) -> int:
        """The last end of the ranges that hold this second, or the second itself."""
        today = datetime.fromtimestamp(second, zone).date()
        spans = (
            (_moment(day, each.start, zone, fold=0), _moment(day, each.start + each.length, zone, fold=1))
            for day in (today + timedelta(days=days) for days in (-1, 0, 1))
            for each in self.ranges
            if day.weekday() in each.weekdays
        )
        return max((end for begin, end in spans if begin <= second < end), default=second)


def _moment(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> int:
    """The second at which clocks show this time, the first or (fold 1) the last one, or leap over it."""
    local = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    first, last = (int(local.replace(tzinfo=zone, fold=each).timestamp()) for each in (0, 1))
    if first <= last:  # they are the same but for the hour that comes twice
        return last if fold else first
    before, leap = datetime.fromtimestamp(last, zone).utcoffset(), range(last, first)
    return last + bisect_left(
        leap, True, key=lambda at: datetime.fromtimestamp(at, zone).utcoffset() != before
    )


def _read_range(text: str) -> QuietRange:
    found = _RANGE.fullmatch(text.lower())
    if found is None:
        raise _wrong(text)
    first, last, *clock = found.groups()
    start, end = (int(hour) * 60 + int(minute) for hour, minute in (clock[:2], clock[2:]))
    if start >= _DAY or end > _DAY or start == end:
        raise _wrong(text)
    return QuietRange(_read_days(text, first, last), start, (end - start) % _DAY or _DAY)


def _read_days(text: str, first: str | None, last: str | None) -> tuple[int, ...]:
    if first is None:
        return tuple(range(7))
    if not {first, last or first} <= set(_DAYS):
        raise BadRequest(
            say("{text} names a day that there is not; the days are {days}.",
                text=code(text, 50), days=", ".join(map(code, _DAYS)))
        )  # fmt: skip
    begin = _DAYS.index(first)
    count = (_DAYS.index(last or first) - begin) % 7 + 1
    return tuple((begin + day) % 7 for day in range(count))


def _read_timezone(name: str) -> str:
    try:
        return timezone().read(name)
    except ValueError:
        raise BadRequest(
            say(
                "{name} is no timezone; quiet hours end with one, as in {example}.",
                name=code(name, 50),
                example=_EXAMPLE,
            )
        ) from None


def _wrong(text: str) -> BadRequest:
    return BadRequest(
        say("{text} are no quiet hours; write them like {example} or {longer}.",
            text=code(text, 50), example=_EXAMPLE, longer=_LONGER)
    )  # fmt: skip


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
