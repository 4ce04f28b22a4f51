"""A member's words become a drawing, and they are told where it differs from what they said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.drawing import Drawing
from bot.domain.inventory import Inventory
from bot.domain.params import guidance_of, resolve, strength_of
from bot.domain.reproduce import words_of
from bot.domain.words import Words
from bot.errors import BadRequest
from engine.request import MAX_GUIDANCE, MAX_SEED, SIDE_STEP
from engine.samplers import SAMPLERS
from tests.domain.inventory import DEMO, INVENTORY, SD15, WATERCOLOUR

SHA = "ab" * 32


def words(**said: Any) -> Words:
    return Words(**{"prompt": "a red house", **said})


def drawing(**said: Any) -> Drawing:
    return resolve(words(**said), INVENTORY, random_seed=7).drawing


def notes(**said: Any) -> list[str]:
    return list(map(str, resolve(words(**said), INVENTORY, random_seed=7).notes))


def test_words_alone_take_everything_else_from_the_first_model() -> None:
    assert drawing() == Drawing(
        prompt="a red house", model="demo", seed=7, count=4, width=128, height=128, steps=25, guidance=4.0
    )
    assert notes() == []


def test_a_model_brings_its_own_sampler_and_its_steps_are_cut_to_the_limit() -> None:
    chosen = drawing(model="sd15")
    assert (chosen.sampler, chosen.steps, chosen.width) == ("euler", 50, 512)
    assert notes(model="sd15") == []


def test_white_space_around_and_inside_the_prompt_does_not_count() -> None:
    assert drawing(prompt="  a\n red   house ").prompt == "a red house"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"prompt": "   "}, "a red house at night"),
        ({"prompt": "x" * 7000}, "2,000"),
        ({"negative": "x" * 2001}, "2,000"),
        ({"model": "dmo"}, "did you mean `demo`"),
        ({"model": "` @everyone"}, "choose one of: `demo`, `sd15`"),
        ({"style": "watercolor"}, "did you mean `watercolour`"),
        ({"embedding": "cat"}, "did you mean `cat-toy`"),
        ({"embedding": "zzz"}, "choose one of: `cat-toy`"),
        ({"sampler": "eulr"}, "did you mean `euler`"),
        ({"seed": -1}, f"from 0 to {MAX_SEED}"),
        ({"seed": MAX_SEED + 1}, f"from 0 to {MAX_SEED}"),
        ({"mask_sha256": SHA}, "add the picture"),
        ({"upscale": 2}, "needs a picture"),
        ({"upscale": 3, "image_sha256": SHA}, "is 2 or 4"),
        ({"aspect": "129x128"}, "such as 128"),
        ({"aspect": "4000x64"}, "such as 2048"),
        ({"aspect": "2048x2048"}, "such as 1024x1024"),
        ({"aspect": "1:9"}, "1:4 to 4:1"),
        ({"aspect": "0:1"}, "3:2"),
        ({"aspect": "wide"}, "3:2"),
    ],
)
def test_a_value_that_cannot_be_is_answered_with_a_legal_one(said: dict[str, object], expected: str) -> None:
    with pytest.raises(BadRequest) as caught:
        drawing(**said)
    assert expected in caught.value.sentence
    assert "\n" not in caught.value.sentence
    assert caught.value.sentence.count("`") % 2 == 0


def test_a_studio_without_styles_says_so() -> None:
    bare = Inventory(models=INVENTORY.models, limits=INVENTORY.limits)
    with pytest.raises(BadRequest, match="there is none here yet"):
        resolve(words(style="watercolour"), bare, 7)


@pytest.mark.parametrize(
    ("said", "field", "value"),
    [
        ({"count": 0}, "count", 1),
        ({"count": 9}, "count", 4),
        ({"steps": 0}, "steps", 1),
        ({"steps": 80}, "steps", 50),
        ({"guidance": 31.0}, "guidance", MAX_GUIDANCE),
        ({"guidance": -1.0}, "guidance", 0.0),
        ({"strength": 0.0}, "strength", 0.05),
        ({"strength": 1.5}, "strength", 1.0),
        ({"chaos": 101}, "chaos", 100),
        ({"stop": 5}, "stop", 10),
        ({"quality": 3.0}, "steps", 50),
        ({"quality": 0.1}, "steps", 6),
        ({"quality": 2.0, "model": "sd15"}, "steps", 50),
        ({"stylize": 2000}, "guidance", 2.0),
        ({"stylize": -1}, "guidance", 6.0),
        ({"image_weight": 3.0}, "strength", 0.2),
        ({"steps": 150, "sampler": "lcm"}, "steps", 50),
    ],
)
def test_a_number_out_of_range_is_brought_within_it_and_that_is_said(
    said: dict[str, object], field: str, value: float
) -> None:
    assert getattr(drawing(**said), field) == value
    (note,) = notes(**said)
    assert " → " in note
    assert " to " in note


def test_a_clamp_names_the_value_and_what_is_allowed() -> None:
    assert notes(steps=80) == ["steps: 80 → 50; 1 to 50 are allowed here."]


def test_numbers_within_their_range_are_taken_without_a_word() -> None:
    said = {"count": 2, "steps": 30, "guidance": 7.5, "strength": 0.3, "chaos": 100, "stop": 10}
    made = drawing(**said)
    assert {name: getattr(made, name) for name in said} == said
    assert notes(**said) == []


@pytest.mark.parametrize(("quality", "steps"), [(0.25, 6), (0.5, 12), (1.0, 25), (2.0, 50)])
def test_quality_multiplies_the_models_own_steps(quality: float, steps: int) -> None:
    assert drawing(quality=quality).steps == steps


@pytest.mark.parametrize(("stylize", "share"), [(0, 1.5), (50, 1.25), (100, 1.0), (550, 0.75), (1000, 0.5)])
def test_stylize_loosens_the_models_own_guidance(stylize: int, share: float) -> None:
    assert guidance_of(stylize, 8.0) == 8.0 * share
    assert drawing(stylize=stylize).guidance == DEMO.guidance * share


def test_the_guidance_of_a_stylize_stays_legal_for_a_model_with_much_guidance() -> None:
    strict = replace(INVENTORY, models={"strict": replace(DEMO, name="strict", guidance=25.0)})
    assert resolve(words(stylize=0), strict, 7).drawing.guidance == MAX_GUIDANCE


@pytest.mark.parametrize(("weight", "strength"), [(0.0, 1.0), (0.5, 0.8), (1.0, 0.6), (2.0, 0.2)])
def test_a_heavier_start_picture_is_changed_less(weight: float, strength: float) -> None:
    assert strength_of(weight) == strength
    assert drawing(image_weight=weight, image_sha256=SHA).strength == strength


@pytest.mark.parametrize(
    ("said", "field", "value", "unused"),
    [
        ({"steps": 10, "quality": 2.0}, "steps", 10, "--quality"),
        ({"guidance": 3.0, "stylize": 1000}, "guidance", 3.0, "--stylize"),
        ({"strength": 0.3, "image_weight": 2.0}, "strength", 0.3, "--iw"),
    ],
)
def test_an_exact_value_wins_over_the_one_that_stands_for_it_and_that_is_said(
    said: dict[str, object], field: str, value: float, unused: str
) -> None:
    assert getattr(drawing(**said), field) == value
    (note,) = notes(**said)
    assert note.startswith(f"{unused} was not used")


def test_a_ratio_keeps_about_the_models_own_number_of_pixels() -> None:
    wide = drawing(model="sd15", aspect="3:2")
    assert (wide.width, wide.height) == (624, 416)


def test_exact_pixels_are_taken_as_they_are() -> None:
    exact = drawing(aspect="256x384")
    assert (exact.width, exact.height) == (256, 384)


@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from([64, 512, 1024, 1536]))
def test_every_ratio_up_to_four_to_one_gives_a_size_that_may_also_be_said_exactly(
    first: int, second: int, side: int
) -> None:
    assume(1 / 4 <= first / second <= 4)
    model = replace(SD15, name="other", width=side, height=side)
    studio = replace(INVENTORY, models={"other": model})
    made = resolve(words(aspect=f"{first}:{second}"), studio, 7).drawing
    made.request("r", 0)
    exact = resolve(words(aspect=f"{made.width}x{made.height}"), studio, 7).drawing
    assert (exact.width, exact.height) == (made.width, made.height)


def test_a_models_own_size_is_cut_to_the_limit() -> None:
    large = replace(INVENTORY, models={"large": replace(DEMO, name="large", width=2048, height=1024)})
    made = resolve(words(), large, 7).drawing
    assert made.width * made.height <= INVENTORY.limits.max_pixels
    assert made.width == pytest.approx(2 * made.height, rel=0.02)


def test_an_upscale_multiplies_the_pictures_own_size() -> None:
    made = drawing(aspect="256x384", image_sha256=SHA, upscale=2)
    assert (made.width, made.height, made.upscale) == (512, 768, 2)


def test_cells_count_on_from_the_seed_and_wrap_at_the_largest_one() -> None:
    last = drawing(seed=MAX_SEED)
    assert [last.cell_seed(cell) for cell in range(3)] == [MAX_SEED, 0, 1]
    assert last.request("r", 1).seed == 0


def test_sides_of_a_drawing_are_multiples_of_the_step() -> None:
    tall = drawing(aspect="9:16")
    assert tall.width % SIDE_STEP == tall.height % SIDE_STEP == 0
    assert tall.width < tall.height


def test_a_style_goes_around_the_words_and_brings_its_loras() -> None:
    request = drawing(style="watercolour", negative="fog").request("r", 0)
    assert request.prompt == "a red house, soft watercolour"
    assert request.negative == "fog, photo"
    assert request.adapters == WATERCOLOUR.loras


def test_a_members_braces_are_not_taken_for_the_styles_place() -> None:
    assert drawing(style="watercolour", prompt="a {prompt}").full_prompt == "a {prompt}, soft watercolour"


def test_an_embedding_is_added_where_the_prompt_does_not_have_it() -> None:
    assert drawing(embedding="cat-toy").prompt == "a red house, <cat-toy>"
    assert drawing(embedding="cat-toy", prompt="a <Cat-Toy> sits").prompt == "a <Cat-Toy> sits"
    assert drawing(embedding="cat-toy", prompt=" ").prompt == "<cat-toy>"


def test_without_chaos_every_cell_has_the_same_words() -> None:
    made = drawing(prompt="one, two,three", style="watercolour")
    assert {(made.cell_prompt(cell), made.cell_guidance(cell)) for cell in range(4)} == {
        ("one, two,three, soft watercolour", 4.0)
    }


def test_chaos_shuffles_the_phrases_and_moves_the_guidance() -> None:
    made = drawing(prompt="one, two, three, four, five, six", chaos=100, seed=3)
    prompts = [made.cell_prompt(cell) for cell in range(4)]
    assert len(set(prompts)) == 4
    assert {tuple(sorted(prompt.split(", "))) for prompt in prompts} == {
        ("five", "four", "one", "six", "three", "two")
    }
    guidances = [made.cell_guidance(cell) for cell in range(4)]
    assert len(set(guidances)) > 1
    assert all(2.0 <= guidance <= 6.0 for guidance in guidances)


def test_chaos_leaves_what_stands_in_brackets_together() -> None:
    made = drawing(prompt=r"(one, [two, three]:1.3), \(four, five), six", chaos=100)
    for seed in range(30):
        prompt = replace(made, seed=seed).cell_prompt(0)
        assert "(one, [two, three]:1.3)" in prompt
        assert sorted(prompt.replace("(one, [two, three]:1.3)", "one").split(", ")) == [
            r"\(four",
            "five)",
            "one",
            "six",
        ]


SAID = st.builds(
    words,
    prompt=st.sampled_from(["a red house", "one, two, (three, four:1.2), five", "x"]),
    negative=st.none() | st.just("fog"),
    aspect=st.sampled_from([None, "3:2", "9:16", "256x384"]),
    count=st.none() | st.integers(-1, 6),
    seed=st.none() | st.integers(0, MAX_SEED),
    model=st.sampled_from([None, "demo", "sd15"]),
    style=st.sampled_from([None, "watercolour", "maybe"]),
    embedding=st.sampled_from([None, "cat-toy"]),
    steps=st.none() | st.integers(-5, 200),
    guidance=st.none() | st.floats(-5, 50),
    sampler=st.sampled_from([None, *SAMPLERS]),
    quality=st.none() | st.floats(-1, 5),
    stylize=st.none() | st.integers(-10, 2000),
    chaos=st.none() | st.integers(-10, 200),
    stop=st.none() | st.integers(-10, 200),
    tile=st.sampled_from([None, True, False]),
    image_sha256=st.sampled_from([None, SHA]),
    strength=st.none() | st.floats(-1, 2),
    image_weight=st.none() | st.floats(-1, 5),
)


@given(SAID, st.integers(0, 3))
def test_a_cell_of_a_grid_is_what_a_single_run_with_its_seed_would_be(said: Words, cell: int) -> None:
    grid = resolve(said, INVENTORY, 7).drawing
    single = resolve(replace(said, seed=grid.cell_seed(cell), count=1), INVENTORY, 99).drawing
    assert single.request("r", 0) == grid.request("r", cell)


@given(SAID, st.integers(0, 3))
def test_the_words_of_a_cell_draw_it_again_without_a_note(said: Words, cell: int) -> None:
    grid = resolve(said, INVENTORY, 7).drawing
    again = resolve(words_of(grid, cell), INVENTORY, 99)
    assert again.notes == ()
    strength = grid.strength if grid.image_sha256 else again.drawing.strength
    assert again.drawing == replace(grid, seed=grid.cell_seed(cell), count=1, strength=strength)


def test_the_words_of_an_enlarged_picture_enlarge_it_again() -> None:
    made = drawing(aspect="256x384", image_sha256=SHA, upscale=4, seed=3, count=1, strength=0.3)
    assert resolve(words_of(made, 0), INVENTORY, 99).drawing == made


def test_the_words_of_a_redrawn_region_name_its_mask() -> None:
    made = drawing(image_sha256=SHA, mask_sha256="cd" * 32, seed=3, count=1)
    assert resolve(words_of(made, 0), INVENTORY, 99).drawing == made
