"""A member's words become a drawing, or one sentence that names a legal value."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.params import Drawing, Limits, ModelDefaults, Words, resolve
from bot.errors import BadRequest
from engine.request import MAX_SEED, SIDE_STEP

MODELS = {
    "demo": ModelDefaults(name="demo", title="Demo", width=128, height=128, steps=25, guidance=4.0),
    "sd15": ModelDefaults(
        name="sd15", title="SD 1.5", width=512, height=512, steps=60, guidance=7.0, sampler="euler"
    ),
}
LIMITS = Limits(max_pixels=1024 * 1024, max_steps=50, max_count=4, max_prompt=2000)


def drawing(**said: object) -> Drawing:
    return resolve(Words(**{"prompt": "a red house", **said}), MODELS, LIMITS, random_seed=7)  # type: ignore[arg-type]


def test_words_alone_take_everything_else_from_the_first_model() -> None:
    assert drawing() == Drawing(
        prompt="a red house", model="demo", seed=7, count=4, width=128, height=128, steps=25, guidance=4.0
    )


def test_a_model_brings_its_own_sampler_and_its_steps_are_cut_to_the_limit() -> None:
    chosen = drawing(model="sd15")
    assert (chosen.sampler, chosen.steps, chosen.width) == ("euler", 50, 512)


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
        ({"count": 0}, "from 1 to 4"),
        ({"count": 9}, "from 1 to 4"),
        ({"seed": -1}, f"from 0 to {MAX_SEED}"),
        ({"seed": MAX_SEED + 1}, f"from 0 to {MAX_SEED}"),
        ({"steps": 0}, "from 1 to 50"),
        ({"steps": 51}, "from 1 to 50"),
        ({"guidance": 31.0}, "from 0 to 30"),
        ({"strength": 0.0}, "from 0.05 to 1"),
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


def test_a_ratio_keeps_about_the_models_own_number_of_pixels() -> None:
    wide = drawing(model="sd15", aspect="3:2")
    assert (wide.width, wide.height) == (624, 416)


def test_exact_pixels_are_taken_as_they_are() -> None:
    exact = drawing(aspect="256x384")
    assert (exact.width, exact.height) == (256, 384)


@given(st.integers(1, 400), st.integers(1, 400))
def test_every_ratio_up_to_four_to_one_gives_legal_sides(first: int, second: int) -> None:
    assume(1 / 4 <= first / second <= 4)
    drawing(model="sd15", aspect=f"{first}:{second}").request("r", 0)


def test_cells_count_on_from_the_seed_and_wrap_at_the_largest_one() -> None:
    last = drawing(seed=MAX_SEED)
    assert [last.cell_seed(cell) for cell in range(3)] == [MAX_SEED, 0, 1]
    assert last.request("r", 1).seed == 0


def test_sides_of_a_drawing_are_multiples_of_the_step() -> None:
    tall = drawing(aspect="9:16")
    assert tall.width % SIDE_STEP == tall.height % SIDE_STEP == 0
    assert tall.width < tall.height
