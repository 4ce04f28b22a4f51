"""A wildcard becomes a line of the owner's list, and the same one for the same seed."""

from __future__ import annotations

import pytest

from bot.domain.syntax import fill
from bot.errors import BadRequest
from tests.domain.inventory import INVENTORY

LISTS = INVENTORY.wildcards


def test_a_wildcard_becomes_one_of_its_lines() -> None:
    assert {fill("a __animals__!", LISTS, seed) for seed in range(50)} == {"a cat!", "a dog!", "a owl!"}


def test_the_same_seed_chooses_the_same_lines() -> None:
    text = "__animals__ " * 20
    assert fill(text, LISTS, 5) == fill(text, LISTS, 5)
    assert fill(text, LISTS, 5) != fill(text, LISTS, 6)
    assert len(set(fill(text, LISTS, 5).split())) == 3


def test_a_line_may_hold_wildcards() -> None:
    filled = {fill("__colour__", LISTS, seed) for seed in range(50)}
    assert filled == {"red", "cat blue", "dog blue", "owl blue"}


def test_a_name_may_be_written_in_any_case_and_touch_other_words() -> None:
    assert fill("big__Only__s", {"only": ("cat",)}, 1) == "bigcats"


def test_an_escaped_wildcard_and_lone_underscores_stay() -> None:
    text = r"\__animals__ snake__case __ ____"
    assert fill(text, LISTS, 1) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("an __animal__", "did you mean `animals`"), ("__zzz__", "choose one of: `animals`, `colour`")],
)
def test_an_unknown_list_is_answered_with_known_ones(text: str, expected: str) -> None:
    with pytest.raises(BadRequest) as caught:
        fill(text, LISTS, 1)
    assert expected in caught.value.sentence


@pytest.mark.parametrize("lines", [("__loop__",), ("__loop__ __loop__",), ("__other__",)])
def test_lists_that_name_each_other_for_ever_are_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest, match="more than 100 wildcards"):
        fill("__loop__", {"loop": lines, "other": ("__loop__",)}, 1)


def test_more_wildcards_than_a_hundred_are_refused() -> None:
    assert fill("__animals__ " * 100, LISTS, 1)
    with pytest.raises(BadRequest, match="use fewer"):
        fill("__animals__ " * 101, LISTS, 1)
