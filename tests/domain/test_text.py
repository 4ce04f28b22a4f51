"""Members' words are shown back without mentions, markdown or excess length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.text import code, cut, cut_formatted, start_of, units


def test_short_text_is_left_alone() -> None:
    assert cut("a red house", 11) == "a red house"


def test_a_cut_never_splits_a_family_of_joined_emojis() -> None:
    family = "👨‍👩‍👧‍👦"
    assert cut(family * 3, units(family) * 2) == family + "…"


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert units(cut(text, longest)) <= longest


@given(st.text())
def test_code_holds_no_backtick_and_no_line_break_inside(text: str) -> None:
    inside = code(text)[1:-1]
    assert "`" not in inside
    assert "\n" not in inside
    assert inside.strip() or inside == " "


def test_the_start_of_a_text_has_no_mark_and_no_half_grapheme() -> None:
    assert start_of("👨‍👩‍👧‍👦" * 3, 30) == "👨‍👩‍👧‍👦" * 2


def test_code_does_not_turn_the_direction_of_what_follows() -> None:
    assert code("\u202ea \u2067b\u2069") == "`a b`"


@given(st.lists(st.text().map(code), max_size=8).map(", ".join), st.integers(2, 60))
def test_a_formatted_text_is_cut_without_leaving_code_open(text: str, longest: int) -> None:
    shown = cut_formatted(text, longest)
    assert units(shown) <= longest
    assert shown.count("`") % 2 == 0
    assert shown == text or "…" in shown
