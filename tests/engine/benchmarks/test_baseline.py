"""What the engine is measured against does the same work, in the order in which it was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from engine.benchmarks.baseline import Baseline
from engine.catalogue import ModelCatalogue
from engine.errors import ModelError
from engine.events import Event, Failed, Finished, Progress, Started
from engine.executor import Executor
from engine.options import EngineOptions
from engine.request import ImageRequest
from tests.engine.asking import a_png, a_request, difference, picture_of


@pytest.fixture
async def baseline(catalogue: ModelCatalogue, options: EngineOptions) -> AsyncIterator[Baseline]:
    async with Baseline(catalogue.get("sd15"), options) as running:
        yield running


async def events(baseline: Baseline, request: ImageRequest, together: int = 1) -> list[Event]:
    return [event async for event in baseline.submit(request, together)]


async def pixels(baseline: Baseline, request: ImageRequest, together: int = 1) -> bytes:
    last = (await events(baseline, request, together))[-1]
    assert isinstance(last, Finished), last
    return last.picture.rgb


@pytest.mark.parametrize("image", [None, a_png()], ids=["text", "image"])
async def test_a_stock_call_draws_the_engines_picture(
    baseline: Baseline, shared_executor: Executor, image: bytes | None
) -> None:
    request = a_request(image=image, steps=4, sampler="euler_a", negative="a tree")
    expected = await picture_of(shared_executor, request)
    assert difference(await pixels(baseline, request), expected.rgb) <= 1


@pytest.mark.parametrize("image", [None, a_png()], ids=["text", "image"])
async def test_a_static_batch_draws_the_pictures_of_single_calls(
    baseline: Baseline, image: bytes | None
) -> None:
    requests = [a_request(prompt=f"a red house {seed}", seed=seed, image=image) for seed in range(3)]
    alone = [await pixels(baseline, request) for request in requests]
    batched = await asyncio.gather(*(pixels(baseline, request, together=8) for request in requests))
    assert len(set(batched)) == 3
    assert all(difference(one, other) <= 1 for one, other in zip(alone, batched, strict=True))


async def order_of_ends(baseline: Baseline, requests: list[ImageRequest], together: int) -> list[str]:
    ended: list[str] = []

    async def one(request: ImageRequest) -> None:
        await events(baseline, request, together)
        ended.append(request.id)

    await asyncio.gather(*(one(request) for request in requests))
    return ended


async def test_only_equal_parameters_share_a_static_batch(baseline: Baseline) -> None:
    plain = a_request(id="first", steps=4)
    others = [
        replace(plain, id="steps", steps=2),
        replace(plain, id="guidance", guidance=2.0),
        replace(plain, id="sampler", sampler="ddim"),
        replace(plain, id="size", width=72),
        replace(plain, id="task", image=a_png()),
    ]
    requests = [plain, *others, replace(plain, id="equal")]
    names = [request.id for request in requests]
    assert await order_of_ends(baseline, requests, 8) == ["first", "equal", *names[1:-1]]
    assert await order_of_ends(baseline, requests, 1) == names


async def test_a_call_reports_its_steps(baseline: Baseline) -> None:
    first, *steps, last = await events(baseline, a_request(steps=3))
    assert isinstance(first, Started)
    assert isinstance(steps[-1], Progress)
    assert (steps[-1].step, steps[-1].total) == (3, 3)
    assert isinstance(last, Finished)


async def test_a_failing_call_ends_with_its_reason_and_the_next_one_draws(baseline: Baseline) -> None:
    broken = (await events(baseline, a_request(image=b"no picture")))[-1]
    assert isinstance(broken, Failed)
    assert "cannot be read" in broken.sentence
    assert await pixels(baseline, a_request())


async def test_a_model_that_cannot_be_loaded_is_told_at_the_start(
    catalogue: ModelCatalogue, options: EngineOptions
) -> None:
    source = replace(catalogue.get("sd15"), source="nowhere")
    with pytest.raises(ModelError, match="not where the settings say"):
        async with Baseline(source, options):
            pass
