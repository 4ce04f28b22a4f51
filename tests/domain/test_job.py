"""The table of legal transitions has no way out of a final state and no state nobody can reach."""

from __future__ import annotations

from bot.domain.job import TRANSITIONS, State

FINAL = {State.DELIVERED, State.FAILED, State.CANCELLED, State.REFUSED}


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(State)


def test_nothing_leaves_a_final_state() -> None:
    assert {state for state, following in TRANSITIONS.items() if not following} == FINAL


def test_every_state_can_be_reached() -> None:
    assert set().union(*TRANSITIONS.values()) == set(State)
