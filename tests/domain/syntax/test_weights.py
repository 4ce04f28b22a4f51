"""Weighted parts of a prompt become weights that the engine understands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.syntax import parse
from bot.domain.syntax.weights import MAX_WEIGHT
from bot.errors import BadRequest
from engine import emphasis


@pytest.mark.parametrize(
    ("line", "prompt", "negative"),
    [
        ("hot:: dog", "hot, dog", None),
        ("a::2 b", "(a:1.33), (b:0.67)", None),
        ("a house::200 the sea::100", "(a house:1.33), (the sea:0.67)", None),
        ("a::2, b::1,", "(a:1.33), (b:0.67)", None),
        ("a ::2 b", "(a:1.33), (b:0.67)", None),
        ("a::3 b c:: d::0", "(a:1.5), (b c:0.5)", None),
        ("a::2 b::-0.5", "a", "(b:0.5)"),
        ("a:: b::-.5", "a", "b"),
        ("a:: b::-9", "a", "(b:2)"),
        ("a:: b::-0.5 --no c", "a", "c, b"),
        ("a::2", "a", None),
        ("::2", "", None),
        ("a::9 b::1 c::1 d::1", "(a:2), (b:0.33), (c:0.33), (d:0.33)", None),
        ("a::2 --seed 3 b", "(a:1.33), (b:0.67)", None),
        ("a :) ::2 b", r"(a :\):1.33), (b:0.67)", None),
        ("(a:1.2)::2 b", "(a:1.2), (b:0.67)", None),
        ("(a:1.2):: b::2", "((a:1.2):0.67), (b:1.33)", None),
        ("--no a::2", "", "a::2"),
    ],
)
def test_weighted_parts_become_the_engines_weights(line: str, prompt: str, negative: str | None) -> None:
    words = parse(line).words
    assert (words.prompt, words.negative) == (prompt, negative)


@pytest.mark.parametrize("line", ["a::0", "fog::-1", "a::-1 b::0"])
def test_a_prompt_of_unwanted_parts_alone_is_refused(line: str) -> None:
    with pytest.raises(BadRequest, match="above 0"):
        parse(line)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b c", "x :)", "(", "]", "(d)", r"\(", "e\\"]), st.floats(-1000, 1000)
        ),
        max_size=6,
    )
)
def test_the_engine_takes_every_weight_that_comes_of_it(parts: list[tuple[str, float]]) -> None:
    words = parse("z:: " + " ".join(f"{text}::{weight:.3f}" for text, weight in parts)).words
    for text in (words.prompt, words.negative or ""):
        for stretches in emphasis.parse_emphasis(text):
            assert all(0 <= stretch.weight <= emphasis.MAX_WEIGHT for stretch in stretches)


def test_the_largest_weight_is_the_engines() -> None:
    assert MAX_WEIGHT == emphasis.MAX_WEIGHT
