"""Numbers that break, and a device that is lost or hangs: each is caught, and nothing of it is posted."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from engine.batching import Strand
from engine.catalogue import ModelCatalogue
from engine.events import Failed
from engine.executor import Executor
from engine.options import EngineOptions
from engine.samplers import SAMPLERS
from engine.watchdog import EXIT_DEVICE_LOST, EXIT_STALLED
from tests.engine.asking import a_request
from tests.engine.crowds import TASKS, Drawing, Studio, a_varied_request, forwards_of, results_of
from tests.few import few

BROKEN = "The picture broke while it was drawn: its latents are not finite. Try another seed or sampler."


def check_poison(studio: Studio, task: str, samplers: Sequence[str], poison: float) -> None:
    """In one place of what the denoiser gives, at each of five steps."""
    random = Random(task)
    drawings, steps = list[Drawing](), dict[str, int]()
    for sampler in samplers:
        for step in range(5):
            request = a_varied_request(
                random, model="sd15", task=task, sampler=sampler, steps=5, strength=1.0
            )
            drawings.append(Drawing(request))
            steps[request.id] = step

    def break_one(strand: Strand, noise: torch.Tensor) -> torch.Tensor | None:
        steps[strand.request] -= 1
        if steps[strand.request] != -1:
            return None
        broken = noise.clone()
        broken[..., 3, 3] = poison
        return broken

    with results_of(studio.pipeline("sd15").unet, break_one):
        studio.churn(drawings, random)
    assert {drawing.sentence for drawing in drawings} == {BROKEN}


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
@pytest.mark.parametrize("task", TASKS)
def test_numbers_that_break_at_any_step_are_caught(exact: Studio, task: str, poison: float) -> None:
    check_poison(exact, task, ("euler", "dpmpp_2m_sde"), poison)


@pytest.mark.long
@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
@pytest.mark.parametrize("task", TASKS)
def test_numbers_that_break_at_any_step_of_any_sampler_are_caught(
    exact: Studio, task: str, poison: float
) -> None:
    check_poison(exact, task, list(SAMPLERS), poison)


@pytest.mark.long
def test_what_only_half_precision_overflowed_in_the_decoder_is_rescued(
    small_catalogue: ModelCatalogue,
) -> None:
    """Its values pass 65,504, the largest of half precision, before they are normalised."""
    random = Random(7)
    with Studio(small_catalogue, precision="float16", live=16) as studio, ExitStack() as hooks:
        decoder = studio.pipeline("sd15").vae
        decoder.decoder.conv_in.weight.data *= 1e5
        dtypes: list[torch.dtype] = []
        hooks.enter_context(forwards_of(decoder.decoder.conv_in, lambda rows: dtypes.append(rows.dtype)))
        drawings = [Drawing(a_varied_request(random, model="sd15", steps=2)) for _ in range(12)]
        studio.churn(drawings, random)
        rescued = [drawing for drawing in drawings if not isinstance(drawing.events[-1], Failed)]
        assert dtypes.count(torch.float16) == 12
        assert dtypes.count(torch.float32) == 12, "all overflowed"
        assert len(rescued) >= 0.95 * len(drawings)
        assert all(len(set(drawing.picture.rgb)) > 10 for drawing in rescued)
        assert decoder.dtype is torch.float16


@pytest.mark.parametrize("where", few(["Decoder", "UNet2DConditionModel", "UNetMidBlock2DCrossAttn"], 1))
async def test_a_lost_device_ends_the_process(catalogue: ModelCatalogue, where: str) -> None:
    """Whether the error comes in a request's own code, in a forward that it shares or in a decode."""
    codes: list[int] = []
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end_process(code: int) -> None:
        codes.append(code)
        loop.call_soon_threadsafe(ended.set)

    def lose(module: torch.nn.Module, inputs: tuple[Any, ...]) -> None:
        real = threading.current_thread().name == "engine" and not (inputs and inputs[0].is_meta)
        if real and type(module).__name__ == where:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    hook = register_module_forward_pre_hook(lose)
    try:
        options = EngineOptions(device="cpu", threads=1)
        async with Executor(catalogue, options, end_process=end_process) as executor:
            streams = [executor.submit(a_request(seed=seed)) for seed in range(3)]
            await ended.wait()
            del streams
    finally:
        hook.remove()
    assert codes == [EXIT_DEVICE_LOST]


_HANGING = """
import asyncio, sys, threading, time
from torch.nn.modules.module import register_module_forward_pre_hook
from engine.catalogue import ModelCatalogue, ModelSource
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.request import ImageRequest

def hang(module, inputs):
    if type(module).__name__ == "UNetMidBlock2DCrossAttn" and not inputs[0].is_meta:
        time.sleep(600)

async def main():
    catalogue = ModelCatalogue([ModelSource(name="sd15", source=sys.argv[1], width=64, height=64)])
    options = EngineOptions(device="cpu", threads=1, stall_s=1)
    async with Executor(catalogue, options) as executor:
        await executor.warm("sd15")
        register_module_forward_pre_hook(hang)
        request = ImageRequest(
            id="1", model="sd15", prompt="a house", seed=1, width=64, height=64, steps=3, guidance=1.0
        )
        async for event in executor.submit(request):
            pass

asyncio.run(main())
"""


@pytest.mark.long
def test_a_forward_that_hangs_ends_the_process_with_a_dump_of_its_stacks(models: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(_HANGING), str(models / "sd15")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == EXIT_STALLED
    assert "in hang" in done.stderr, done.stderr[-3000:]
