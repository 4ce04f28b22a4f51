"""Requests that are taken back: cancelled, left by their reader, or cut off by a closing engine."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from engine.catalogue import ModelCatalogue
from engine.errors import EngineError
from engine.events import Failed, Progress, Started
from engine.executor import Executor
from engine.options import EngineOptions
from tests.engine.asking import a_request, picture_of

LONG = 150  # steps


async def test_a_waiting_request_is_cancelled_at_once(executor: Executor) -> None:
    running = executor.submit(a_request(steps=LONG))
    await anext(running)
    waiting = a_request()
    stream = executor.submit(waiting)
    assert executor.cancel(waiting.id)
    assert [event async for event in stream] == [
        Failed(waiting.id, "The drawing was cancelled.", cancelled=True)
    ]
    assert isinstance(await anext(running), Progress), "the one before it still runs"


async def test_a_running_request_stops_within_a_step_and_without_a_decode(
    executor: Executor, decodes: list[str]
) -> None:
    request = a_request(steps=LONG)
    last_step = 0
    async for event in executor.submit(request):
        if isinstance(event, Progress):
            last_step = event.step
            executor.cancel(request.id)
    assert isinstance(event, Failed)
    assert event.cancelled
    assert last_step < LONG
    assert decodes == []


async def test_cancelling_what_is_not_there_says_so(executor: Executor) -> None:
    request = a_request()
    assert not executor.cancel(request.id)
    await picture_of(executor, request)
    assert not executor.cancel(request.id)


async def test_closing_the_stream_takes_the_request_back(executor: Executor, decodes: list[str]) -> None:
    async with contextlib.aclosing(executor.submit(a_request(steps=LONG))) as stream:
        await anext(stream)
    await executor.drain()
    assert decodes == []
    assert [event async for event in stream] == []


async def test_a_stream_that_was_never_read_can_be_closed(executor: Executor, decodes: list[str]) -> None:
    first = executor.submit(a_request(steps=LONG))
    await executor.submit(a_request()).aclose()
    await first.aclose()
    await executor.drain()
    assert decodes == []


async def test_a_cancelled_reader_takes_its_request_back(executor: Executor, decodes: list[str]) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async for event in executor.submit(a_request(steps=LONG)):
            if isinstance(event, Started):
                started.set()

    reader = asyncio.create_task(read())
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await executor.drain()
    assert decodes == []


async def test_dropping_the_stream_takes_the_request_back(executor: Executor, decodes: list[str]) -> None:
    async for _ in executor.submit(a_request(steps=LONG)):
        break
    await executor.drain()
    assert decodes == []


async def test_closing_ends_every_stream(catalogue: ModelCatalogue, options: EngineOptions) -> None:
    async with Executor(catalogue, options) as executor:
        streams = [executor.submit(a_request(steps=LONG)) for _ in range(3)]
        warming = asyncio.create_task(executor.warm("sdxl"))
        await anext(streams[0])
    with pytest.raises(EngineError, match="sdxl was not loaded"):
        await warming
    for stream in streams:
        last = [event async for event in stream][-1]
        assert isinstance(last, Failed)
        assert last.cancelled


async def test_a_closed_loop_does_not_trouble_the_engine(shared_executor: Executor) -> None:
    def ask_and_leave() -> None:
        loop = asyncio.new_event_loop()
        stream = loop.run_until_complete(_submit(shared_executor))
        loop.close()
        kept.append(stream)

    kept: list[object] = []
    await asyncio.to_thread(ask_and_leave)
    await picture_of(shared_executor, a_request())


async def _submit(executor: Executor) -> object:
    return executor.submit(a_request())
