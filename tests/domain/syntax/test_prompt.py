"""A prompt is split from its flags, and written so that it is read as the same again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.params import resolve
from bot.domain.syntax import check_shortcut, expand, fill, parse, render
from bot.domain.syntax.flags import BY_NAME, FLAGS
from bot.domain.words import Words
from bot.errors import BadRequest
from tests.domain.inventory import INVENTORY
from tests.domain.syntax.lines import LINES, SHA, WORDS

SHORTCUTS = {"look": "--no text --s 50", "broken": "--seed banana", "itself": "--itself --ar"}


def read(line: str, **shortcuts: str) -> Words:
    parsed = parse(line, shortcuts)
    assert parsed.notes == ()
    return parsed.words


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("--ar 3:2", "width", 160),
        ("--aspect 256x384", "height", 384),
        ("--no text, people", "negative", "text, people"),
        ("--seed 12", "seed", 12),
        ("--count 2", "count", 2),
        ("--n 3", "count", 3),
        ("--stylize 1000", "guidance", 2.0),
        ("--s 0", "guidance", 6.0),
        ("--chaos 50", "chaos", 50),
        ("--c 7", "chaos", 7),
        ("--iw 2", "strength", 0.2),
        ("--strength 0.3", "strength", 0.3),
        ("--tile", "tile", True),
        ("--quality .5", "steps", 12),
        ("--q 2", "steps", 50),
        ("--steps 30", "steps", 30),
        ("--stop 80", "stop", 80),
        ("--model sd15", "model", "sd15"),
        ("--v SD15", "model", "sd15"),
        ("--style Watercolour", "full_prompt", "a red house, soft watercolour"),
        ("--embedding cat-toy", "prompt", "a red house, <cat-toy>"),
        ("--cfg 7.5", "guidance", 7.5),
        ("--sampler euler_a", "sampler", "euler_a"),
        (f"--image {SHA}", "image_sha256", SHA),
        (f"--image {SHA.upper()} --mask {SHA}", "mask_sha256", SHA),
        (f"--image {SHA} --upscale 2", "upscale", 2),
        (f"--image {SHA} --upscale 2", "width", 256),
    ],
)
def test_the_effect_of_each_flag_shows_in_the_drawing(flag: str, field: str, value: object) -> None:
    for line in (f"a red house {flag}", f"a {flag} --tile red house"):
        parsed = parse(line)
        made = resolve(parsed.words, INVENTORY, 7).drawing
        assert getattr(made, field) == value
        assert made.prompt.startswith("a red house")
        assert "--" not in made.prompt


@pytest.mark.parametrize(
    ("flag", "field", "value"),
    [
        ("--repeat 3", "repeat", 3),
        ("--r 2", "repeat", 2),
        ("--spoiler", "spoiler", True),
        ("--private", "private", True),
    ],
)
def test_flags_that_change_no_picture_are_among_the_words(flag: str, field: str, value: object) -> None:
    assert read(f"x {flag}") == Words(prompt="x", **{field: value})  # type: ignore[arg-type]


def test_every_word_of_a_member_has_its_flag_with_a_legal_example() -> None:
    assert {flag.field for flag in FLAGS} == {field.name for field in fields(Words)} - {"prompt"}
    for flag in FLAGS:
        for name in flag.names:
            assert getattr(read(f"--{name} {flag.example}"), flag.field) is not None


@pytest.mark.parametrize(
    "line",
    [
        "x —ar 3:2", "x –ar 3:2", "x --AR 3:2", "—Aspect 3:2 x", "x --ar=3:2", "x --ar 3:2,", "x --ar, 3:2",
        "x\n--ar\t3:2",
    ],
)  # fmt: skip
def test_a_flag_is_read_as_members_type_it(line: str) -> None:
    assert read(line) == Words(prompt="x", aspect="3:2")


@pytest.mark.parametrize(
    "text",
    [
        "a -- b", "rock-n-roll", "a well--known dog", "don't, it's \"mine\" & 50% off!",
        "the sea —calm and wide— at dawn",
        "https://example.org/a--b?x=1#--seed", "<:cat:123> 👩‍🎨 ❤️", "--> here <--", "---ar 3:2", "std::vector at 12:30",
        "5 - 3", "-5 degrees", "a (red:1.2) [house] \\(x\\) BREAK \\\\", "{a} }:-)", "snake__case", "_ __ ___", "--3",
        "—",
        "\"--seed 3\"", "<cat-toy>",
    ],
)  # fmt: skip
def test_plain_words_are_no_flags_and_stay_as_they_are(text: str) -> None:
    assert read(text) == Words(prompt=text)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (r"a \--seed 3", "a --seed 3"),
        (r"a \—ar b", "a —ar b"),
        (r"a \\--seed", r"a \--seed"),
        (r"\{a, b\}", "{a, b}"),
        (r"an \__animals__ list", "an __animals__ list"),
        (r"a\::2 b", "a::2 b"),
        (r"(a\)", r"(a\)"),
    ],
)
def test_a_backslash_makes_plain_text_of_syntax(line: str, text: str) -> None:
    assert read(line) == Words(prompt=text)
    assert read(render(Words(prompt=text))) == Words(prompt=text)


def test_a_list_ends_at_the_next_flag_and_other_values_after_a_word() -> None:
    assert read("a --no x, y -- z --tile b --seed 3 c") == Words(
        prompt="a b c", negative="x, y -- z", tile=True, seed=3
    )


def test_the_last_of_a_repeated_flag_counts_and_that_is_said() -> None:
    parsed = parse("x --s 5 --stylize 6 --seed 1 --s 7")
    assert parsed.words == Words(prompt="x", stylize=7, seed=1)
    assert parsed.notes == ("`--stylize` is said more than once; the last one counts.",)


@pytest.mark.parametrize(
    ("line", "prompt", "said"),
    [
        ("x --sedd 3 y", "x y", "There is no flag `--sedd`, so it was left out; did you mean `--seed`?"),
        ("x --aspct 3:2 y", "x y", "did you mean `--aspect`?"),
        ("x --sref https://example.org/a.png", "x", "`--sref`"),
        ("x --wierd=3 y", "x y", "`--wierd`"),
        (
            "mother --daughter picnic",
            "mother picnic",
            r"Write `\--daughter` for plain words, or one of: `--ar`, ",
        ),
        ("x --lok", "x", "did you mean `--look`?"),
    ],
)
def test_an_unknown_flag_is_left_out_and_said(line: str, prompt: str, said: str) -> None:
    parsed = parse(line, SHORTCUTS)
    assert parsed.words == Words(prompt=prompt)
    (note,) = parsed.notes
    assert said in note


def test_many_unknown_flags_are_told_in_a_few_sentences() -> None:
    notes = parse(" ".join(f"--qq{number}" for number in range(500))).notes
    assert len(notes) == 6
    assert notes[-1] == "More unknown flags were left out: 495."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("x --seed banana", "`--seed` cannot be `banana`; write it as in `--seed 7`."),
        ("x --ar", "`--ar` has no value; write it as in `--ar 3:2`."),
        ("x --no --tile", "`--no` has no value; write it as in `--no text, people`."),
        ("x --n 2.5", "`--count` cannot be `2.5`; write it as in `--count 2`."),
        ("x --cfg nan", "`--cfg` cannot be `nan`; write it as in `--cfg 7.5`."),
        ("x --cfg 1e999", "`--cfg` cannot be `1e999`; write it as in `--cfg 7.5`."),
        ("x --tile=no", "`--tile` cannot be `no`; write it as in `--tile`."),
        ("x --seed —ar 3:2", "`--seed` has no value; write it as in `--seed 7`."),
        ("x --image cat.png", f"`--image` cannot be `cat.png`; write it as in {BY_NAME['image'].usage}."),
        ("x --seed " + "9" * 5000, f"`--seed` cannot be `{'9' * 39}…`; write it as in `--seed 7`."),
    ],
)
def test_a_value_that_cannot_be_is_answered_with_a_legal_one(line: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(line)
    assert caught.value.sentence == sentence


def test_a_members_shortcut_stands_for_its_flags() -> None:
    assert read("a --Look house", **SHORTCUTS) == Words(prompt="a house", negative="text", stylize=50)


def test_a_flag_after_a_shortcut_wins_over_the_one_in_it() -> None:
    parsed = parse("a --look --s 300", SHORTCUTS)
    assert parsed.words == Words(prompt="a", negative="text", stylize=300)
    assert len(parsed.notes) == 1


def test_a_shortcut_is_expanded_once_and_not_within_itself() -> None:
    assert read("--look a --look", **SHORTCUTS) == Words(prompt="a", negative="text", stylize=50)
    (note,) = parse("a --outer", {"outer": "--inner 3", "inner": "--tile"}).notes
    assert "There is no flag `--inner`" in note


def test_a_shortcut_never_hides_a_flag() -> None:
    assert read("a --seed 3", seed="--tile") == Words(prompt="a", seed=3)


def test_a_shortcut_is_kept_in_lower_case_without_dashes() -> None:
    assert check_shortcut(" —MyLook", "--ar 3:2 --no text") == "mylook"


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [
        ("my look", "--tile", "cannot be called `my look`"),
        ("--", "--tile", "letters"),
        ("--Seed", "--tile", "`--seed` is a flag already"),
        ("look", "  ", "1 to 500"),
        ("look", "x" * 501, "1 to 500"),
        ("look", "--seed banana", "`--seed 7`"),
        ("look", "--look", "no flag `--look`"),
    ],
)
def test_a_shortcut_that_could_not_act_is_refused(name: str, flags: str, expected: str) -> None:
    with pytest.raises(BadRequest) as caught:
        check_shortcut(name, flags)
    assert expected in caught.value.sentence


def check_a_line(line: str) -> None:
    """Whatever is written, only `BadRequest` is raised, and what is understood can be written down again."""
    understood: list[Words] = []
    with suppress(BadRequest):
        for text in expand(line, 10):
            understood.append(parse(fill(text, INVENTORY.wildcards, 3), SHORTCUTS).words)
    for words in understood:
        check_words(words)


def check_words(words: Words) -> None:
    """Their line is one prompt, without wildcards, that is read as the same words."""
    line = render(words)
    assert expand(line, 1) == [line]
    assert fill(line, {}, 3) == line
    assert parse(line, SHORTCUTS) == parse(line)
    assert parse(line).words == words
    assert parse(line).notes == ()


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_no_line_raises_anything_but_a_bad_request(line: str) -> None:
    check_a_line(line)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(LINES)
def test_no_line_of_very_many_raises_anything_but_a_bad_request(line: str) -> None:
    check_a_line(line)


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_words_survive_being_written_and_read(words: Words) -> None:
    check_words(words)


@pytest.mark.long
@settings(max_examples=10_000, deadline=None)
@given(WORDS)
def test_very_many_words_survive_being_written_and_read(words: Words) -> None:
    check_words(words)


@given(
    st.lists(st.sampled_from(["__a__", "__", "_", "a", "b__", "\\", "{", "::", "2"]), max_size=12).map(
        "".join
    )
)
def test_words_made_of_syntax_alone_survive(text: str) -> None:
    check_words(Words(prompt=text))


HOSTILE = [
    "--" * 3000, "—" * 6000, "\\" * 6000, "\\--a" * 1500, "::" * 3000, "a:: " * 1500, "::1" * 2000, "{" * 6000,
    "{}" * 3000, "{a," * 2000, "__" * 3000, "__a" * 2000, "__a__" * 1200, "9" * 6000, "--cfg " + "9" * 5990,
    "--x " + "9" * 5990 + "a", "--no " * 1200, "--look " * 800, "--a " * 1500, "(" * 5990 + "::2 b",
    "[]" * 2990 + "::2 b", "=" * 6000, "--a" + "=" * 5990, " ".join(f"--q{number}" for number in range(900)),
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:8])
@pytest.mark.timeout(10)
def test_a_hostile_line_of_thousands_of_letters_is_soon_read(line: str) -> None:
    """A pattern that tries every way to match would take minutes and run into the time limit."""
    check_a_line(line)
    check_words(Words(prompt=" ".join(line.split())))
