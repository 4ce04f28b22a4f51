"""The engine's numbers are those of stock diffusers, whoever else is being drawn."""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch

from engine.catalogue import ModelKind
from engine.demo import MODEL_FOLDER
from engine.options import Mode
from engine.prompts import PromptEncoder
from engine.request import ImageRequest
from engine.samplers import SAMPLERS
from tests.engine.crowds import LONG, TASKS, Floats, Sketch, Studio, a_varied_request
from tests.engine.stock_pipelines import Stock
from tests.few import few

CLOSE = 1e-4
MODELS = ("sd15", "sdxl", "demo")
MODES = (Mode.EXACT, Mode.FAST)
QUICK = (("sd15", Mode.EXACT), ("sdxl", Mode.FAST))
Group = tuple[str, Mode, bool]
"""Of requests drawn together: their model and mode, and whether they are too many for a quick run."""


def _is_long(model: str, mode: Mode, sampler: str, task: str) -> bool:
    """In a quick run each sampler has one task in each mode, and each task a third of the samplers; in exact
    mode of SD1.x, in fast mode of SDXL."""
    third = (list(SAMPLERS).index(sampler) + TASKS.index(task)) % len(TASKS)
    return third != MODES.index(mode) or (model, mode) not in QUICK


GROUPS: defaultdict[Group, list[tuple[str, str]]] = defaultdict(list)
for _model, _mode, _sampler, _task in itertools.product(MODELS, MODES, SAMPLERS, TASKS):
    GROUPS[_model, _mode, _is_long(_model, _mode, _sampler, _task)].append((_sampler, _task))
CASES = [
    pytest.param(
        group, sampler, task, id="-".join((*group[:2], sampler, task)), marks=[pytest.mark.long] * group[2]
    )
    for group, cases in GROUPS.items()
    for sampler, task in cases
]


def asked(model: str, sampler: str, task: str) -> ImageRequest:
    """The same in every mode, with a seed, guidance and so on of its own."""
    large = model == "demo" and sampler in ("euler_a", "ddim")
    return a_varied_request(
        Random(f"{model} {sampler} {task}"),
        model=model,
        sampler=sampler,
        task=task,
        side=128 if large else 64,
    )


@pytest.fixture(scope="module")
def stock(models: Path) -> Callable[[str], Stock]:
    return functools.cache(lambda model: Stock(MODEL_FOLDER if model == "demo" else models / model))


@pytest.fixture(scope="module")
def expected(stock: Callable[[str], Stock]) -> Callable[[str, str, str], Floats]:
    return functools.cache(lambda model, sampler, task: stock(model).draw(asked(model, sampler, task)))


@pytest.fixture(scope="module")
def drawn(exact: Studio, fast: Studio) -> Callable[[Group], dict[tuple[str, str], Floats]]:
    """A group in a crowd of at most sixteen at a time, to which some come and are taken back."""

    @functools.cache
    def draw(group: Group) -> dict[tuple[str, str], Floats]:
        model, mode, _ = group
        random = Random(f"{group}")
        sketches = {case: Sketch(asked(model, *case)) for case in GROUPS[group]}
        leaving = [Sketch(a_varied_request(random, model=model, steps=30)) for _ in range(5)]
        studio = exact if mode is Mode.EXACT else fast
        studio.churn([*sketches.values(), *leaving], random, leaving)
        return {case: sketch.floats for case, sketch in sketches.items()}

    return draw


@pytest.mark.parametrize(("group", "sampler", "task"), CASES)
def test_the_numbers_in_a_crowd_are_those_of_the_stock_pipeline(
    drawn: Callable[[Group], dict[tuple[str, str], Floats]],
    expected: Callable[[str, str, str], Floats],
    group: Group,
    sampler: str,
    task: str,
) -> None:
    floats = drawn(group)[sampler, task]
    assert floats.distance(expected(group[0], sampler, task)) <= CLOSE


@pytest.mark.parametrize("model", few(["sd15", "sdxl"], 1))
def test_weighted_and_long_prompts_are_the_stock_pipelines_with_their_embeddings_and_leave_plain_ones_alone(
    fast: Studio, stock: Callable[[str], Stock], model: str
) -> None:
    """The embeddings are made alone, on networks without gates."""
    encoder = PromptEncoder(stock(model).pipeline, ModelKind(model))
    random = Random(model)
    prompts = ("a red house", "a (red:1.5) [house]", LONG, "a cat BREAK a (tree:0.3)", "a blue cat")
    sketches = [
        Sketch(a_varied_request(random, model=model, prompt=prompt, negative=negative, guidance=5.0))
        for prompt in prompts
        for negative in ("", f"({LONG}:1.2)")
    ]
    for sketch in fast.churn(sketches, random):
        prompt, negative = sketch.request.prompt, sketch.request.negative
        plain = prompt in (prompts[0], prompts[-1]) and not negative
        encoded = {} if plain else encoder.encode(prompt, negative, guided=True).arguments()
        assert sketch.floats.distance(stock(model).draw(sketch.request, **encoded)) <= CLOSE


def test_previews_change_no_number(exact: Studio) -> None:
    random = Random(3)
    requests = [a_varied_request(random, model="sd15", sampler=sampler, steps=3) for sampler in SAMPLERS]
    plain, seen = (
        exact.draw([Sketch(replace(request, preview_every=every)) for request in requests])
        for every in (0, 1)
    )
    for one, other in zip(plain, seen, strict=True):
        assert torch.equal(one.floats.latents, other.floats.latents), one.request
        assert torch.equal(one.floats.pixels, other.floats.pixels), one.request
