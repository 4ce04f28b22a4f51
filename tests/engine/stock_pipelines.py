"""Pictures of diffusers' own pipelines, as anybody would call them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
    DiffusionPipeline,
)
from PIL import Image

from engine.request import ImageRequest
from engine.samplers import build_scheduler
from tests.engine.crowds import TASKS, Floats

_STOCK = {
    "text": AutoPipelineForText2Image,
    "image": AutoPipelineForImage2Image,
    "inpaint": AutoPipelineForInpainting,
}


class Stock:
    """Diffusers' own pipelines, loaded by diffusers."""

    def __init__(self, folder: Path) -> None:
        self.pipeline = DiffusionPipeline.from_pretrained(
            folder, torch_dtype=torch.float32, use_safetensors=True
        )

    def draw(self, request: ImageRequest, **prompt: Any) -> Floats:
        """Called as anybody would, with the prompt's words unless arguments stand for them."""
        task = _task(request)
        pipeline = _STOCK[task].from_pipe(self.pipeline)
        pipeline.scheduler = build_scheduler(request.sampler, self.pipeline.scheduler)
        pipeline.set_progress_bar_config(disable=True)
        latents: list[torch.Tensor] = []

        def keep(_: Any, __: int, ___: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            latents.append(tensors["latents"])
            return tensors

        pixels = pipeline(
            **prompt or {"prompt": request.prompt, "negative_prompt": request.negative or None},
            num_inference_steps=request.steps,
            guidance_scale=request.guidance,
            generator=torch.Generator().manual_seed(request.seed),
            output_type="pt",
            callback_on_step_end=keep,
            **_pictures(request, task),
        ).images
        return Floats(latents[-1], pixels * 2 - 1)


def _task(request: ImageRequest) -> str:
    return TASKS[(request.image is not None) + (request.mask is not None)]


def _pictures(request: ImageRequest, task: str) -> dict[str, Any]:
    size: dict[str, Any] = {"width": request.width, "height": request.height}
    if task == "text":
        return size
    start: dict[str, Any] = {"image": _opened(request.image), "strength": request.strength}
    return start if task == "image" else size | start | {"mask_image": _opened(request.mask)}


def _opened(file: bytes | None) -> Image.Image:
    assert file is not None
    return Image.open(BytesIO(file))
