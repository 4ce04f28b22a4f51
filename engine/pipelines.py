"""A request becomes a call of an unmodified diffusers pipeline that shares only the model's networks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import diffusers
import torch

from engine.batching import current_strand
from engine.catalogue import ModelKind
from engine.models import LoadedModel
from engine.networks import SharedModel
from engine.request import ImageRequest, PictureRequest, RequestError
from engine.samplers import build_scheduler
from engine.sentence import say
from engine.start_picture import start_mask, start_picture
from engine.steps import OnStep, Steps

_TEXT, IMAGE, _INPAINT = "text", "image", "inpaint"
_TEXT_PARTS = ("text_encoder", "tokenizer")
_CLASSES = {
    (ModelKind.SD15, _TEXT): diffusers.StableDiffusionPipeline,
    (ModelKind.SD15, IMAGE): diffusers.StableDiffusionImg2ImgPipeline,
    (ModelKind.SD15, _INPAINT): diffusers.StableDiffusionInpaintPipeline,
    (ModelKind.SDXL, _TEXT): diffusers.StableDiffusionXLPipeline,
    (ModelKind.SDXL, IMAGE): diffusers.StableDiffusionXLImg2ImgPipeline,
    (ModelKind.SDXL, _INPAINT): diffusers.StableDiffusionXLInpaintPipeline,
}


def draw_latents(
    model: SharedModel, request: ImageRequest, on_step: OnStep, *, count: int = 1
) -> torch.Tensor:
    """The denoised latents, (count, 4, height / 8, width / 8), in the model's precision.

    To be called in a strand. Raises `RequestError` where the model cannot do what is asked.
    """
    pipeline = build_pipeline(model.loaded, request, _task(request))
    steps = Steps(pipeline, request, model.previewer, on_step)
    current_strand().seamless = request.tile
    prompt = model.encode(request)
    latents: torch.Tensor = pipeline(
        **prompt.arguments(),
        **build_arguments(request),
        num_images_per_prompt=count,
        **steps.arguments(),
        output_type="latent",
    ).images
    return latents


def build_pipeline(model: LoadedModel, request: PictureRequest, task: str, **other_parts: Any) -> Any:
    """A pipeline object of its own, with a fresh scheduler, around the shared networks or those given.

    It takes embeddings for a prompt, so it has no text encoder.
    """
    if task is not _INPAINT and model.pipeline.unet.config.in_channels != 4:
        raise RequestError(
            say(
                "The model {name} only redraws parts of pictures; add a picture and a mask.",
                name=request.model,
            )
        )
    parts = {name: None if name.startswith(_TEXT_PARTS) else part for name, part in _components(model)}
    parts |= {"scheduler": build_scheduler(request.sampler, model.pipeline.scheduler)} | other_parts
    pipeline = _CLASSES[model.kind, task](**parts, **_switches(model))
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
    if task is not IMAGE:
        arguments |= {"width": request.width, "height": request.height}
    if task is not _TEXT:
        arguments |= {"image": start_picture(request), "strength": strength_of(request)}
    if task is _INPAINT:
        arguments["mask_image"] = start_mask(request)
    return arguments


def _components(model: LoadedModel) -> Iterable[tuple[str, Any]]:
    components: dict[str, Any] = model.pipeline.components
    return components.items()


def _task(request: ImageRequest) -> str:
    if request.mask is not None:
        return _INPAINT
    return _TEXT if request.image is None else IMAGE


def strength_of(request: PictureRequest) -> float:
    """The pipelines run int(steps * strength) steps and fail on none, so at least one is asked for."""
    return min(1.0, max(request.strength, 1.01 / request.steps))


def _switches(model: LoadedModel) -> dict[str, bool]:
    if model.kind is ModelKind.SD15:
        return {"requires_safety_checker": False}
    zeros = model.pipeline.config.force_zeros_for_empty_prompt
    return {"force_zeros_for_empty_prompt": zeros, "add_watermarker": False}
