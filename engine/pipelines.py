"""A request becomes a call of an unmodified diffusers pipeline that shares only the model's networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import diffusers
import torch

from engine.catalogue import ModelKind
from engine.events import Picture
from engine.models import LoadedModel
from engine.networks import SharedModel
from engine.preview import watch
from engine.request import ImageRequest, RequestError
from engine.samplers import build_scheduler
from engine.start_picture import start_mask, start_picture

OnStep = Callable[[int, int, Picture | None], None]
"""Told the denoising steps done, their number, and a preview where one is due."""

_TEXT, _IMAGE, _INPAINT = "text", "image", "inpaint"
_TEXT_PARTS = ("text_encoder", "tokenizer")
_CLASSES = {
    (ModelKind.SD15, _TEXT): diffusers.StableDiffusionPipeline,
    (ModelKind.SD15, _IMAGE): diffusers.StableDiffusionImg2ImgPipeline,
    (ModelKind.SD15, _INPAINT): diffusers.StableDiffusionInpaintPipeline,
    (ModelKind.SDXL, _TEXT): diffusers.StableDiffusionXLPipeline,
    (ModelKind.SDXL, _IMAGE): diffusers.StableDiffusionXLImg2ImgPipeline,
    (ModelKind.SDXL, _INPAINT): diffusers.StableDiffusionXLInpaintPipeline,
}


def draw_latents(
    model: SharedModel, request: ImageRequest, on_step: OnStep, *, count: int = 1
) -> torch.Tensor:
    """The denoised latents, (count, 4, height / 8, width / 8), in the model's precision.

    To be called in a strand. Raises `RequestError` where the model cannot do what is asked.
    """
    pipeline = build_pipeline(model.loaded, request)
    clean = watch(pipeline.scheduler) if request.preview_every else None

    def step_done(
        pipeline: Any, step: int, _timestep: torch.Tensor, _tensors: object
    ) -> dict[str, torch.Tensor]:
        done, total = step + 1, pipeline.num_timesteps
        due = clean is not None and done % request.preview_every == 0 and done < total
        latents = clean() if clean is not None and due else None
        on_step(done, total, None if latents is None else model.previewer.picture(latents))
        return {}

    prompt = model.encode(request)
    latents: torch.Tensor = pipeline(
        **prompt.arguments(),
        **build_arguments(request),
        num_images_per_prompt=count,
        output_type="latent",
        callback_on_step_end=step_done,
    ).images
    return latents


def build_pipeline(model: LoadedModel, request: ImageRequest) -> Any:
    """A pipeline object of its own, with a fresh scheduler, around the shared networks.

    It takes embeddings for a prompt, so it has no text encoder.
    """
    task = _task(request)
    if task is not _INPAINT and model.pipeline.unet.config.in_channels != 4:
        raise RequestError(
            f"The model {request.model} only redraws parts of pictures; add a picture and a mask."
        )
    parts = {name: None if name.startswith(_TEXT_PARTS) else part for name, part in _components(model)}
    scheduler = build_scheduler(request.sampler, model.pipeline.scheduler)
    pipeline = _CLASSES[model.kind, task](**parts | {"scheduler": scheduler}, **_switches(model))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def build_arguments(request: ImageRequest) -> dict[str, Any]:
    """The arguments of the pipeline's call but for the prompt; all that is random comes from a CPU generator of
    its own."""
    arguments: dict[str, Any] = {
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "generator": torch.Generator("cpu").manual_seed(request.seed),
    }
    task = _task(request)
    if task is not _IMAGE:
        arguments |= {"width": request.width, "height": request.height}
    if task is not _TEXT:
        arguments |= {"image": start_picture(request), "strength": _strength(request)}
    if task is _INPAINT:
        arguments["mask_image"] = start_mask(request)
    return arguments


def _components(model: LoadedModel) -> Iterable[tuple[str, Any]]:
    components: dict[str, Any] = model.pipeline.components
    return components.items()


def _task(request: ImageRequest) -> str:
    if request.mask is not None:
        return _INPAINT
    return _TEXT if request.image is None else _IMAGE


def _strength(request: ImageRequest) -> float:
    """The pipelines run int(steps * strength) steps and fail on none, so at least one is asked for."""
    return min(1.0, max(request.strength, 1.01 / request.steps))


def _switches(model: LoadedModel) -> dict[str, bool]:
    if model.kind is ModelKind.SD15:
        return {"requires_safety_checker": False}
    zeros = model.pipeline.config.force_zeros_for_empty_prompt
    return {"force_zeros_for_empty_prompt": zeros, "add_watermarker": False}
