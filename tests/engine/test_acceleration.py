"""The denoiser compiled or as CUDA graphs: the same numbers, and nothing prepared twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch._dynamo.utils import counters

from engine.acceleration import Graphs, accelerate
from engine.catalogue import ModelCatalogue
from engine.demo import tokens
from engine.events import Picture
from engine.executor import Executor
from engine.options import Acceleration, EngineOptions, Mode
from tests.engine.asking import a_mask, a_png, a_request, difference, picture_of
from tests.engine.tiny_models import tiny_sd15

SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16)  # more than dynamo's own limit of eight


@pytest.fixture(scope="module")
def denoiser() -> Any:
    torch.manual_seed(0)
    return tiny_sd15(tokens.build()).unet


@pytest.fixture(autouse=True)
def no_grad() -> Iterator[None]:
    with torch.no_grad():
        yield


def inputs(rows: int, device: str = "cpu") -> tuple[tuple[torch.Tensor, ...], dict[str, Any]]:
    random = torch.Generator().manual_seed(rows)
    latents = torch.randn(rows, 4, 8, 8, generator=random)
    text = torch.randn(rows, 77, 16, generator=random)
    times = torch.full((rows,), 500.0)
    return tuple(tensor.to(device) for tensor in (latents, times, text)), {"return_dict": False}


def test_each_shape_is_compiled_once_within_a_budget_of_its_own() -> None:
    """One layer, by a backend that needs no compiler of C; when torch traces again is the same for all."""
    layer = torch.nn.Conv2d(4, 4, 3)
    budgets: list[float] = []

    @contextmanager
    def budget(seconds: float) -> Iterator[None]:
        budgets.append(seconds)
        yield

    torch._dynamo.reset()
    counters.clear()
    fast = accelerate(layer.forward, Acceleration.COMPILE, lambda: True, budget, backend="eager")
    for _ in range(3):
        for rows in SIZES:
            latents = inputs(rows)[0][0]
            assert torch.allclose(fast(latents), layer(latents), atol=1e-5)
    assert counters["stats"]["unique_graphs"] == len(SIZES) == len(budgets)


def test_a_network_with_a_lora_runs_as_it_is(denoiser: Any) -> None:
    torch._dynamo.reset()
    counters.clear()
    fast = accelerate(
        denoiser.forward, Acceleration.COMPILE, lambda: False, lambda _: pytest.fail("prepared")
    )
    args, options = inputs(2)
    assert torch.equal(fast(*args, **options)[0], denoiser(*args, **options)[0])
    assert not counters["stats"]["unique_graphs"]


def test_without_acceleration_nothing_stands_in_the_way(denoiser: Any) -> None:
    forward = denoiser.forward
    assert accelerate(forward, Acceleration.NONE, lambda: True, lambda _: pytest.fail("prepared")) is forward


@pytest.mark.gpu
def test_a_graph_gives_what_the_forward_gives_for_every_shape(denoiser: Any) -> None:
    on_card = denoiser.to("cuda")
    graphs = Graphs(on_card.forward)
    for rows in (*SIZES, *reversed(SIZES)):
        args, options = inputs(rows, "cuda")
        first = graphs(*args, **options)[0]
        again = graphs(*args, **options)[0]
        assert first.data_ptr() != again.data_ptr(), "the next replay must not write over it"
        assert torch.equal(first, again)
        assert torch.allclose(first, on_card(*args, **options)[0], atol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("acceleration", Acceleration)
async def test_a_seed_gives_the_same_bytes_on_cuda_whoever_is_drawing(
    catalogue: ModelCatalogue, acceleration: Acceleration
) -> None:
    options = EngineOptions(device="cuda", mode=Mode.EXACT, acceleration=acceleration)
    requests = [
        {"seed": seed, "steps": 3 + seed % 7, "guidance": 1.0 + seed % 4, "model": ("sd15", "sdxl")[seed % 2]}
        | ({}, {"image": a_png()}, {"image": a_png(), "mask": a_mask()})[seed % 3]
        for seed in range(24)
    ]
    async with Executor(catalogue, options) as executor:
        await executor.warm("sd15")
        await executor.warm("sdxl")
        alone = [await picture_of(executor, a_request(**request)) for request in requests]
        counters.clear()
        crowd = await asyncio.gather(*(picture_of(executor, a_request(**request)) for request in requests))
    assert list(crowd) == alone
    assert not counters["stats"]["unique_graphs"], (
        "nothing is compiled after the warm-up and the first of a kind"
    )


@pytest.mark.gpu
async def test_cuda_draws_what_the_cpu_draws(catalogue: ModelCatalogue) -> None:
    pictures: list[Picture] = []
    for device in ("cpu", "cuda"):
        async with Executor(catalogue, EngineOptions(device=device, precision="float32")) as executor:
            pictures.append(await picture_of(executor, a_request()))
    assert difference(pictures[0].rgb, pictures[1].rgb) <= 2
