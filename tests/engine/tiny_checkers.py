"""Safety checkers of the real class with tiny random weights, which know one picture apart from others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from PIL import Image
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import CLIPConfig
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

SIDE = 32
NEVER = 2.0  # a cosine is 1 at most
_WIDTH = 24
_MARGIN = 0.002  # the class rounds to thousandths


def a_module() -> Any:
    """It flags nothing yet."""
    torch.manual_seed(3)
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    size = {"image_size": SIDE, "patch_size": 8, "projection_dim": _WIDTH}
    module = StableDiffusionSafetyChecker(CLIPConfig(projection_dim=_WIDTH, vision_config=tower | size))
    for weights in (module.concept_embeds_weights, module.special_care_embeds_weights):
        torch.nn.init.constant_(weights, NEVER)
    return module.eval()


def a_processor() -> CLIPImageProcessorPil:
    return CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}, resample=3
    )


def pixels_of(pictures: Sequence[Image.Image]) -> torch.Tensor:
    pixels: torch.Tensor = a_processor()(list(pictures), return_tensors="pt").pixel_values
    return pixels


@torch.no_grad()
def embeddings_of(module: Any, pictures: Sequence[Image.Image]) -> torch.Tensor:
    embeddings: torch.Tensor = module.visual_projection(module.vision_model(pixels_of(pictures))[1])
    return torch.nn.functional.normalize(embeddings)


def save(module: Any, folder: Path) -> Path:
    module.save_pretrained(folder)
    a_processor().save_pretrained(folder)
    return folder


@torch.no_grad()
def save_checker(folder: Path, bad: Image.Image, good: Sequence[Image.Image]) -> Path:
    """It flags the bad picture, and none of the good ones."""
    module = a_module()
    one, others = embeddings_of(module, [bad])[0], embeddings_of(module, good)
    concept = _apart(one, others)
    most = (others @ concept).max()
    assert concept @ one > most + _MARGIN, "the tower cannot tell them apart"
    module.concept_embeds[5] = concept
    module.concept_embeds_weights[5] = (concept @ one + most) / 2
    return save(module, folder)


def _apart(one: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """The direction in which one embedding lies apart from the others, as Fisher's discriminant has it."""
    centred = others - others.mean(0)
    spread = centred.T @ centred / len(others) + 1e-6 * torch.eye(_WIDTH)
    return torch.nn.functional.normalize(torch.linalg.solve(spread, one - others.mean(0)), dim=0)


def save_constant(folder: Path, *, flags: bool) -> Path:
    """It flags everything, or nothing."""
    module = a_module()
    if flags:
        torch.nn.init.constant_(module.concept_embeds_weights, -NEVER)
    return save(module, folder)


@contextmanager
def rows_seen(rows: list[int], error: Exception | None = None) -> Iterator[None]:
    """Of each forward of a checker, which then raises the error."""

    def look(module: torch.nn.Module, inputs: Sequence[torch.Tensor]) -> None:
        if isinstance(module, StableDiffusionSafetyChecker):
            rows.append(len(inputs[0]))
            if error is not None:
                raise error

    hook = register_module_forward_pre_hook(look)
    try:
        yield
    finally:
        hook.remove()
