"""Diffusers' own pipelines called as most bots call them, to measure the engine against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import AutoPipelineForImage2Image

from engine.catalogue import ModelSource
from engine.devices import plan_device
from engine.digests import Digests
from engine.events import Picture
from engine.models import load_model
from engine.options import EngineOptions
from engine.pipelines import build_arguments
from engine.request import ImageRequest
from engine.samplers import build_scheduler


class StockPipelines:
    """One text-to-image and one image-to-image pipeline around networks of their own, behind no gate.

    Made and used on one thread. Raises `EngineError` where the model or device is not here.
    """

    def __init__(self, source: ModelSource, options: EngineOptions) -> None:
        if options.threads:
            torch.set_num_threads(options.threads)
        plan = plan_device(options.device, options.precision)
        self._text = load_model(source, plan, Digests(options.digests)).pipeline
        self._scheduler = self._text.scheduler
        self._image = AutoPipelineForImage2Image.from_pipe(self._text)
        self._image.set_progress_bar_config(disable=True)

    def draw(self, requests: Sequence[ImageRequest], on_step: Callable[[int, int], None]) -> list[Picture]:
        """One call for all, which must be alike but for prompt, start picture and seed; `on_step` is told the
        steps done and their number."""
        first = requests[0]
        pipeline = self._text if first.image is None else self._image
        pipeline.scheduler = build_scheduler(first.sampler, self._scheduler)

        def step_done(
            pipeline: Any, step: int, _timestep: torch.Tensor, _tensors: object
        ) -> dict[str, torch.Tensor]:
            on_step(step + 1, pipeline.num_timesteps)
            return {}

        images = pipeline(**_arguments(requests), callback_on_step_end=step_done).images
        return [Picture(image.width, image.height, image.tobytes()) for image in images]


def _arguments(requests: Sequence[ImageRequest]) -> dict[str, Any]:
    each = [build_arguments(request) for request in requests]
    lists: dict[str, Any] = {
        name: [one[name] for one in each] for name in ("generator", "image") if name in each[0]
    }
    negative = [request.negative for request in requests]
    return {
        **each[0],
        **lists,
        "prompt": [request.prompt for request in requests],
        "negative_prompt": negative if any(negative) else None,
    }
