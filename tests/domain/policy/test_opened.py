"""Where the owner has not opened the bot to a server, nothing may be done, and only the owner is answered."""

from __future__ import annotations

import pytest

from bot.domain.policy.actors import Action
from bot.domain.policy.decision import is_open, may_enter
from tests.domain.policy.cast import judged, member, request


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", ["nobody", "is_owner", "is_admin", "is_moderator"])
def test_nobody_does_anything_where_it_is_not_opened(action: Action, role: str) -> None:
    actor = member(**({} if role == "nobody" else {role: True}))
    decision = judged(action, actor=actor, subject=request(), opened=False)
    assert not decision.allowed
    assert decision.why.startswith("The owner of this bot has not opened it to this server")
    assert (decision.setting, decision.source) == (None, None)


def test_where_it_is_opened_nothing_else_changes() -> None:
    assert judged(opened=True) == judged()
    assert judged().allowed


def test_the_owner_alone_is_answered_where_it_is_not_opened() -> None:
    assert may_enter(member(is_owner=True), opened=False).allowed
    assert not may_enter(member(is_admin=True), opened=False).allowed
    assert may_enter(member(), opened=True).allowed


def test_a_list_that_holds_is_asked_about_servers_alone() -> None:
    assert [is_open(guild_id, None) for guild_id in (None, 5, 6)] == [True, True, True]
    assert [is_open(guild_id, frozenset({5})) for guild_id in (None, 5, 6)] == [True, True, False]
