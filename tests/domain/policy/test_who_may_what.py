"""Who may do what to a request in each state: all answers of `decide`, and the same written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from bot.domain.job import State
from bot.domain.policy.actors import Action
from bot.domain.policy.rules import Buttons, Rules
from tests.domain.policy.cast import ADA, BEN, DIRECT, HERE, judged, member, request

LETTERS = {
    "i": Action.IMAGINE,  # from a picture of the request
    "b": Action.BLEND,
    "u": Action.UPSCALE,
    "v": Action.VARY,
    "g": Action.REGION,
    "z": Action.ZOOM,
    "r": Action.REROLL,
    "m": Action.REMIX,
    "s": Action.SHOW,
    "f": Action.FAVOURITE,
    "c": Action.CANCEL,
    "d": Action.DELETE,
}

# The request is Ada's. Each cell has the letters of what is allowed, and "-" is nothing.
MAY = """
            queued  running  ready         delivered     ended  deleted
owner       rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
admin       rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
moderator   rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
requester   rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
other       rm      rm       ibuvgzrmsf    ibuvgzrmsf    rm     -
banned      -       -        -             -             -      -
left        -       -        -             -             -      -
direct      rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
"""

# The same where an admin has set `buttons` to `requester`.
MAY_WITH_BUTTONS_OF_THE_REQUESTER = """
            queued  running  ready         delivered     ended  deleted
owner       rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
admin       rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
moderator   rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
requester   rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
other       -       -        sf            sf            -      -
banned      -       -        -             -             -      -
left        -       -        -             -             -      -
direct      rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
"""

# The same of a private request, which Ada alone knows, and of one that she made in a direct message.
MAY_WITH_A_PRIVATE_REQUEST = """
            queued  running  ready         delivered     ended  deleted
owner       -       -        -             -             -      -
admin       -       -        -             -             -      -
moderator   -       -        -             -             -      -
requester   rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
other       -       -        -             -             -      -
banned      -       -        -             -             -      -
left        -       -        -             -             -      -
direct      rmc     rmc      ibuvgzrmsfd   ibuvgzrmsfd   rmd    -
"""

ACTORS: Mapping[str, Mapping[str, Any]] = {
    "owner": {"actor": member(BEN, is_owner=True)},
    "admin": {"actor": member(BEN, is_admin=True)},
    "moderator": {"actor": member(BEN, is_moderator=True)},
    "requester": {"actor": member(ADA)},
    "other": {"actor": member(BEN)},
    "banned": {"actor": member(ADA), "blocked_until": None},
    "left": {"actor": member(ADA, present=False)},
    "direct": {"actor": member(ADA, joined_at=None, roles=()), "venue": DIRECT},
}
STATES = {
    "queued": request(State.QUEUED),
    "running": request(State.RUNNING),
    "ready": request(State.READY),
    "delivered": request(State.DELIVERED),
    "ended": request(State.FAILED),
    "deleted": request(State.DELIVERED, deleted=True),
}


def read(grid: str) -> dict[tuple[str, str, Action], bool]:
    """Every cell of a grid, letter by letter."""
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return {
        (actor, state, action): letter in cell
        for actor, *cells in rows
        for state, cell in zip(head, cells, strict=True)
        for letter, action in LETTERS.items()
    }


def decided(rules: Rules, **facts: Any) -> dict[tuple[str, str, Action], bool]:
    return {
        (actor, state, action): judged(
            action, rules, **ACTORS[actor], subject=replace(STATES[state], **facts)
        ).allowed
        for actor, state, action in product(ACTORS, STATES, Action)
    }


@pytest.mark.parametrize(
    ("grid", "rules", "facts"),
    [
        (MAY, Rules(), {}),
        (MAY_WITH_BUTTONS_OF_THE_REQUESTER, Rules(buttons=Buttons.REQUESTER), {}),
        (MAY_WITH_A_PRIVATE_REQUEST, Rules(), {"private": True}),
        (MAY_WITH_A_PRIVATE_REQUEST, Rules(), {"guild_id": None}),
    ],
)
def test_who_may_do_what_to_a_request_in_which_state(grid: str, rules: Rules, facts: dict[str, Any]) -> None:
    written = read(grid)
    assert len(written) == 8 * 12 * 6
    assert decided(rules, **facts) == written


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.REFUSED])
@pytest.mark.parametrize("action", Action)
def test_it_does_not_matter_how_a_request_ended_without_pictures(state: State, action: Action) -> None:
    assert judged(action, subject=request(state)) == judged(action, subject=request(State.FAILED))


@pytest.mark.parametrize("power", ["is_moderator", "is_admin"])
@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_who_keeps_order_in_one_server_is_anybody_in_another(
    power: str, action: Action, state: State
) -> None:
    rules, abroad = Rules(buttons=Buttons.REQUESTER), request(state, guild_id=11)
    moderator, anybody = member(BEN, **{power: True}), member(BEN)
    assert judged(action, rules, moderator, subject=abroad) == judged(action, rules, anybody, subject=abroad)


@pytest.mark.parametrize("action", Action)
def test_nobody_keeps_order_from_a_direct_message(action: Action) -> None:
    moderator, anybody = member(BEN, is_moderator=True, is_admin=True), member(BEN)
    assert judged(action, actor=moderator, venue=DIRECT, subject=request()) == judged(
        action, actor=anybody, subject=request()
    )


@pytest.mark.parametrize("name", ACTORS)
def test_asking_for_something_new_is_about_no_request(name: str) -> None:
    assert judged(Action.IMAGINE, **ACTORS[name]).allowed == (name not in ("banned", "left"))


@pytest.mark.parametrize("actor", [member(), member(BEN, is_owner=True), member(BEN, is_admin=True)])
def test_a_block_holds_for_everybody_until_it_ends(actor: Any) -> None:
    until = 1_764_008_100_001
    refusal = judged(actor=actor, blocked_until=until)
    assert (refusal.allowed, refusal.setting) == (False, None)
    assert refusal.why == "You are blocked here; the block ends <t:1764008101:R>."
    assert judged(actor=actor, now=until, blocked_until=until).allowed
    assert "for good" in judged(actor=actor, now=until, blocked_until=None).why
    assert not judged(actor=actor, now=0, blocked_until=1).allowed


@pytest.mark.parametrize(
    ("action", "state", "said"),
    [
        (Action.CANCEL, State.READY, "ended already"),
        (Action.DELETE, State.RUNNING, "cancel it instead"),
        (Action.VARY, State.QUEUED, "no pictures yet"),
        (Action.UPSCALE, State.CANCELLED, "ended without pictures"),
    ],
)
def test_the_state_of_a_request_is_what_is_told(action: Action, state: State, said: str) -> None:
    refusal = judged(action, subject=request(state))
    assert said in refusal.why
    assert (refusal.setting, refusal.source) == (None, None)


def test_what_is_not_known_to_a_member_is_not_told_to_be_deleted() -> None:
    secret = request(private=True, deleted=True)
    assert "do not know" in judged(Action.SHOW, actor=member(BEN), subject=secret).why
    assert "deleted" in judged(Action.SHOW, subject=secret).why


def test_a_button_that_is_not_for_everybody_names_its_setting() -> None:
    refusal = judged(Action.VARY, Rules(buttons=Buttons.REQUESTER), member(BEN), subject=request())
    assert refusal.setting == "buttons"
    assert "`/imagine`" in refusal.why
    assert judged(Action.VARY, Rules(buttons=Buttons.REQUESTER), member(BEN), venue=HERE).allowed
