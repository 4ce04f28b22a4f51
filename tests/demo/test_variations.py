"""Variations of a picture: subtle ones keep what it shows and yet differ, strong ones differ much more."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from bot.domain.canvas import VARY_STRONG, VARY_SUBTLE
from engine.demo import judge
from engine.demo.world import Subject, subjects
from engine.executor import Executor
from tests.demo.drawing import a_drawing, all_drawn, difference, file_of

VISIBLE = 0.1  # of the way from black to white


async def varied(
    engine: Executor, wanted: list[Subject], old: list[Image.Image], strength: float
) -> list[Image.Image]:
    drawings = [a_drawing(subject, 7000 + i, strength=strength) for i, subject in enumerate(wanted)]
    return await all_drawn(engine, drawings, list(map(file_of, old)))


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_subtle_variations_keep_what_a_picture_shows_and_strong_ones_differ_much_more(
    studio: Executor,
) -> None:
    rng = random.Random(31)
    wanted = rng.sample(subjects(withheld=False), 40) + rng.sample(subjects(withheld=True), 10)
    old = await all_drawn(studio, [a_drawing(subject, 1000 + i) for i, subject in enumerate(wanted)])
    subtle, strong = [await varied(studio, wanted, old, each) for each in (VARY_SUBTLE, VARY_STRONG)]
    shown, kept = (judge.load().name(pictures) for pictures in (old, subtle))
    assert np.mean([a == b for a, b in zip(shown, kept, strict=True)]) >= 0.9
    by_subtle, by_strong = (
        [difference(before, after) for before, after in zip(old, new, strict=True)]
        for new in (subtle, strong)
    )
    assert min((change > VISIBLE).mean() for change in by_subtle) >= 0.01
    assert np.median([change.mean() for change in by_strong]) >= 1.5 * np.median(
        [change.mean() for change in by_subtle]
    )
