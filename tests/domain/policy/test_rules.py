"""What an admin may type for each setting, and that it comes back the same."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.actors import Action
from bot.domain.policy.rules import SETTINGS, AgeRule, Buttons, Rules
from bot.domain.safety import Safety
from bot.errors import BadRequest
from engine.sentence import Sentence
from tests.domain.policy.test_layers import OTHER_THAN_DEFAULT

TYPED: list[tuple[str, str, Any]] = [
    ("enabled", "on", True), ("enabled", " YES ", True), ("img2img", "true", True),
    ("training", "off", False), ("training", "no", False), ("enabled", "False", False),
    ("models", "sd15, demo,sd15", frozenset({"sd15", "demo"})), ("models", "all", None),
    ("models", "-", None), ("max_pixels", "262144", 262144), ("max_pixels", "768x512", 393216),
    ("max_pixels", "64 × 64", 4096), ("max_pixels", "Unlimited", None), ("max_steps", "none", None),
    ("max_steps", "-", None), ("max_steps", "150", 150), ("max_count", "4", 4), ("cooldown", "90", 90),
    ("cooldown", "90s", 90), ("cooldown", "5M", 300), ("cooldown", "1 h", 3600), ("cooldown", "0", 0),
    ("cooldown", "24h", 86400), ("per_hour", "10000", 10000), ("gpu_seconds_per_day", "1", 1),
    ("queue_cap", "unlimited", None), ("newcomer_cap", "3", 3), ("guild_cap", "500", 500),
    ("priority", "4", 4), ("safety", "Block", Safety.BLOCK),
    ("age_restricted", "required", AgeRule.REQUIRED),
    ("actions", "imagine, ZOOM", frozenset({Action.IMAGINE, Action.ZOOM})), ("actions", "all", None),
    ("buttons", "requester", Buttons.REQUESTER), ("min_account_days", "0", 0),
    ("min_member_days", "30", 30), ("newcomer_account_days", "3650", 3650),
    ("newcomer_member_days", "1", 1),
    ("words", "gore,  two   words\nlast, gore", ("gore", "two words", "last")), ("words", "none", ()),
    ("words", "", ()), ("names", "Ada L., Ben", ("Ada L.", "Ben")), ("names", "-", ()),
    ("timezone", "europe/berlin", "Europe/Berlin"), ("timezone", "utc", "UTC"),
    ("timezone", "Australia/Lord_Howe", "Australia/Lord_Howe"),
]  # fmt: skip
WRONG: list[tuple[str, str, str]] = [
    ("enabled", "maybe", "on or off"), ("models", "", "separated by commas"), ("models", ", ,", "`all`"),
    ("models", "x" * 101, "names of models"), ("max_pixels", "4095", "from 4096 to 4194304"),
    ("max_pixels", "0x9999", "`768x512`"), ("max_steps", "151", "from 1 to 150"),
    ("max_steps", "0", "`unlimited`"), ("max_steps", "many", "a whole number"),
    ("max_count", "5", "from 1 to 4"), ("cooldown", "-1", "`5m`"), ("cooldown", "25h", "`24h`"),
    ("cooldown", "5d", "`90s`"), ("cooldown", "none", "`0s`"), ("per_hour", "0", "from 1 to"),
    ("per_hour", "2.5", "a whole number"), ("gpu_seconds_per_day", "86401", "to 86400"),
    ("queue_cap", "1001", "to 1000"), ("newcomer_cap", "0", "from 1"), ("guild_cap", "100001", "to 100000"),
    ("priority", "5", "from 1 to 4"), ("priority", "none", "from 1 to 4"),
    ("safety", "on", "`off`, `spoiler`, `block`, `review`"), ("age_restricted", "yes", "`required`"),
    ("img2img", "2", "on or off"), ("training", "", "on or off"), ("actions", "none", "`all`"),
    ("actions", "cancel", "`imagine`, `blend`"), ("buttons", "nobody", "`anyone`, `requester`"),
    ("min_account_days", "-1", "from 0 to 3650"), ("min_member_days", "unlimited", "from 0 to 3650"),
    ("newcomer_account_days", "3651", "from 0"), ("newcomer_member_days", "a week", "from 0"),
    ("words", "a," + "x" * 101, "at most 100"), ("names", "x" * 101, "`none`"),
    ("timezone", "Berlin", "`Europe/Berlin`"), ("timezone", "../../etc/passwd", "IANA"),
    ("timezone", "localtime", "`UTC`"),
]  # fmt: skip


def test_the_settings_are_the_rules_and_each_says_what_it_is_for() -> None:
    assert list(SETTINGS) == [field.name for field in fields(Rules)]
    for name, setting in SETTINGS.items():
        assert setting.name == name
        assert isinstance(setting.help, Sentence)
        assert len(setting.help) <= 100  # what Discord shows of an option


@pytest.mark.parametrize(("name", "text", "value"), TYPED)
def test_a_setting_is_read_as_an_admin_types_it(name: str, text: str, value: Any) -> None:
    assert SETTINGS[name].parse(text) == value
    assert type(SETTINGS[name].parse(text)) is type(value)


@pytest.mark.parametrize(("name", "text", "legal"), WRONG)
def test_what_a_setting_cannot_be_is_told_with_what_it_can(name: str, text: str, legal: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        SETTINGS[name].parse(text)
    told = refusal.value.sentence
    assert isinstance(told, Sentence)
    assert told.startswith(f"`{name}` cannot be `{text[:50].strip() or ' '}")
    assert legal in told


def test_every_setting_is_typed_rightly_and_wrongly_here() -> None:
    assert {name for name, *_ in TYPED} == {name for name, *_ in WRONG} == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_shown_and_what_is_kept_is_read_back(name: str) -> None:
    setting = SETTINGS[name]
    typed = [value for other, _, value in TYPED if other == name]
    for value in (getattr(Rules(), name), OTHER_THAN_DEFAULT[name], *typed):
        for back in (setting.parse(setting.show(value)), setting.from_json(setting.to_json(value))):
            assert back == value
            assert type(back) is type(value)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0s"), (90, "90s"), (60, "1m"), (5400, "90m"), (86400, "24h")]
)
def test_a_time_is_shown_in_its_largest_unit(seconds: int, shown: str) -> None:
    assert SETTINGS["cooldown"].show(seconds) == shown


@given(
    name=st.sampled_from(list(SETTINGS)),
    text=st.text(max_size=30) | st.from_regex(r"[0-9]{1,6}[smh]?|all|none|-"),
)
def test_whatever_is_typed_is_refused_or_read_back(name: str, text: str) -> None:
    setting = SETTINGS[name]
    try:
        value = setting.parse(text)
    except BadRequest:
        return
    assert setting.parse(setting.show(value)) == value
    assert setting.from_json(setting.to_json(value)) == value


@pytest.mark.parametrize("name", ["words", "names"])
@given(words=st.lists(st.text(min_size=1, max_size=20) | st.sampled_from(["none", "-", "All"]), min_size=1))
def test_lists_of_any_words_are_read_back(name: str, words: list[str]) -> None:
    value = SETTINGS[name].parse(", ".join(words))
    assert SETTINGS[name].parse(SETTINGS[name].show(value)) == value


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("enabled", False, False), ("per_hour", None, None), ("models", frozenset({"b", "a"}), ["a", "b"]),
     ("actions", frozenset({Action.VARY, Action.IMAGINE}), ["imagine", "vary"]), ("safety", Safety.REVIEW, "review"),
     ("words", ("zoë", "b"), ["zoë", "b"])],
)  # fmt: skip
def test_values_are_kept_as_plain_json(name: str, value: Any, kept: Any) -> None:
    assert json.loads(SETTINGS[name].to_json(value)) == kept


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("safety", '"strict"'),
        ("actions", '["fly"]'),
        ("per_hour", "[1]"),
        ("words", "3"),
        ("timezone", '"Mars/Olympus"'),
    ],
)
def test_what_another_version_kept_and_this_one_does_not_know_is_an_error(name: str, text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        SETTINGS[name].from_json(text)
