"""Stable Diffusion's own safety checker, loaded from a folder or the hub, as all requests share it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from huggingface_hub import snapshot_download, try_to_load_from_cache
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from engine.batching import Network, gate
from engine.catalogue import ModelSource
from engine.demo import CHECKER_FOLDER
from engine.devices import DevicePlan
from engine.errors import ModelError
from engine.flops import vision_work
from engine.networks import DECODING
from engine.rows import RowOptions, RowPlan
from engine.sentence import say
from engine.weights import read_shapes

_BUILT_IN = "demo"
_WEIGHTS = "model.safetensors"
_CHECKER, _PROCESSOR = "safety_checker", "feature_extractor"  # of a whole model's folder
_WANTED = ("config.json", "preprocessor_config.json", _WEIGHTS)


@dataclass(frozen=True, slots=True)
class SafetyChecker:
    """On its device; it sees squares of `side` pixels."""

    network: Network
    processor: Any
    side: int
    plan: DevicePlan

    def flags(self, views: Sequence[Image.Image]) -> bool:
        """Whether any of these views of one RGB picture shows what it must not. In a strand, which parks."""
        return self.judge(self.pixels(views))

    def judge(self, pixels: torch.Tensor) -> bool:
        """The same of what `pixels` made of the views."""
        return bool(gate(self.network)(pixels).any())

    def try_out(self) -> None:
        """Look at something, so that parts that do not fit each other are found while it is loaded."""
        self.network.run(self.pixels([Image.new("RGB", (self.side, self.side))]))

    def pixels(self, views: Sequence[Image.Image]) -> torch.Tensor:
        """(views, 3, side, side), each view squeezed into a square, as the processor would cut off what is beyond."""
        squares = [view.resize((self.side, self.side), Image.Resampling.BICUBIC) for view in views]
        pixels: torch.Tensor = self.processor(squares, return_tensors="pt").pixel_values
        return pixels.to(self.plan.device, self.plan.dtype)


def load_checker(
    source: str, revision: str, plan: DevicePlan, rows: RowOptions, make_room: Callable[[int], None]
) -> SafetyChecker:
    """Blocks for a second or, on a first download, a minute. `make_room` is told the bytes of its weights before they
    go to the device.

    Raises `ModelError`, and what the libraries raise on files that are not what they should be.
    """
    folder, processor_folder = _folders(_root(source, revision))
    module = _load_module(folder, plan.dtype)
    make_room(sum(tensor.nbytes for tensor in module.state_dict().values()))
    module.to(plan.device)
    checker = SafetyChecker(
        _shared(module, rows),
        CLIPImageProcessorPil.from_pretrained(processor_folder, local_files_only=True),
        module.config.vision_config.image_size,
        plan,
    )
    checker.try_out()
    return checker


def _shared(module: Any, rows: RowOptions) -> Network:
    """Filled as the text encoders are, which are as quick. The cells of a grid have the start picture in common."""
    work = vision_work(module.vision_model)
    plan = RowPlan(rows.encoder, rows.encoder[-1] * work, rows.exact)
    return Network(functools.partial(verdicts, module), DECODING, lambda _: work, plan, distinct=True)


def verdicts(module: Any, pixels: torch.Tensor) -> torch.Tensor:
    """(rows,), true where a row of (rows, 3, side, side) shows one of the checker's concepts.

    The class compares numbers, which is false for those that are not any: so they count as a hit here.
    """
    finite: list[torch.Tensor] = []
    hook = module.visual_projection.register_forward_hook(
        lambda _, __, embeddings: finite.append(torch.isfinite(embeddings).all(1).cpu())
    )
    try:
        _, flagged = module(pixels, torch.zeros(len(pixels), 1))  # the latter is what it blackens
    finally:
        hook.remove()
    return torch.tensor(flagged) | ~finite[0]


def is_here(source: str, revision: str) -> bool:
    """Whether the weights are on this machine, or nowhere. Raises `ModelError` where the source cannot be right."""
    if source == _BUILT_IN or not _checked(source, revision).revision:
        return True
    files = (_WEIGHTS, f"{_CHECKER}/{_WEIGHTS}")
    return any(isinstance(try_to_load_from_cache(source, file, revision=revision), str) for file in files)


def _checked(source: str, revision: str) -> ModelSource:
    return ModelSource(name="safety-checker", source=source, revision=revision)


def _root(source: str, revision: str) -> Path:
    if source == _BUILT_IN:
        return CHECKER_FOLDER
    checked = _checked(source, revision)
    if not revision:
        return checked.path
    wanted = [f"{folder}{name}" for folder in ("", f"{_CHECKER}/", f"{_PROCESSOR}/") for name in _WANTED]
    return Path(snapshot_download(source, revision=revision, allow_patterns=wanted))


def _folders(root: Path) -> tuple[Path, Path]:
    """Of the checker and its image processor, which may be one, or two in the folder of a whole model."""
    folder = root / _CHECKER if (root / _CHECKER).is_dir() else root
    processor = root / _PROCESSOR
    return folder, processor if processor.is_dir() else folder


def _says_something(record: logging.LogRecord) -> bool:
    """The class warns at every flagged picture, of a black one that nobody gets here."""
    return not record.getMessage().startswith("Potential NSFW content was detected")


def _load_module(folder: Path, dtype: torch.dtype) -> Any:
    logging.getLogger(StableDiffusionSafetyChecker.__module__).addFilter(_says_something)
    read_shapes(folder / _WEIGHTS)
    module, report = StableDiffusionSafetyChecker.from_pretrained(
        folder, torch_dtype=dtype, use_safetensors=True, local_files_only=True, output_loading_info=True
    )
    broken = [name for name, tensor in module.state_dict().items() if not torch.isfinite(tensor).all()]
    if report["missing_keys"] or broken:
        raise ModelError(
            say("Its weights are incomplete or not finite: {names}.",
                names=", ".join(sorted([*report["missing_keys"], *broken])[:3]))
        )  # fmt: skip
    return module.eval()
