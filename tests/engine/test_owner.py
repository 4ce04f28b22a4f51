"""What the owner asks of a running engine: how it is, and to let models and memory go."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from engine.catalogue import ModelCatalogue
from engine.errors import EngineError
from engine.events import Finished, Started
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.stream import EventStream
from tests.engine.asking import a_request, picture_of

LONG = 150  # steps


@pytest.fixture
async def executor(small_catalogue: ModelCatalogue, options: EngineOptions) -> AsyncIterator[Executor]:
    """Whose models are soon warm, as they draw small pictures."""
    async with Executor(small_catalogue, options) as running:
        yield running


@contextlib.asynccontextmanager
async def running(executor: Executor, **changes: object) -> AsyncIterator[EventStream]:
    """A request that draws, and is taken back in the end."""
    stream = executor.submit(a_request(**{"steps": LONG} | changes))
    async with contextlib.aclosing(stream):
        assert isinstance(await anext(stream), Started)
        yield stream


async def models_of(executor: Executor) -> list[str]:
    return [model.name for model in (await executor.status()).models]


async def test_an_engine_that_has_drawn_nothing_tells_of_its_device(
    catalogue: ModelCatalogue,
) -> None:
    options = EngineOptions(device="cpu", threads=1, memory=2**30, mode=Mode.FAST)
    async with Executor(catalogue, options) as executor:
        status = await executor.status()
    assert status.device
    assert (status.precision, status.mode, status.budget) == ("float32", Mode.FAST, 2**30)
    assert (status.models, status.used, status.live, status.waiting) == ((), 0, 0, 0)
    assert 0 < status.free <= status.total
    assert status.step_ms is None
    assert status.uptime_s > 0


async def test_it_tells_what_is_loaded_drawn_and_waiting(small_catalogue: ModelCatalogue) -> None:
    async with Executor(small_catalogue, EngineOptions(device="cpu", threads=1, live=1)) as executor:
        await executor.warm("sdxl")
        async with running(executor):
            later = [executor.submit(a_request()) for _ in range(2)]
            status = await executor.status()
            for stream in later:
                await stream.aclose()
        await executor.drain()
        idle = await executor.status()
    assert (status.live, status.waiting) == (1, 2)
    assert [(model.name, model.live) for model in status.models] == [("sdxl", 0), ("sd15", 1)]
    assert status.used == sum(model.bytes for model in status.models) > 0
    assert status.step_ms is not None
    assert status.step_ms > 0
    assert (idle.live, idle.waiting) == (0, 0)
    assert idle.uptime_s > status.uptime_s


@pytest.mark.long
async def test_a_model_at_rest_is_unloaded_and_read_again_for_the_next_picture(executor: Executor) -> None:
    first = await picture_of(executor, a_request())
    (model,) = (await executor.status()).models
    assert await executor.unload("sd15") == model.bytes
    assert await models_of(executor) == []
    assert await executor.unload("sd15") == 0, "it is not there"
    assert await picture_of(executor, a_request()) == first


async def test_an_unknown_model_is_answered_with_the_known_ones(executor: Executor) -> None:
    with pytest.raises(EngineError, match=r"There is no model 'nobody'; the models here are: sd15, "):
        await executor.unload("nobody")


@pytest.mark.long
async def test_a_live_request_keeps_its_model(executor: Executor) -> None:
    expected = await picture_of(executor, a_request(steps=20))
    await executor.warm("sdxl")
    drawing = executor.submit(a_request(steps=20))
    assert isinstance(await anext(drawing), Started)
    with pytest.raises(EngineError, match="The model sd15 is in use and stays in the memory; try again"):
        await executor.unload("sd15")
    assert await executor.unload() > 0, "the other one rests"
    assert await models_of(executor) == ["sd15"]
    end = [event async for event in drawing][-1]
    assert isinstance(end, Finished)
    assert end.picture == expected
    await executor.unload()
    assert await models_of(executor) == []


@pytest.mark.long
async def test_with_a_smaller_budget_models_leave_as_soon_as_they_rest(executor: Executor) -> None:
    before = (await executor.status()).budget
    await executor.warm("sdxl")
    async with running(executor):
        await executor.set_budget(1)
        assert await models_of(executor) == ["sd15"], "it is in use"
        assert (await executor.status()).budget == 1
    await executor.drain()
    assert await models_of(executor) == []
    await executor.set_budget(None)
    assert (await executor.status()).budget == before


async def test_a_model_that_is_alone_stays_whatever_its_size(executor: Executor) -> None:
    await executor.set_budget(1)
    await picture_of(executor, a_request())
    assert await models_of(executor) == ["sd15"]
    with pytest.raises(ValueError, match="at least 1"):
        await executor.set_budget(0)


async def test_questions_are_no_use_of_a_model(small_catalogue: ModelCatalogue) -> None:
    """It leaves when nobody drew for a while, however often its owner looks."""
    options = EngineOptions(device="cpu", threads=1, idle_s=0.3)
    async with Executor(small_catalogue, options) as executor:
        await picture_of(executor, a_request())
        async with asyncio.timeout(60):
            while await models_of(executor):
                await asyncio.sleep(0.02)
        await executor.warm("sd15")
        assert await models_of(executor) == ["sd15"]


async def test_questions_come_from_any_loop_while_pictures_are_drawn(shared_executor: Executor) -> None:
    expected = await picture_of(shared_executor, a_request(steps=20))

    def ask() -> int:
        return asyncio.run(shared_executor.status()).live

    drawing = asyncio.create_task(picture_of(shared_executor, a_request(steps=20)))
    live = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(20)))
    assert set(live) <= {0, 1}
    assert await drawing == expected


async def test_who_does_not_wait_for_the_answer_disturbs_nobody(executor: Executor) -> None:
    loading = asyncio.create_task(executor.warm("sd15"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await executor.unload()
    await loading
    assert await models_of(executor) == ["sd15"]


async def test_an_engine_that_cannot_start_or_has_closed_says_so(catalogue: ModelCatalogue) -> None:
    async with Executor(catalogue, EngineOptions(device="gpu")) as executor:
        with pytest.raises(EngineError, match=r"The engine cannot start\. There is no device 'gpu'"):
            await executor.status()
    with pytest.raises(EngineError, match="shutting down"):
        await executor.unload()


async def test_the_memory_of_a_cpu_is_nobodys_own(executor: Executor) -> None:
    assert await executor.read_memory() is None


@pytest.mark.gpu
async def test_what_is_unloaded_leaves_the_gpu(catalogue: ModelCatalogue) -> None:
    async with Executor(catalogue, EngineOptions(device="cuda")) as executor:
        await picture_of(executor, a_request())
        before = await executor.read_memory()
        await executor.unload()
        after = await executor.read_memory()
    assert before is not None
    assert after is not None
    assert before.ours > after.ours
    assert after.free > before.free
    assert after.total == before.total
