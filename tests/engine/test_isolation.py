"""A request that fails, fails alone and with a sentence: its neighbours' pictures stay what they are."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import torch

from engine.batching import Strand, current_strand
from engine.events import Failed
from engine.request import AdapterUse, ImageRequest
from tests.engine.asking import a_request
from tests.engine.crowds import Drawing, Studio, a_varied_request, calls_of, forwards_of, results_of

UNFORESEEN = "The picture could not be drawn; the owner finds the reason in the log."
BROKEN = "The picture broke while it was drawn: its latents are not finite. Try another seed or sampler."
MARK = 12345.0
REFUSED: dict[str, Callable[[ImageRequest], ImageRequest]] = {
    "There is no LoRA 'nobodys'": lambda request: replace(request, adapters=(AdapterUse("nobodys"),)),
    "There is no model 'nobodys'": lambda request: replace(request, model="nobodys"),
    "There is no sampler 'nobodys'": lambda request: replace(request, sampler="nobodys"),
    "The picture cannot be read": lambda request: replace(request, image=b"no picture", mask=None),
    "The mask cannot be read": lambda request: replace(
        a_varied_request(Random(1), task="image"), id=request.id, mask=b"no picture"
    ),
    "The weight 9 in the prompt is out of range": lambda request: replace(request, prompt="(house:9)"),
}
"""Asked for what there is not: the beginnings of the sentences, and what makes a request such."""


class Trouble:
    """What goes wrong inside those requests that it is given to, each at a step of its own."""

    def __init__(self, studio: Studio) -> None:
        self._denoiser = studio.pipeline("sd15").unet
        self.raising: dict[str, int] = {}
        self.giving_nan: dict[str, int] = {}
        self.poisoning: dict[str, int] = {}
        """These mark a number of their latents, and every real forward that sees a mark fails, whoever rides in it."""

    @contextmanager
    def loose(self) -> Iterator[None]:
        with ExitStack() as hooks:
            hooks.enter_context(calls_of(self._denoiser, self._before))
            hooks.enter_context(results_of(self._denoiser, self._after))
            hooks.enter_context(forwards_of(self._denoiser.conv_in, _fail_at_mark))
            yield

    def _before(self, strand: Strand, latents: torch.Tensor) -> torch.Tensor | None:
        if _now(self.raising, strand):
            raise ZeroDivisionError("a bug in a pipeline")
        if not _now(self.poisoning, strand):
            return None
        marked = latents.clone()
        marked[:, 0, 0, 0] = MARK
        return marked

    def _after(self, strand: Strand, noise: torch.Tensor) -> torch.Tensor | None:
        return torch.full_like(noise, torch.nan) if _now(self.giving_nan, strand) else None


def _now(steps: dict[str, int], strand: Strand) -> bool:
    """Counts a request's steps down."""
    left = steps.get(strand.request)
    if left is None:
        return False
    steps[strand.request] = left - 1
    return left == 0


def _fail_at_mark(latents: torch.Tensor) -> None:
    if (latents[:, 0, 0, 0] == MARK).any():
        raise RuntimeError("a kernel fails for some numbers")


def check(studio: Studio, number: int, failing: int) -> None:
    """Of so many requests in a crowd that churns, so many fail in all ways; the others draw their own bytes."""
    random = Random(number)
    requests = [a_varied_request(random, model="sd15", steps=3, strength=1.0) for _ in range(number)]
    places = random.sample(range(number), failing)
    trouble, expected = Trouble(studio), dict[str, str]()
    inside = (trouble.raising, trouble.giving_nan, trouble.poisoning)
    for turn, place in enumerate(places):
        request = requests[place]
        if turn % 2:
            start, spoil = list(REFUSED.items())[turn // 2 % len(REFUSED)]
            requests[place], expected[request.id] = spoil(request), start
        else:
            chosen = turn // 2 % len(inside)
            inside[chosen][request.id] = random.randrange(3)
            expected[request.id] = (UNFORESEEN, BROKEN, UNFORESEEN)[chosen]
    alone = {request.id: studio.alone(request).picture for request in requests if request.id not in expected}
    drawings = [Drawing(request) for request in requests]
    with trouble.loose():
        studio.churn(drawings, random)
    for drawing in drawings:
        if drawing.name in expected:
            assert drawing.sentence.startswith(expected[drawing.name])
        else:
            assert drawing.picture == alone[drawing.name]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@pytest.mark.long
def test_twenty_failures_among_a_hundred_leave_eighty_right_pictures(exact: Studio) -> None:
    check(exact, 100, failing=20)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_failures_among_a_thousand_leave_eight_hundred_right_pictures(exact: Studio) -> None:
    check(exact, 1000, failing=200)


@pytest.mark.parametrize("start", REFUSED)
def test_who_asks_for_what_there_is_not_is_refused(exact: Studio, start: str) -> None:
    bad, good = Drawing(REFUSED[start](a_request())), Drawing(a_request())
    exact.draw([bad, good])
    assert bad.sentence.startswith(start)
    end = bad.events[-1]
    assert isinstance(end, Failed)
    assert end.refused
    assert good.picture == exact.alone(good.request).picture


def test_a_forward_that_fails_for_one_is_tried_for_each_alone(exact: Studio) -> None:
    drawings = [Drawing(a_request(seed=seed)) for seed in range(4)]
    expected = [exact.alone(drawing.request).picture for drawing in drawings]
    trouble = Trouble(exact)
    trouble.poisoning[drawings[1].name] = 1
    with trouble.loose():
        exact.draw(drawings)
    assert drawings[1].sentence == UNFORESEEN
    assert [drawing.picture for drawing in drawings if drawing is not drawings[1]] == [
        expected[place] for place in (0, 2, 3)
    ]


def test_a_decode_that_fails_for_one_fails_that_one(exact: Studio) -> None:
    drawings = [Drawing(a_request(seed=seed)) for seed in range(4)]
    expected = [exact.alone(drawing.request).picture for drawing in drawings]
    decodes: list[int] = []

    def fail(latents: torch.Tensor) -> None:
        decodes.append(len(latents))
        if len(decodes) == 2:
            raise RuntimeError("a kernel fails")

    with forwards_of(exact.pipeline("sd15").vae.post_quant_conv, fail):
        exact.draw(drawings)
    failed = [isinstance(drawing.events[-1], Failed) for drawing in drawings]
    assert sum(failed) == 1
    assert all(
        drawing.picture == picture
        for drawing, picture, is_failed in zip(drawings, expected, failed, strict=True)
        if not is_failed
    )


def test_a_prompt_that_breaks_the_text_encoder_fails_alone_and_others_with_its_words_do_not(
    exact: Studio,
) -> None:
    """Whoever comes later with the same prompt is encoded anew."""
    broken, later = (Drawing(a_request(prompt="words that break")) for _ in "ab")
    good = Drawing(a_request(prompt="words that do not"))

    def fail(_: torch.nn.Module, __: Any) -> None:
        if current_strand().request == broken.name:
            raise RuntimeError("a kernel fails")

    hook = exact.pipeline("sd15").text_encoder.register_forward_pre_hook(fail)
    try:
        exact.draw([broken, good])
    finally:
        hook.remove()
    assert broken.sentence == UNFORESEEN
    assert good.picture == exact.alone(good.request).picture
    assert exact.draw([later])[0].picture == exact.alone(later.request).picture


def test_a_sick_models_requests_fail_and_a_well_ones_do_not(exact: Studio) -> None:
    """Both models are in memory and take turns; the sick one says NaN."""
    bias = exact.pipeline("sdxl").unet.conv_out.bias
    kept, bias.data[:] = bias.data.clone(), torch.nan
    try:
        sick = [Drawing(a_request(model="sdxl", seed=seed)) for seed in range(3)]
        well = [Drawing(a_request(seed=seed)) for seed in range(3)]
        exact.draw([work for pair in zip(sick, well, strict=True) for work in pair])
    finally:
        bias.data[:] = kept
    assert {drawing.sentence for drawing in sick} == {BROKEN}
    assert [drawing.picture for drawing in well] == [exact.alone(each.request).picture for each in well]
