"""The prompt syntax: what is emphasised, what is taken literally, and what is refused."""

from __future__ import annotations

import pytest

from engine.emphasis import parse_emphasis
from engine.request import RequestError


def stretches(prompt: str) -> list[tuple[str, float]]:
    """Of a prompt with one part, weights rounded."""
    (part,) = parse_emphasis(prompt)
    return [(stretch.text, round(stretch.weight, 3)) for stretch in part]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red house", [("a red house", 1)]),
        ("a (red:1.2) house", [("a ", 1), ("red", 1.2), (" house", 1)]),
        ("a (red) house", [("a ", 1), ("red", 1.1), (" house", 1)]),
        ("a [red] house", [("a ", 1), ("red", 0.909), (" house", 1)]),
        (
            "((red)) (a (big:1.2) cat:0.5)",
            [("red", 1.21), (" ", 1), ("a ", 0.5), ("big", 0.6), (" cat", 0.5)],
        ),
        ("(red:0)", [("red", 0)]),
        ("a (red:1) house", [("a red house", 1)]),
        ("", [("", 1)]),
    ],
)
def test_brackets_give_weights(prompt: str, expected: list[tuple[str, float]]) -> None:
    assert stretches(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (r"a \(small\) \[red\] house", "a (small) [red] house"),
        ("a sad face :( in the rain", "a sad face :( in the rain"),
        ("a glad face :) in the sun", "a glad face :) in the sun"),
        ("an open [ bracket", "an open [ bracket"),
        ("the end: 1.2) of it]", "the end: 1.2) of it]"),
        (r"C:\pictures\house \\ \(", r"C:\pictures\house \ ("),
        ("at 10:30", "at 10:30"),
        ("house \\", "house \\"),
    ],
)
def test_escaped_and_lonely_brackets_are_text(prompt: str, text: str) -> None:
    assert stretches(prompt) == [(text, 1)]


def test_a_lonely_bracket_leaves_the_others_their_weight() -> None:
    assert stretches("(( (red:1.5) :[") == [("(( ", 1), ("red", 1.5), (" :[", 1)]


def test_break_begins_a_new_part() -> None:
    parts = parse_emphasis("a house BREAK (a cat:1.3) BREAK BREAK")
    assert [[stretch.text for stretch in part] for part in parts] == [["a house"], ["a cat"]]


@pytest.mark.parametrize("prompt", ["(a:1000)", "(a:2.1)", "(a:-5)", "((a:1.9):1.9)", "(a:-1) BREAK b"])
def test_a_weight_out_of_range_is_refused_with_legal_values(prompt: str) -> None:
    with pytest.raises(
        RequestError, match=r"^The weight \S+ in the prompt is out of range; write 0 to 2, as in"
    ):
        parse_emphasis(prompt)


@pytest.mark.parametrize("prompt", ["(a:1.2.3)", "(a:.)", "(a:...)"])
def test_a_weight_that_is_no_number_is_refused_with_an_example(prompt: str) -> None:
    with pytest.raises(RequestError, match=r"not a number; write it as in \(word:1.2\)"):
        parse_emphasis(prompt)


def test_words_in_a_weights_place_are_text() -> None:
    assert stretches("(a:nan)") == [("a:nan", 1.1)]
