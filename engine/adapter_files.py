"""Reads the tensors of LoRAs and embeddings: safetensors only, and only tensors that diffusers understands."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors import safe_open

from engine.catalogue import AdapterSource, ModelKind
from engine.digests import Digests
from engine.errors import AdapterError
from engine.sentence import say
from engine.weights import read_shapes

_ALPHA = re.compile(r"lora_[\w.-]+\.alpha", re.ASCII)
_LAYER = re.compile(
    r"[\w.-]+[._](lora_A|lora_B|lora_down|lora_up|(lora|lora_linear_layer)\.(down|up))\.weight", re.ASCII
)
_UP = re.compile(r"(text_encoder_2|text_encoder|unet)\..*(lora_B|up)\.weight")
_SETTINGS = "lora_adapter_metadata"  # where diffusers writes what the training library was set to
_MOST_VECTORS = 75  # tokens of a prompt between its two marks


def check_file(source: AdapterSource, digests: Digests) -> tuple[Path, str]:
    """Where it lies, and its sha256; reads no tensor. Raises `ModelError`, `AdapterError`, `OSError`."""
    path = Path(source.file).expanduser()
    read_shapes(path)
    digest = digests.of_file(path)
    if source.sha256 not in ("", digest):
        raise AdapterError(
            say("The sha256 of {file} is {digest}, the settings say {expected}.",
                file=path.name, digest=digest, expected=source.sha256)
        )  # fmt: skip
    return path, digest


def read_lora(path: Path, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Its tensors by names that diffusers knows, scaled as it was trained.

    The settings that a file brings along never reach the library, as some of them name code to import.
    Raises `AdapterError`.
    """
    shapes = read_shapes(path)
    layers = {name for name, shape in shapes.items() if _LAYER.fullmatch(name) and len(shape) > 1}
    if not layers or not all(_ALPHA.fullmatch(name) for name in shapes.keys() - layers):
        raise AdapterError(say("{file} is no LoRA of a kind that can be used here.", file=path.name))
    with safe_open(path, framework="pt") as file:
        settings = _settings((file.metadata() or {}).get(_SETTINGS, "{}"))
        tensors = {name: file.get_tensor(name) for name in shapes}
    for name in layers:
        tensors[name] = (tensors[name] * _factor(name, tensors[name], settings)).to(dtype)
    _check_finite(path, tensors.values())
    return {_renamed(name): tensor for name, tensor in tensors.items()}


def _renamed(name: str) -> str:
    """Where a file mixes two ways of naming, as diffusers writes it, diffusers would read one of them only."""
    if not name.startswith("unet."):
        return name
    return name.replace(".lora.down.", ".lora_A.").replace(".lora.up.", ".lora_B.")


def count_layers(tensors: Iterable[str]) -> int:
    """How many of a LoRA's tensors are matrices of layers; the others are scales."""
    return sum(_LAYER.fullmatch(name) is not None for name in tensors)


def read_embedding(path: Path, kind: ModelKind) -> tuple[torch.Tensor, ...]:
    """For each text encoder of the family a tensor (vectors, width). Raises `AdapterError`."""
    shapes = read_shapes(path)
    names = ("clip_l", "clip_g") if kind is ModelKind.SDXL else tuple(shapes)[:1]
    if not names or shapes.keys() != set(names):
        raise AdapterError(
            say("{file} is no embedding for models of the family {kind}.", file=path.name, kind=kind)
        )
    with safe_open(path, framework="pt") as file:
        found = [file.get_tensor(name) for name in names]
    tensors = tuple(tensor[None] if tensor.ndim == 1 else tensor for tensor in found)
    rows = {len(tensor) for tensor in tensors if tensor.ndim}
    if any(tensor.ndim != 2 for tensor in tensors) or len(rows) != 1 or not 1 <= min(rows) <= _MOST_VECTORS:
        raise AdapterError(
            say("{file} does not hold 1 to {most} vectors for each text encoder.",
                file=path.name, most=_MOST_VECTORS)
        )  # fmt: skip
    _check_finite(path, tensors)
    return tensors


def _settings(text: str) -> Mapping[str, object]:
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise AdapterError(say("The settings of its training, which it holds, are not readable."))
    if any(value and key.endswith((".alpha_pattern", ".use_dora")) for key, value in settings.items()):
        raise AdapterError(
            say("It was trained with scales of its own for single layers, which cannot be used here.")
        )
    return settings


def _factor(name: str, tensor: torch.Tensor, settings: Mapping[str, object]) -> float:
    """What the training library multiplied a layer's outcome by; it is 1 where the settings do not say."""
    component = match[1] if (match := _UP.fullmatch(name)) else ""
    alpha, rank = settings.get(f"{component}.lora_alpha"), tensor.shape[1]
    if not isinstance(alpha, int | float):
        return 1.0
    return alpha / (math.sqrt(rank) if settings.get(f"{component}.use_rslora") else rank)


def _check_finite(path: Path, tensors: Iterable[torch.Tensor]) -> None:
    if not all(torch.isfinite(tensor).all() for tensor in tensors):
        raise AdapterError(say("{file} holds numbers that are not finite.", file=path.name))
