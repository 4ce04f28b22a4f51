"""Who keeps order may shut out those below them: owner, admins, moderators, members."""

from __future__ import annotations

import pytest

from bot.domain.policy.powers import demand_above
from bot.errors import NotAllowed
from tests.domain.policy.cast import ADA, BEN, member

RANKS: list[dict[str, bool]] = [{}, {"is_moderator": True}, {"is_admin": True}, {"is_owner": True}]


@pytest.mark.parametrize("one", range(4))
@pytest.mark.parametrize("other", range(4))
def test_only_who_stands_above_somebody_shuts_them_out(one: int, other: int) -> None:
    who, whom = member(ADA, **RANKS[one]), member(BEN, **RANKS[other])
    if one > other:
        demand_above(who, whom)
    else:
        with pytest.raises(NotAllowed, match="owner, then admins, then moderators"):
            demand_above(who, whom)


def test_an_owner_who_administers_stands_above_admins() -> None:
    demand_above(member(ADA, is_owner=True, is_admin=True, is_moderator=True), member(BEN, is_admin=True))


def test_nobody_shuts_themselves_out() -> None:
    for rank in RANKS:
        with pytest.raises(NotAllowed, match="yourself"):
            demand_above(member(ADA, **rank), member(ADA, **rank))
