"""Exact mode draws a request the same bytes whoever else is drawn, fast mode the same picture but for rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
import torch

from engine.catalogue import ModelCatalogue
from engine.options import Mode
from engine.request import ImageRequest
from tests.engine.asking import a_request, difference
from tests.engine.crowds import Drawing, Sketch, Studio, a_mixed_request, a_varied_request, forwards_of


def check(studio: Studio, requests: Sequence[ImageRequest], random: Random) -> None:
    """Each alone, then all in a crowd in which others come and a sixth is taken back; to the last bit, of which a
    picture's bytes would show few."""
    alone = [studio.draw([Sketch(request)])[0].floats for request in requests]
    sketches = [Sketch(request) for request in requests]
    models = sorted({request.model for request in requests})
    leaving = [Drawing(replace(a_mixed_request(random, models), steps=10)) for _ in requests[::6]]
    studio.churn([*sketches, *leaving], random, leaving)
    for sketch, expected in zip(sketches, alone, strict=True):
        assert torch.equal(sketch.floats.latents, expected.latents), sketch.request
        assert torch.equal(sketch.floats.pixels, expected.pixels), sketch.request
    assert any(drawing.cancelled for drawing in leaving)


@pytest.mark.long
def test_thirty_mixed_requests_draw_in_a_crowd_the_bytes_that_they_draw_alone(exact: Studio) -> None:
    random = Random(1)
    requests = [
        a_mixed_request(random, ["sd15"], loras=("ink", "clay"))
        if i % 3
        else a_mixed_request(random, ["sdxl"])
        for i in range(30)
    ]
    check(exact, requests, random)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_of_the_demo_model_draw_in_a_crowd_the_bytes_that_they_draw_alone(
    small_catalogue: ModelCatalogue,
) -> None:
    random = Random(2)
    with Studio(small_catalogue) as studio:
        check(studio, [a_mixed_request(random, ["demo"]) for _ in range(200)], random)


def test_larger_pictures_have_fewer_rows_alone_and_in_a_crowd(exact: Studio) -> None:
    requests = [a_request(width=side, height=side) for side in (64, 96, 192)]
    alone = [exact.alone(request).rows for request in requests]
    together = [drawing.finished.rows for drawing in exact.draw([Drawing(request) for request in requests])]
    assert alone == together
    assert alone[0] == 6, "the plan's, as it is a picture of the model's own size"
    assert alone[0] > alone[1] > alone[2] == 1


def test_without_guidance_a_request_has_the_same_rows(exact: Studio) -> None:
    assert exact.alone(a_request(guidance=1.0)).rows == exact.alone(a_request(guidance=7.0)).rows


def test_fast_mode_names_no_rows(fast: Studio) -> None:
    drawings = fast.draw([Drawing(a_request(seed=seed)) for seed in range(5)])
    assert {drawing.finished.rows for drawing in drawings} == {0}


def test_fast_mode_draws_the_picture_of_exact_mode_but_for_rounding(fast: Studio, exact: Studio) -> None:
    random = Random(5)
    requests = [a_mixed_request(random, ["sd15"]) for _ in range(12)]
    quick, careful = (
        studio.churn([Drawing(request) for request in requests], random) for studio in (fast, exact)
    )
    for one, other in zip(quick, careful, strict=True):
        assert difference(one.picture.rgb, other.picture.rgb) <= 1, one.request


@pytest.mark.long
def test_another_row_count_gives_the_same_picture_but_for_rounding(
    small_catalogue: ModelCatalogue, exact: Studio
) -> None:
    random = Random(6)
    requests = [a_varied_request(random, model="sd15", steps=4) for _ in range(6)]
    with Studio(small_catalogue, mode=Mode.EXACT, rows=3) as studio:
        assert studio.alone(requests[0]).rows == 3
        few = studio.draw([Sketch(request) for request in requests])
    many = exact.draw([Sketch(request) for request in requests])
    distances = [one.floats.distance(other.floats) for one, other in zip(few, many, strict=True)]
    assert 0 < max(distances) <= 1e-4


def test_start_pictures_change_no_bit_of_their_neighbours(exact: Studio) -> None:
    """Their latents come channels last, for which there are other kernels; a forward full of them is like any."""
    random, contiguous = Random(7), set[bool]()
    requests = [
        a_varied_request(random, model="sd15", task="image", guidance=4.0, steps=2) for _ in range(16)
    ]
    alone = [exact.draw([Sketch(request)])[0].floats for request in requests]
    first = exact.pipeline("sd15").unet.conv_in
    with forwards_of(first, lambda rows: contiguous.add(rows.is_contiguous())):
        together = exact.draw([Sketch(request) for request in requests])
    assert contiguous == {True}
    for sketch, expected in zip(together, alone, strict=True):
        assert torch.equal(sketch.floats.latents, expected.latents), sketch.request
