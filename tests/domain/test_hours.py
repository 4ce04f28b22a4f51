"""Quiet hours by the clock on the wall, also on the days on which it is changed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.hours import QuietHours, QuietRange
from bot.errors import BadRequest

START, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2028))
ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana",
    "America/Nuuk", "Antarctica/Troll", "Africa/Cairo", "UTC",
)  # fmt: skip
NIGHT = QuietHours.parse("22:00-07:00 Europe/Berlin")


def at(*moment: int, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    """UTC milliseconds of a local time."""
    year, month, day, hour, minute = (*moment, 0)[:5]
    local = datetime(year, month, day, hour, minute, fold=fold, tzinfo=ZoneInfo(zone))
    return int(local.timestamp()) * 1000


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(2026, 7, 1, 21, 59), None),
        (at(2026, 7, 1, 22), at(2026, 7, 2, 7)),
        (at(2026, 7, 2, 3) + 1, at(2026, 7, 2, 7)),
        (at(2026, 7, 2, 7) - 1, at(2026, 7, 2, 7)),
        (at(2026, 7, 2, 7), None),
        (at(2026, 3, 28, 23), at(2026, 3, 29, 7)),
        (at(2026, 10, 24, 23), at(2026, 10, 25, 7)),
    ],
)
def test_a_night_is_quiet_from_evening_to_morning(now: int, until: int | None) -> None:
    assert NIGHT.until(now) == until


def test_a_night_lasts_an_hour_less_or_more_when_the_clocks_are_changed() -> None:
    hours = 3_600_000
    for evening, length in ((at(2026, 3, 28, 22), 8), (at(2026, 10, 24, 22), 10), (at(2026, 7, 1, 22), 9)):
        assert NIGHT.until(evening) == evening + length * hours


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("01:00-02:30", at(2026, 10, 25, 1), at(2026, 10, 25, 2, 30, fold=1)),
        ("02:10-02:40", at(2026, 10, 25, 2, 10), at(2026, 10, 25, 2, 40, fold=1)),
        ("01:00-02:30", at(2026, 3, 29, 1), at(2026, 3, 29, 3)),
        ("02:30-04:00", at(2026, 3, 29, 3), at(2026, 3, 29, 4)),
    ],
)
def test_where_a_time_comes_twice_or_never_it_is_quiet_without_a_break(
    text: str, begin: int, end: int
) -> None:
    hours = QuietHours.parse(f"{text} Europe/Berlin")
    assert hours.until(begin - 1) is None
    assert {hours.until(now) for now in range(begin, end, 60_000)} == {end}
    assert hours.until(end) is None


def test_a_range_that_the_clocks_leap_over_does_not_come() -> None:
    hours = QuietHours.parse("02:10-02:40 Europe/Berlin")
    assert {hours.until(now) for now in range(at(2026, 3, 29, 0), at(2026, 3, 29, 12), 60_000)} == {None}


def test_a_day_is_the_one_on_which_its_range_begins() -> None:
    hours = QuietHours.parse("fri-sat 22:00-06:00 Europe/Berlin")
    assert hours.until(at(2026, 7, 3, 5)) is None, "the night to Friday"
    assert hours.until(at(2026, 7, 4, 5)) == at(2026, 7, 4, 6), "the night to Saturday"
    assert hours.until(at(2026, 7, 5, 5)) == at(2026, 7, 5, 6), "the night to Sunday"
    assert hours.until(at(2026, 7, 5, 23)) is None


def test_ranges_that_meet_or_overlap_are_one_quiet_time() -> None:
    hours = QuietHours.parse("mon-fri 08:00-18:00, 17:00-24:00, 00:00-02:00 Europe/Berlin")
    assert hours.until(at(2026, 7, 1, 9)) == at(2026, 7, 2, 2)
    assert hours.until(at(2026, 7, 4, 9)) is None, "a Saturday"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("22:00-07:00 Europe/Berlin", "22:00-07:00 Europe/Berlin"),
        ("  8:05 - 9:00   utc ", "08:05-09:00 UTC"),
        ("mon-sun 20:00-00:00 utc", "20:00-24:00 UTC"),
        ("Mon 00:00-24:00,SAT-mon 1:00-2:00 america/new_york", "mon 00:00-24:00, sat-mon 01:00-02:00 America/New_York"),
    ],
)  # fmt: skip
def test_they_are_shown_as_they_are_read(text: str, shown: str) -> None:
    assert str(QuietHours.parse(text)) == shown
    assert QuietHours.parse(shown) == QuietHours.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "at night", "22:00-07:00", "UTC", "22-7 UTC", "24:00-07:00 UTC", "22:00-24:01 UTC", "22:60-23:00 UTC",
        "22:00-22:00 UTC", "22:00-07:00 Europe/Narnia", "22:00-07:00, UTC", "moon 22:00-07:00 UTC",
        "mon-dox 22:00-07:00 UTC", "00:00-24:00 UTC", "06:00-18:00, 18:00-06:00 UTC", "22:00-07:00 `UTC` @everyone",
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_a_legal_value(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        QuietHours.parse(text)
    sentence = caught.value.sentence
    assert "22:00-07:00 Europe/Berlin" in sentence or "`mon`, `tue`" in sentence
    assert sentence.endswith(".")


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    minute = st.integers(0, 24 * 60 - 1)
    weekdays = st.builds(
        lambda first, count: tuple((first + day) % 7 for day in range(count)),
        st.integers(0, 6),
        st.integers(1, 7),
    )
    each = st.builds(QuietRange, weekdays, minute, st.integers(1, 20 * 60))
    ranges = tuple(draw(st.lists(each, min_size=1, max_size=3)))
    hours = QuietHours(ranges, draw(st.sampled_from(ZONES)))
    return hours if len(minutes_of(hours)) < 6 * 24 * 60 else QuietHours(ranges[:1], hours.timezone)


def minutes_of(hours: QuietHours) -> set[int]:
    return {minute for each in hours.ranges for minute in each.minutes()}


@given(quiet_hours(), st.integers(START, END))
def test_it_is_quiet_when_the_clock_on_the_wall_says_so(hours: QuietHours, now: int) -> None:
    """But for times that come twice, in which it is quiet from the first start to the last end."""
    zone = ZoneInfo(hours.timezone)
    wall = datetime.fromtimestamp(now, zone)
    if wall.replace(fold=0).timestamp() == wall.replace(fold=1).timestamp():
        minute = wall.weekday() * 24 * 60 + wall.hour * 60 + wall.minute
        assert (hours.until(now * 1000) is not None) is (minute in minutes_of(hours))


@given(quiet_hours(), st.integers(START, END))
def test_it_is_quiet_without_a_break_until_it_ends(hours: QuietHours, now: int) -> None:
    end = hours.until(now * 1000)
    if end is not None:
        assert hours.until(end) is None
        assert all(hours.until(each) == end for each in range(now * 1000, end, (end - now * 1000) // 20 + 1))


@given(quiet_hours())
def test_any_quiet_hours_are_read_back(hours: QuietHours) -> None:
    assert minutes_of(QuietHours.parse(str(hours))) == minutes_of(hours)
    assert QuietHours.parse(str(hours)).timezone == hours.timezone
