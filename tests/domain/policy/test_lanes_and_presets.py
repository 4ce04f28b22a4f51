"""Newcomers share a lane, and the presets are legal and as strict as they say."""

from __future__ import annotations

import pytest

from bot.domain.policy.lanes import is_newcomer, lane_of
from bot.domain.policy.layers import Layer, Rule, resolve
from bot.domain.policy.presets import PRESETS
from bot.domain.policy.rules import SETTINGS, AgeRule, Rules
from bot.domain.safety import Safety
from tests.domain.policy.cast import ADA, DAY, DIRECT, GUILD, HERE, NOW, judged, member

RULES = Rules(newcomer_account_days=7, newcomer_member_days=1)


@pytest.mark.parametrize(
    ("created", "joined", "newcomer"),
    [
        (7 * DAY, DAY, False),
        (7 * DAY - 1, DAY, True),
        (7 * DAY, DAY - 1, True),
        (900 * DAY, None, False),
        (0, None, True),
    ],
)
def test_a_newcomer_has_a_young_account_or_has_just_joined(
    created: int, joined: int | None, newcomer: bool
) -> None:
    actor = member(created_at=NOW - created, joined_at=None if joined is None else NOW - joined)
    assert is_newcomer(actor, RULES, NOW) is newcomer


def test_all_newcomers_of_a_server_share_a_lane_and_everybody_else_has_one() -> None:
    old, young = member(ADA), [member(user_id, joined_at=NOW) for user_id in (1, 2)]
    assert {lane_of(each, HERE, RULES, f"p{each.user_id}", NOW) for each in young} == {f"{GUILD}:newcomers"}
    assert lane_of(old, HERE, RULES, "p51", NOW) == f"{GUILD}:p51"
    assert lane_of(old, DIRECT, RULES, "p51", NOW) == "0:p51"
    assert lane_of(young[0], HERE, Rules(newcomer_member_days=0), "p1", NOW) == f"{GUILD}:p1"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_legal_values_and_lets_members_draw(name: str) -> None:
    for setting, value in PRESETS[name].items():
        assert SETTINGS[setting].parse(SETTINGS[setting].show(value)) == value
    rules = [Rule(Layer.GUILD, GUILD, setting, value) for setting, value in PRESETS[name].items()]
    venue = HERE if name != "open" else type(HERE)(GUILD, 30, None, age_restricted=True)
    assert judged(rules=resolve(Rules(), rules, member(), venue), venue=venue).allowed


def test_a_preset_leaves_nothing_of_another_one_but_words() -> None:
    assert list(PRESETS) == ["family", "community", "open"]
    settings = [preset.keys() - {"words"} for preset in PRESETS.values()]
    assert settings[0] == settings[1] == settings[2]


def test_what_is_not_checked_is_drawn_only_where_discord_asks_for_the_age() -> None:
    for preset in PRESETS.values():
        assert preset["safety"] is not Safety.OFF or preset["age_restricted"] is AgeRule.REQUIRED


def test_the_presets_are_from_strict_to_lax() -> None:
    for setting in ("per_hour", "gpu_seconds_per_day", "queue_cap", "newcomer_cap", "guild_cap"):
        amounts = [preset[setting] or 10**9 for preset in PRESETS.values()]
        assert amounts == sorted(amounts)
    for setting in ("cooldown", "min_account_days", "newcomer_account_days", "newcomer_member_days"):
        amounts = [preset[setting] for preset in PRESETS.values()]
        assert amounts == sorted(amounts, reverse=True)
