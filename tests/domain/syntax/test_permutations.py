"""Braces make several prompts of one."""

from __future__ import annotations

import pytest

from bot.domain.syntax import expand
from bot.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "prompts"),
    [
        ("a red house", ["a red house"]),
        ("a {red, blue} house", ["a red house", "a blue house"]),
        ("{a,b} {1,2}", ["a 1", "a 2", "b 1", "b 2"]),
        ("{a, {b, c} d}", ["a", "b d", "c d"]),
        ("{{a, b} x, {c}}", ["a x", "b x", "{c}"]),
        ("x --ar {1:1, 3:2}", ["x --ar 1:1", "x --ar 3:2"]),
        ("x {--s 5, --tile}", ["x --s 5", "x --tile"]),
        ("{old, } house", ["old house", " house"]),
        (r"{red\, green, blue}", ["red, green", "blue"]),
        (r"\{red, blue\} {a, \}}", [r"\{red, blue\} a", r"\{red, blue\} \}"]),
        ("{just one}", ["{just one}"]),
        ("smile }:-), {a,b}", ["smile }:-), a", "smile }:-), b"]),
        (r"a\, b, c", [r"a\, b, c"]),
    ],
)
def test_each_alternative_makes_a_prompt(text: str, prompts: list[str]) -> None:
    assert expand(text, 10) == prompts


def test_as_many_as_allowed_are_made() -> None:
    assert len(expand("{a,b} {a,b,c,d,e}", 10)) == 10


@pytest.mark.parametrize(
    "text", ["{a,b}" * 1200, "{a,b,c} {a,b,c,d}", "{" + "a," * 3000 + "}", "{{a,b,c,d,e,f},{a,b,c,d,e}}"]
)
def test_more_than_that_are_refused_with_the_number(text: str) -> None:
    with pytest.raises(BadRequest, match="than the 10"):
        expand(text, 10)


@pytest.mark.parametrize("text", ["{a, b", "a {b {c, d}", "{" * 6000])
def test_a_brace_that_is_not_closed_is_said(text: str) -> None:
    with pytest.raises(BadRequest, match="not closed"):
        expand(text, 10)


def test_thousands_of_nested_braces_are_read() -> None:
    assert expand("{" * 3000 + "a" + "}" * 3000, 10) == ["{" * 3000 + "a" + "}" * 3000]
