"""The life of a request on the engine's thread: its events, its failures, draining."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.catalogue import ModelCatalogue, ModelSource
from engine.errors import EngineError
from engine.events import Failed, Finished, Progress, Started
from engine.executor import Executor
from engine.options import EngineOptions
from tests.engine.asking import a_png, a_request, events_of, failure_of, picture_of


async def test_events_come_in_their_order_and_then_the_stream_ends(shared_executor: Executor) -> None:
    request = a_request(steps=20)
    events = await events_of(shared_executor, request)
    assert [type(event) for event in events if not isinstance(event, Progress)] == [Started, Finished]
    assert isinstance(events[0], Started)
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert all(earlier < later for earlier, later in pairwise(steps))
    assert steps[-1] == 20
    assert {event.request_id for event in events} == {request.id}


async def test_an_ended_stream_stays_ended(shared_executor: Executor) -> None:
    stream = shared_executor.submit(a_request())
    assert isinstance([event async for event in stream][-1], Finished)
    assert [event async for event in stream] == []


@pytest.mark.long
async def test_twenty_requests_at_once_each_get_their_own_events_and_picture(
    shared_executor: Executor,
) -> None:
    alone = [await picture_of(shared_executor, a_request(seed=seed, steps=2)) for seed in range(20)]
    requests = [a_request(seed=seed, steps=2) for seed in range(20)]
    together = await asyncio.gather(*(events_of(shared_executor, request) for request in requests))
    for request, events, picture in zip(requests, together, alone, strict=True):
        assert {event.request_id for event in events} == {request.id}
        assert isinstance(events[-1], Finished)
        assert events[-1].picture == picture
    assert len({picture.rgb for picture in alone}) == 20


async def test_the_event_loop_runs_on_while_a_picture_is_drawn(shared_executor: Executor) -> None:
    ticks, ticks_at_event = 0, []

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    async for event in shared_executor.submit(a_request(steps=20)):
        ticks_at_event.append((type(event), ticks))
    ticking.cancel()
    began = next(count for kind, count in ticks_at_event if kind is Started)
    assert ticks - began > 20, "the loop ran more often than the denoiser"


async def test_a_slow_reader_misses_steps_but_neither_start_nor_end(executor: Executor) -> None:
    stream = executor.submit(a_request(steps=40))
    await executor.drain()
    events = [event async for event in stream]
    assert [type(event) for event in events] == [Started, Progress, Finished]
    assert isinstance(events[1], Progress)
    assert events[1].step == 40


async def test_an_id_is_free_again_once_its_request_has_ended(executor: Executor) -> None:
    request = a_request()
    first = executor.submit(request)
    with pytest.raises(ValueError, match="is still live"):
        executor.submit(request)
    assert isinstance([event async for event in first][-1], Finished)
    assert await picture_of(executor, request) == await picture_of(executor, request)


async def test_a_picture_that_is_not_finite_fails_with_its_sentence(
    shared_executor: Executor, sick_model: str
) -> None:
    failed = await failure_of(shared_executor, a_request(model=sick_model))
    assert (
        failed.sentence
        == "The picture broke while it was drawn: its latents are not finite. Try another seed or sampler."
    )
    assert not failed.refused


async def test_failures_leave_their_neighbours_alone(shared_executor: Executor, sick_model: str) -> None:
    expected = await picture_of(shared_executor, a_request())
    bad: list[dict[str, object]] = [
        {"model": sick_model},
        {"model": "nobody"},
        {"image": b"no picture"},
        {"sampler": "none"},
    ]
    requests = [a_request(**change) for change in bad for _ in range(2)]
    good = [a_request() for _ in requests]
    mixed = [request for pair in zip(requests, good, strict=True) for request in pair]
    ends = [events[-1] for events in await asyncio.gather(*(events_of(shared_executor, r) for r in mixed))]
    assert all(isinstance(end, Failed) for end in ends[::2])
    assert [end.picture for end in ends[1::2] if isinstance(end, Finished)] == [expected] * len(good)


async def test_an_unforeseen_error_is_logged_and_gives_a_sentence(
    shared_executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    """A hook inside the denoiser raises what no code expects."""

    def break_down(module: torch.nn.Module, _: object) -> None:
        if type(module).__name__ == "UNet2DConditionModel":
            raise ZeroDivisionError("a bug")

    hook = register_module_forward_pre_hook(break_down)
    try:
        failed = await failure_of(shared_executor, a_request())
    finally:
        hook.remove()
    assert failed.sentence == "The picture could not be drawn; the owner finds the reason in the log."
    assert "ZeroDivisionError: a bug" in caplog.text
    await picture_of(shared_executor, a_request())


async def test_running_out_of_memory_is_told_in_a_sentence(shared_executor: Executor) -> None:
    def run_out(module: torch.nn.Module, _: object) -> None:
        if type(module).__name__ == "UNet2DConditionModel":
            raise torch.OutOfMemoryError("CUDA out of memory.")

    hook = register_module_forward_pre_hook(run_out)
    try:
        failed = await failure_of(shared_executor, a_request())
    finally:
        hook.remove()
    assert failed.sentence.endswith("is too small for this picture; try a smaller size.")


async def test_draining_finishes_what_is_in_and_refuses_what_is_new(executor: Executor) -> None:
    streams = [executor.submit(a_request(seed=seed)) for seed in range(3)]
    draining = asyncio.create_task(executor.drain())
    await asyncio.sleep(0)
    failed = await failure_of(executor, a_request())
    assert failed.sentence == "The engine is shutting down and takes nothing new; try again in a minute."
    with pytest.raises(EngineError, match="shutting down"):
        await executor.warm("sd15")
    await draining
    for stream in streams:
        assert isinstance([event async for event in stream][-1], Finished)


@pytest.mark.long
async def test_warming_loads_a_model_and_names_the_known_ones(executor: Executor) -> None:
    await executor.warm("sdxl")
    with pytest.raises(EngineError, match=r"There is no model 'nobody'; the models here are: sd15, "):
        await executor.warm("nobody")


async def test_a_model_that_is_broken_is_named_in_the_sentence(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    catalogue = ModelCatalogue([ModelSource(name="broken", source=str(folder))])
    async with Executor(catalogue, EngineOptions(device="cpu", threads=1)) as executor:
        failed = await failure_of(executor, a_request(model="broken"))
    assert failed.sentence.startswith("The model broken cannot be used. Its unet has no .safetensors weights")


@pytest.mark.long
async def test_only_as_many_models_are_kept_as_the_settings_say(catalogue: ModelCatalogue) -> None:
    async with Executor(catalogue, EngineOptions(device="cpu", threads=1, memory=1)) as executor:
        first = await picture_of(executor, a_request(model="sd15"))
        await picture_of(executor, a_request(model="sdxl"))
        assert first == await picture_of(executor, a_request(model="sd15"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (EngineOptions(device="gpu"), "There is no device 'gpu'; take auto, cuda, cuda:1, mps or cpu."),
        (EngineOptions(device="cuda:93"), "The device cuda:93 is not here; torch sees "),
        (
            EngineOptions(device="cpu", precision="int4"),
            "There is no precision 'int4'; take auto, float16 or float32.",
        ),
    ],
)
async def test_an_engine_that_cannot_start_says_why_to_everyone(
    catalogue: ModelCatalogue, options: EngineOptions, words: str
) -> None:
    async with Executor(catalogue, options) as executor:
        assert words in (await failure_of(executor, a_request(image=a_png()))).sentence
        with pytest.raises(EngineError, match="The engine cannot start"):
            await executor.warm("sd15")


def test_importing_the_executor_imports_no_torch() -> None:
    code = "import sys, engine.executor; sys.exit(bool({'torch', 'diffusers', 'transformers'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
