"""A region is drawn anew, and the rest of the picture stays."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from PIL import Image

from bot.canvas import region_mask
from bot.domain.canvas import CELLS, REGION, cell_boxes
from engine.demo.world import subjects
from engine.executor import Executor
from tests.demo.drawing import a_drawing, all_drawn, difference, file_of


async def changes(engine: Executor, count: int) -> tuple[list[float], list[float]]:
    """Mean differences inside and outside of some cells, the middle one, which holds the object, among them."""
    rng = random.Random(31)
    wanted = rng.sample(subjects(withheld=False), count)
    old = await all_drawn(engine, [a_drawing(subject, 1000 + i) for i, subject in enumerate(wanted)])
    picked = [[5, *rng.sample(CELLS, rng.randrange(4))] for _ in wanted]
    masks = [await region_mask(128, 128, cell_boxes(128, 128, cells)) for cells in picked]
    drawings = [a_drawing(subject, 500 + i, strength=REGION) for i, subject in enumerate(wanted)]
    new = await all_drawn(engine, drawings, list(map(file_of, old)), masks)
    inside, outside = [], []
    for before, after, mask in zip(old, new, masks, strict=True):
        redrawn, changed = np.asarray(Image.open(io.BytesIO(mask))) > 0, difference(before, after)
        inside.append(float(changed[redrawn].mean()))
        outside.append(float(changed[~redrawn].mean()))
    return inside, outside


@pytest.mark.long
async def test_the_chosen_cells_change_and_the_rest_stays(studio: Executor) -> None:
    inside, outside = await changes(studio, 1)
    assert min(inside) >= 0.02
    assert max(outside) <= 0.02


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_in_thirty_pictures_the_chosen_cells_change_and_the_rest_stays(studio: Executor) -> None:
    inside, outside = await changes(studio, 30)
    assert np.quantile(inside, 0.1) >= 0.02
    assert max(outside) <= 0.02
