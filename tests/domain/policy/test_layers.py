"""The more specific layer wins, lists add up, and each value can say where it comes from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.actors import Action, Actor, Venue
from bot.domain.policy.layers import STUDIO, Layer, Rule, Source, explain, resolve
from bot.domain.policy.rules import SETTINGS, AgeRule, Buttons, Rules
from bot.domain.safety import Safety
from tests.domain.policy.cast import (
    ADA,
    ARTIST,
    BEN,
    CATEGORY,
    CHANNEL,
    DIRECT,
    EVERYONE,
    GUILD,
    HERE,
    PATRON,
    member,
)

OTHER_THAN_DEFAULT: dict[str, Any] = {
    "enabled": False, "models": frozenset({"demo"}), "max_pixels": 65536, "max_steps": 30, "max_count": 2,
    "cooldown": 60, "per_hour": 20, "gpu_seconds_per_day": 600, "queue_cap": 3, "newcomer_cap": 9,
    "guild_cap": 99, "priority": 3, "safety": Safety.BLOCK, "age_restricted": AgeRule.RELAX, "img2img": False,
    "training": False, "actions": frozenset({Action.IMAGINE}), "buttons": Buttons.REQUESTER,
    "min_account_days": 30, "min_member_days": 2, "newcomer_account_days": 90, "newcomer_member_days": 14,
    "words": ("gore",), "names": ("A. Painter",), "timezone": "Europe/Berlin",
}  # fmt: skip
TARGETS = [
    (Layer.GUILD, GUILD), (Layer.CATEGORY, CATEGORY), (Layer.CHANNEL, CHANNEL), (Layer.ROLE, EVERYONE),
    (Layer.ROLE, ARTIST), (Layer.ROLE, PATRON), (Layer.USER, ADA),
]  # fmt: skip
REPLACED = [name for name, setting in SETTINGS.items() if not (setting.adds_up or setting.guild_only)]


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(("layer", "target"), TARGETS)
def test_a_setting_can_be_made_on_every_layer(name: str, layer: Layer, target: int) -> None:
    value = OTHER_THAN_DEFAULT[name]
    resolved = resolve(Rules(), [Rule(layer, target, name, value)], member(), HERE)
    if SETTINGS[name].guild_only and layer is not Layer.GUILD:
        assert (resolved.rules, resolved.source(name)) == (Rules(), STUDIO)
        return
    assert resolved.rules == Rules(**{name: value}) != Rules()
    assert resolved.source(name) == Source(layer, target)
    assert all(resolved.source(other) == STUDIO for other in SETTINGS if other != name)


@pytest.mark.parametrize(("layer", "target"), TARGETS)
@pytest.mark.parametrize(
    ("actor", "venue"),
    [
        (member(), DIRECT),
        (Actor(user_id=BEN, created_at=0), Venue(11, 31, 21)),
        (member(BEN, roles=()), Venue(11, 31)),
    ],
)
def test_a_rule_holds_for_nobody_else_and_nowhere_else(
    layer: Layer, target: int, actor: Actor, venue: Venue
) -> None:
    assert resolve(Rules(), [Rule(layer, target, "priority", 4)], actor, venue).rules == Rules()


def test_a_target_of_one_layer_is_none_of_another() -> None:
    rules = [Rule(Layer.USER, CHANNEL, "priority", 4), Rule(Layer.CATEGORY, CHANNEL, "priority", 3)]
    assert resolve(Rules(), rules, member(), HERE).rules == Rules()
    assert resolve(Rules(), rules, member(), Venue(GUILD, CHANNEL)).rules == Rules()


@pytest.mark.parametrize(
    ("base", "modes", "expected"),
    [
        (Safety.OFF, [Safety.OFF], Safety.OFF),
        (Safety.SPOILER, [Safety.OFF], Safety.SPOILER),
        (Safety.OFF, [Safety.REVIEW, Safety.BLOCK, Safety.SPOILER], Safety.BLOCK),
    ],
)
def test_in_a_place_that_is_not_known_the_strictest_safety_mode_of_all_holds(
    base: Safety, modes: list[Safety], expected: Safety
) -> None:
    rules = [Rule(Layer.CHANNEL, number, "safety", mode) for number, mode in enumerate(modes)]
    rules.append(Rule(Layer.USER, ADA, "safety", Safety.OFF))
    resolved = resolve(Rules(safety=base), rules, member(ADA), Venue(GUILD, 99, known=False))
    assert resolved.rules.safety is expected
    assert resolve(Rules(safety=base), rules, member(ADA), Venue(GUILD, 99)).rules.safety is Safety.OFF


def test_of_roles_the_highest_wins_whatever_its_id() -> None:
    rules = [Rule(Layer.ROLE, ARTIST, "priority", 2), Rule(Layer.ROLE, PATRON, "priority", 3)]
    assert resolve(Rules(), rules, member(roles=(ARTIST, PATRON)), HERE).rules.priority == 3
    assert resolve(Rules(), rules, member(roles=(PATRON, ARTIST)), HERE).rules.priority == 2


@given(
    setting=st.sampled_from(REPLACED),
    chosen=st.lists(st.sampled_from(TARGETS), unique=True).flatmap(st.permutations),
)
def test_the_most_specific_layer_wins_in_whatever_order_the_rules_come(
    setting: str, chosen: list[tuple[Layer, int]]
) -> None:
    rules = [Rule(layer, target, setting, TARGETS.index((layer, target))) for layer, target in chosen]
    resolved = resolve(Rules(), rules, member(), HERE)
    winner = max(chosen, key=TARGETS.index, default=None)
    expected = getattr(Rules(), setting) if winner is None else TARGETS.index(winner)
    assert getattr(resolved.rules, setting) == expected
    assert resolved.source(setting) == (Source(*winner) if winner else STUDIO)


@pytest.mark.parametrize("name", ["words", "names"])
def test_words_and_names_add_up_over_the_layers_and_name_all_of_them(name: str) -> None:
    listed: dict[str, Any] = {name: ("a", "b")}
    rules = [
        Rule(Layer.USER, ADA, name, ("d", "a")),
        Rule(Layer.ROLE, PATRON, name, ()),
        Rule(Layer.GUILD, GUILD, name, ("c",)),
    ]
    resolved = resolve(Rules(**listed), rules, member(), HERE)
    assert getattr(resolved.rules, name) == ("a", "b", "c", "d")
    assert resolved.source(name) == Source(Layer.USER, ADA)
    explained = next(each for each in explain(resolved) if each.setting.name == name)
    assert explained.sources == (STUDIO, Source(Layer.GUILD, GUILD), Source(Layer.USER, ADA))


def test_a_list_that_is_set_to_nothing_takes_nothing_away() -> None:
    rules = [Rule(Layer.GUILD, GUILD, "words", ("gore",)), Rule(Layer.CHANNEL, CHANNEL, "words", ())]
    assert resolve(Rules(), rules, member(), HERE).rules.words == ("gore",)


def test_a_limit_can_be_lifted_by_a_more_specific_layer() -> None:
    rules = [Rule(Layer.GUILD, GUILD, "per_hour", 5), Rule(Layer.ROLE, PATRON, "per_hour", None)]
    resolved = resolve(Rules(), rules, member(), HERE)
    assert resolved.rules.per_hour is None
    assert resolved.source("per_hour") == Source(Layer.ROLE, PATRON)


def test_everything_is_explained_in_one_order_as_an_admin_would_type_it() -> None:
    rules = [Rule(Layer.GUILD, GUILD, "cooldown", 300), Rule(Layer.CHANNEL, CHANNEL, "safety", Safety.REVIEW)]
    explained = explain(resolve(Rules(max_steps=40), rules, member(), HERE))
    assert [each.setting.name for each in explained] == list(SETTINGS)
    changed = {each.setting.name: each for each in explained if each.sources != (STUDIO,)}
    assert {name: each.shown for name, each in changed.items()} == {"cooldown": "5m", "safety": "review"}
    assert changed["safety"].sources == (Source(Layer.CHANNEL, CHANNEL),)
    assert next(each.shown for each in explained if each.setting.name == "max_steps") == "40"
