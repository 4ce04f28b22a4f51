"""What is offered for a setting is legal, and where all of it is offered nothing else is."""

from __future__ import annotations

import pytest

from bot.domain.policy.rules import SETTINGS

MOST_OPTIONS = 25  # of one select of Discord's


def test_all_settings_fit_into_one_select() -> None:
    assert len(SETTINGS) <= MOST_OPTIONS


@pytest.mark.parametrize("name", SETTINGS)
def test_whatever_is_offered_is_legal_and_comes_back_the_same(name: str) -> None:
    setting = SETTINGS[name]
    for text in setting.form.offers():
        value = setting.parse(text)
        assert setting.parse(setting.show(value)) == value


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("enabled", ["on", "off"]),
        ("safety", ["off", "spoiler", "block", "review"]),
        ("priority", ["1", "2", "3", "4"]),
        ("max_count", ["unlimited", "1", "2", "3", "4"]),
    ],
)
def test_all_that_a_setting_may_be_is_offered_where_that_is_little(name: str, offered: list[str]) -> None:
    form = SETTINGS[name].form
    assert form.closed
    assert list(form.offers()) == offered


def test_several_of_a_set_may_be_chosen_together() -> None:
    form = SETTINGS["actions"].form
    assert form.closed and form.several  # noqa: PT018
    assert SETTINGS["actions"].parse(", ".join(form.offers()[1:3])) is not None
