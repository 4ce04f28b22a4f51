"""Hours and days tile the time of every timezone, also where its clocks leap."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.windows import Windows, windows

HOUR = 3_600_000
DAY = 24 * HOUR
START, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2028))
ZONES = (
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC",
    "Atlantic/Azores", "Africa/Cairo", "America/Havana", "America/Nuuk", "America/Santiago", "Antarctica/Troll",
)  # fmt: skip
CHANGING = tuple(zone for zone in ZONES if zone not in ("Asia/Kathmandu", "Pacific/Apia", "UTC"))


@cache
def changes(zone: str) -> tuple[int, ...]:
    """The seconds of 2026 and 2027 at which the clocks are changed, found by looking at every half hour."""
    place = ZoneInfo(zone)
    looks = [
        (second, datetime.fromtimestamp(second, place).utcoffset()) for second in range(START, END, 1800)
    ]
    return tuple(second for (_, before), (second, after) in pairwise(looks) if before != after)


def at(zone: str, *moment: int, fold: int = 0) -> int:
    """UTC milliseconds of a local time."""
    year, month, day, hour, minute = (*moment, 0, 0)[:5]
    local = datetime(year, month, day, hour, minute, fold=fold, tzinfo=ZoneInfo(zone))
    return int(local.timestamp()) * 1000


def check(zone: str, now: int) -> Windows:
    """Both windows hold this moment, begin and end on the local clock, and know nothing finer than it."""
    window, place = windows(now, zone), ZoneInfo(zone)
    assert window.hour_start <= now < window.hour_end
    assert window.day_start <= window.hour_start < window.hour_end <= window.day_end
    here, first, last, before, after = (
        datetime.fromtimestamp(moment // 1000, place)
        for moment in (
            now, window.day_start, window.day_end - 1000, window.day_start - 1000, window.day_end,
        )
    )  # fmt: skip
    assert before.date() < here.date() < after.date()
    assert first.date() == here.date() == last.date()
    hour = [
        datetime.fromtimestamp(moment // 1000, place)
        for moment in (window.hour_start, now, window.hour_end - 1000)
    ]
    assert len({(each.date(), each.hour, each.utcoffset()) for each in hour}) == 1
    return window


def check_tiles(zone: str, start: int, end: int) -> None:
    """Each window begins where the one before it ends, and is the same from all its moments; UTC milliseconds."""
    last = windows(start, zone)
    while last.hour_end < end:
        window = check(zone, last.hour_end)
        assert window.hour_start == last.hour_end
        assert window.day_start in (last.day_start, last.day_end)
        assert (window.day_start == last.day_start) == (window.day_end == last.day_end)
        for moment in (window.hour_start, (window.hour_start + window.hour_end) // 2, window.hour_end - 1):
            assert windows(moment, zone) == window
        last = window


@given(zone=st.sampled_from(ZONES), now=st.integers(START * 1000, END * 1000))
def test_every_moment_is_inside_its_hour_and_its_day(zone: str, now: int) -> None:
    window = check(zone, now)
    assert window.hour_end - window.hour_start in (HOUR, HOUR // 2)
    assert DAY - 2 * HOUR <= window.day_end - window.day_start <= DAY + 2 * HOUR


@given(zone=st.sampled_from(CHANGING), index=st.integers(0, 3), off=st.integers(-2 * DAY, 2 * DAY))
def test_every_moment_near_a_change_of_the_clocks_is_inside_its_hour_and_its_day(
    zone: str, index: int, off: int
) -> None:
    check(zone, changes(zone)[index] * 1000 + off)


@pytest.mark.parametrize("zone", CHANGING)
def test_windows_tile_the_time_around_every_change_of_the_clocks(zone: str) -> None:
    assert len(changes(zone)) == 4
    for change in changes(zone):
        check_tiles(zone, change * 1000 - 30 * HOUR, change * 1000 + 30 * HOUR)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Pacific/Apia", "UTC"])
def test_windows_tile_the_time_where_clocks_are_never_changed(zone: str) -> None:
    assert changes(zone) == ()
    check_tiles(zone, START * 1000, START * 1000 + 3 * DAY)


@pytest.mark.long
@pytest.mark.parametrize("zone", sorted(available_timezones()))
def test_windows_tile_two_years_in_every_timezone(zone: str) -> None:
    end = windows(START * 1000, zone).day_start
    while end < END * 1000:
        window = check(zone, end)
        assert window.day_start == end
        end = window.day_end
    for change in changes(zone):
        check_tiles(zone, change * 1000 - 5 * HOUR, change * 1000 + 5 * HOUR)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", (2026, 3, 8), 23), ("America/New_York", (2026, 11, 1), 25),
        ("Europe/Berlin", (2026, 3, 29), 23), ("Europe/Berlin", (2027, 10, 31), 25),
        ("Europe/Berlin", (2026, 7, 1), 24),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5), ("Australia/Lord_Howe", (2027, 4, 4), 24.5),
        ("Asia/Kathmandu", (2026, 3, 29), 24), ("Pacific/Apia", (2026, 4, 5), 24), ("UTC", (2026, 3, 29), 24),
        ("Antarctica/Troll", (2026, 3, 29), 22), ("Atlantic/Azores", (2026, 3, 29), 23),
        ("Africa/Cairo", (2026, 4, 24), 23), ("America/Havana", (2026, 11, 1), 25),
    ],
)  # fmt: skip
def test_a_day_is_as_long_as_its_place_makes_it(zone: str, day: tuple[int, int, int], hours: float) -> None:
    window = windows(at(zone, *day, 12), zone)
    assert window.day_end - window.day_start == hours * HOUR


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    zone = "America/New_York"
    first, second = (windows(at(zone, 2026, 11, 1, 1, 30, fold=fold), zone) for fold in (0, 1))
    assert first.hour_end == second.hour_start == at(zone, 2026, 11, 1, 1, fold=1)
    assert first.hour_end - first.hour_start == second.hour_end - second.hour_start == HOUR
    assert (first.day_start, first.day_end) == (second.day_start, second.day_end)


def test_the_half_hour_that_comes_twice_is_a_window_of_its_own() -> None:
    zone = "Australia/Lord_Howe"
    first, second = (windows(at(zone, 2026, 4, 5, 1, 45, fold=fold), zone) for fold in (0, 1))
    assert (first.hour_start, first.hour_end) == (at(zone, 2026, 4, 5, 1), second.hour_start)
    assert second.hour_end - second.hour_start == HOUR // 2
    assert second.hour_end == at(zone, 2026, 4, 5, 2)


def test_a_day_that_a_place_skipped_ends_when_it_begins() -> None:
    zone = "Pacific/Apia"
    before, after = windows(at(zone, 2011, 12, 29, 12), zone), windows(at(zone, 2011, 12, 31, 12), zone)
    assert before.day_end == after.day_start
    assert before.day_end - before.day_start == after.day_end - after.day_start == DAY


def test_midnight_that_does_not_exist_or_comes_twice_begins_one_day() -> None:
    azores, havana = "Atlantic/Azores", "America/Havana"
    assert windows(at(azores, 2026, 3, 29, 12), azores).day_start == at(azores, 2026, 3, 29, 1)
    assert windows(at(havana, 2026, 11, 1, 12), havana).day_start == at(havana, 2026, 11, 1, 0, fold=0)


def test_clocks_that_leap_over_midnight_begin_the_day_at_the_leap() -> None:
    zone = "America/Toronto"  # on 30 March 1919 at 23:30 they were put to 00:30
    leap = at(zone, 1919, 3, 31, 0, 30)
    window = windows(at(zone, 1919, 3, 31, 12), zone)
    assert (window.day_start, windows(leap - 1, zone).day_end) == (leap, leap)
    assert windows(leap, zone).hour_start == leap


def test_a_day_that_begins_twice_begins_when_it_first_does() -> None:
    zone = "America/St_Johns"  # on 7 November 2010 at 00:01 they were put back to 23:01
    midnight = at(zone, 2010, 11, 7, fold=0)
    for moment in (midnight, at(zone, 2010, 11, 6, 23, 30, fold=1), at(zone, 2010, 11, 7, 12)):
        assert windows(moment, zone).day_start == windows(midnight - 1, zone).day_end == midnight


def test_kathmandu_begins_its_hours_at_a_quarter_past() -> None:
    window = windows(at("UTC", 2026, 6, 1, 10, 20), "Asia/Kathmandu")
    assert window.hour_start == at("UTC", 2026, 6, 1, 10, 15)
    assert window.day_start == at("UTC", 2026, 5, 31, 18, 15)


def test_a_timezone_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        windows(0, "Europe/Nowhere")
