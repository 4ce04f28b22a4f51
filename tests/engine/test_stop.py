"""Pictures that are taken before their last step."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.catalogue import ModelCatalogue, ModelSource
from engine.events import Picture, Progress
from engine.request import ImageRequest
from engine.samplers import SAMPLERS
from tests.engine.asking import a_mask, a_png, a_request
from tests.engine.crowds import Drawing, Studio, calls_of
from tests.engine.seams import file_of, pixels_of
from tests.few import few

STEPS = 10


def a_demo_request(**changes: Any) -> ImageRequest:
    return a_request(
        **{"model": "demo", "prompt": "a red house at night", "width": 128, "height": 128, "steps": STEPS}
        | {"sampler": "", "guidance": 3.0, "seed": 3}
        | changes
    )


def distance(one: Picture, other: Picture) -> float:
    """Mean over all bytes."""
    return float(np.abs(pixels_of(one) - pixels_of(other)).mean())


@pytest.mark.parametrize("stop", few([0.55, 0.01, 0.1, 0.9, 1.0], 1))
def test_no_more_steps_are_taken_than_asked_for(exact: Studio, stop: float) -> None:
    drawing, calls = Drawing(a_demo_request(stop=stop)), list[int]()
    with calls_of(exact.pipeline("demo").unet, lambda _, rows: calls.append(len(rows))):
        exact.draw([drawing])
    steps = [event for event in drawing.events if isinstance(event, Progress)]
    expected = math.ceil(stop * STEPS)
    assert [step.step for step in steps] == [*range(1, expected + 1)]
    assert {step.total for step in steps} == {expected}
    assert len(calls) == expected


@pytest.mark.parametrize("stop", few([0.95, 1.0], 1))
def test_a_stop_after_the_last_step_changes_no_byte(exact: Studio, stop: float) -> None:
    request = a_demo_request(stop=stop)
    assert exact.alone(request).picture == exact.alone(a_demo_request()).picture


@pytest.mark.long
def test_the_later_the_stop_the_nearer_is_the_picture_to_the_finished_one(exact: Studio) -> None:
    finished = exact.alone(a_demo_request()).picture
    stopped = [exact.alone(a_demo_request(stop=stop)).picture for stop in (0.2, 0.5, 0.9)]
    distances = [distance(picture, finished) for picture in stopped]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] < 40, "it is no noise"
    assert distances[-1] < 3


@pytest.mark.parametrize("sampler", few(SAMPLERS, 5))
def test_every_sampler_can_stop(exact: Studio, sampler: str) -> None:
    request = a_request(sampler=sampler, steps=4, stop=0.5)
    assert exact.alone(request).picture == exact.alone(request).picture


@pytest.mark.parametrize("model", ["sd15", "sdxl"])
def test_what_a_mask_leaves_stays_when_the_rest_is_taken_early(exact: Studio, model: str) -> None:
    """But for what the autoencoder makes of it."""
    request = {"model": model, "image": a_png(), "mask": a_mask(), "strength": 1.0, "steps": 6}
    stopped, finished = (
        pixels_of(exact.alone(a_request(**request, stop=stop)).picture) for stop in (0.34, 1.0)
    )
    changed = np.abs(stopped - finished).mean((0, 2))
    assert changed[48:].mean() < 0.25
    assert changed[:24].mean() > 0.4


@pytest.mark.long
def test_pictures_from_a_picture_stop_and_show_previews(exact: Studio) -> None:
    image = file_of(pixels_of(exact.alone(a_demo_request()).picture))
    drawing = Drawing(a_demo_request(image=image, strength=0.8, stop=0.5, preview_every=1))
    exact.draw([drawing])
    steps = [event for event in drawing.events if isinstance(event, Progress)]
    assert [step.step for step in steps] == [1, 2, 3, 4]
    assert [step.preview is not None for step in steps] == [True, True, True, False]
    assert distance(drawing.picture, exact.alone(a_demo_request()).picture) < 20


def test_pictures_that_stop_draw_in_a_crowd_the_bytes_that_they_draw_alone(exact: Studio) -> None:
    requests = [a_request(seed=seed, steps=6, stop=(seed % 4 + 1) / 4) for seed in range(8)]
    alone = [exact.alone(request).picture for request in requests]
    assert [drawing.picture for drawing in exact.draw([Drawing(request) for request in requests])] == alone


def test_a_sampler_that_does_not_tell_is_refused_with_a_way_out(folder: Path) -> None:
    """Its timesteps are none of the training's."""
    file, index = folder / "scheduler" / "scheduler_config.json", folder / "model_index.json"
    index.write_text(index.read_text().replace("PNDMScheduler", "EulerDiscreteScheduler"))
    settings = {"_class_name": "EulerDiscreteScheduler", "timestep_type": "continuous"}
    file.write_text(
        json.dumps(settings | {"prediction_type": "v_prediction", "sigma_min": 0.1, "sigma_max": 9})
    )
    catalogue = ModelCatalogue([ModelSource(name="sd15", source=str(folder))])
    with Studio(catalogue) as studio:
        drawing = studio.draw([Drawing(a_request(sampler="", stop=0.5))])[0]
    assert drawing.sentence.startswith("This model's sampler cannot stop before its last step")
