"""Pictures that were drawn in one mode, where another one holds: which are shown, and whether behind a spoiler."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.job import Job, State
from bot.domain.safety import Safety
from bot.domain.showing import seen_in
from tests.storage.making import GUILD, a_picture, an_order

OFF, SPOILER, BLOCK, REVIEW = Safety
FINE, FLAGGED = a_picture(0), replace(a_picture(1), flagged=True)
BOTH, ONE, NONE = [FINE, FLAGGED], [FINE], list[object]()


def a_job(safety: Safety) -> Job:
    return Job("k3j5x7ab2c", an_order(), State.DELIVERED, 1, 0, None, 0, 0, 0, None, safety=safety)


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        (OFF, {OFF: BOTH, SPOILER: NONE, BLOCK: NONE, REVIEW: NONE}),
        (SPOILER, {OFF: BOTH, SPOILER: BOTH, BLOCK: ONE, REVIEW: ONE}),
        (REVIEW, {OFF: BOTH, SPOILER: BOTH, BLOCK: ONE, REVIEW: BOTH}),
    ],
)
def test_flagged_pictures_are_shown_as_the_place_has_it(
    drawn: Safety, shown: dict[Safety, list[object]]
) -> None:
    for mode, pictures in shown.items():
        assert seen_in(mode, GUILD, a_job(drawn), BOTH)[1] == pictures, mode


def test_a_flagged_picture_brings_its_spoiler_and_one_that_is_fine_does_not() -> None:
    assert seen_in(SPOILER, GUILD, a_job(REVIEW), BOTH)[0].order.spoiler
    assert not seen_in(SPOILER, GUILD, a_job(REVIEW), ONE)[0].order.spoiler
    assert not seen_in(REVIEW, GUILD, a_job(REVIEW), BOTH)[0].order.spoiler


def test_a_moderators_yes_holds_in_that_moderators_server() -> None:
    assert seen_in(REVIEW, GUILD + 1, a_job(REVIEW), BOTH)[1] == ONE
    assert seen_in(REVIEW, None, a_job(REVIEW), BOTH)[1] == ONE
