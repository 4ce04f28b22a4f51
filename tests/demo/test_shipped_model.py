"""The weights that come with the package: small, loaded like any model, and they draw what the prompt says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from bot.compose import build_engine
from bot.settings import EngineSettings, Settings, demo_model
from engine.demo import MODEL_FOLDER, judge, train
from engine.demo.draw import render
from engine.demo.world import STYLES, prompt, subjects
from engine.events import Finished
from engine.executor import Executor
from engine.request import ImageRequest
from tests.few import few

LARGEST = 24_000_000  # bytes, all files together


@pytest.fixture
async def engine() -> AsyncIterator[Executor]:
    async with build_engine(Settings(engine=EngineSettings(threads=1))) as running:
        yield running


def test_all_shipped_files_are_small_enough() -> None:
    files = [path for path in MODEL_FOLDER.rglob("*") if path.is_file()] + [judge.WEIGHTS]
    assert sum(path.stat().st_size for path in files) <= LARGEST
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".txt"}


def test_the_judge_is_right_about_pictures_it_never_saw() -> None:
    rng = random.Random(77)
    shown = [rng.choice(subjects(withheld=withheld)) for withheld in (True, False) for _ in range(150)]
    named = judge.load().name([render(subject, rng.choice(STYLES), rng) for subject in shown])
    assert np.mean([a == b for a, b in zip(shown, named, strict=True)]) >= 0.99


def test_the_judge_does_not_see_a_subject_in_noise() -> None:
    rng = np.random.default_rng(1)
    noise = [Image.fromarray(rng.integers(256, size=(128, 128, 3), dtype=np.uint8)) for _ in range(60)]
    named = judge.load().name(noise)
    wanted = [random.Random(i).choice(subjects(withheld=False)) for i in range(60)]
    assert np.mean([a == b for a, b in zip(wanted, named, strict=True)]) < 0.1


async def _drawn(engine: Executor, request: ImageRequest) -> Image.Image:
    end = [event async for event in engine.submit(request)][-1]
    assert isinstance(end, Finished), end
    return Image.frombytes("RGB", (end.picture.width, end.picture.height), end.picture.rgb)


@pytest.mark.parametrize("count", few([4, 12], 1))
async def test_the_model_draws_what_its_prompt_says(engine: Executor, count: int) -> None:
    rng, demo = random.Random(4), demo_model()
    withheld = count // 3
    wanted = rng.sample(subjects(withheld=False), count - withheld) + rng.sample(
        subjects(withheld=True), withheld
    )
    requests = [
        ImageRequest(
            id=str(seed),
            model=demo.name,
            prompt=prompt(subject),
            seed=seed,
            width=demo.width,
            height=demo.height,
            steps=demo.steps,
            guidance=demo.guidance,
            sampler=demo.sampler,
        )
        for seed, subject in enumerate(wanted)
    ]
    drawn = await asyncio.gather(*(_drawn(engine, request) for request in requests))
    seen = judge.load().name(drawn)
    assert np.mean([a == b for a, b in zip(wanted, seen, strict=True)]) >= 0.75


@pytest.mark.long
def test_the_trainer_runs_from_nothing_to_a_model_that_loads(tmp_path: Path) -> None:
    out = tmp_path / "model"
    places = ["--folder", tmp_path / "runs", "--out", out, "--judge-out", tmp_path / "judge.safetensors"]
    steps = ["--autoencoder-steps", 2, "--denoiser-steps", 2, "--judge-steps", 2, "--count", 256]
    for _ in range(2):  # the second run finds everything done
        result = CliRunner().invoke(train.app, [str(argument) for argument in places + steps])
        assert result.exit_code == 0, result.output
    assert (out / "model_index.json").exists()
    assert (out / "unet" / "diffusion_pytorch_model.safetensors").exists()
    judge.load(tmp_path / "judge.safetensors")
