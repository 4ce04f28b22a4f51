"""Which files make up a model, looked at without loading them: safetensors only, nothing that can run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from engine.catalogue import ModelKind
from engine.errors import ModelError
from engine.sentence import say

INDEX = "model_index.json"
_TEXT = {"text_encoder": "CLIPTextModel", "tokenizer": "CLIPTokenizer"}
_TEXT_2 = {"text_encoder_2": "CLIPTextModelWithProjection", "tokenizer_2": "CLIPTokenizer"}
_IMAGE = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL"}
COMPONENTS: Mapping[ModelKind, Mapping[str, str]] = {
    ModelKind.SD15: _TEXT | _IMAGE,
    ModelKind.SDXL: _TEXT | _TEXT_2 | _IMAGE,
}
"""The parts of a model by their diffusers folder, and the one class that each may be."""

_SHARD = re.compile(r"[\w.-]+\.safetensors", re.ASCII)
_DENOISER_KEY = "model.diffusion_model.input_blocks.0.0.weight"
_TEXT_KEY = "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight"
_XL_KEY = "conditioner.embedders.1.model.positional_embedding"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a diffusers folder says of itself; `scheduler` is a class name of diffusers."""

    root: Path
    kind: ModelKind
    scheduler: str
    zeros_for_empty: bool  # SDXL: no negative prompt means zeros, not the embedding of ""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight files of one component, and the variant that they are ("" for the plain one)."""

    component: str
    variant: str
    files: tuple[Path, ...]


def inspect_configuration(root: Path) -> Configuration:
    """Raises `ModelError` unless every part is one of the classes that this engine loads."""
    index = _json(root / INDEX)
    pipeline = index.get("_class_name")
    if not isinstance(pipeline, str) or not pipeline.startswith("StableDiffusion"):
        raise ModelError(say("{index} does not describe a Stable Diffusion pipeline.", index=INDEX))
    kind = ModelKind.SDXL if pipeline.startswith("StableDiffusionXL") else ModelKind.SD15
    for component, expected in COMPONENTS[kind].items():
        if _class_name(index, component).removesuffix("Fast") != expected:
            raise ModelError(
                say("The {component} in {index} must be a {expected}.",
                    component=component, index=INDEX, expected=expected)
            )  # fmt: skip
    scheduler = _class_name(index, "scheduler")
    if not re.fullmatch(r"[A-Za-z0-9]+Scheduler", scheduler):
        raise ModelError(say("The scheduler in {index} must be one of diffusers' own.", index=INDEX))
    return Configuration(root, kind, scheduler, index.get("force_zeros_for_empty_prompt", True) is True)


def weighted_components(kind: ModelKind) -> tuple[str, ...]:
    """The components that are networks."""
    return tuple(name for name in COMPONENTS[kind] if not name.startswith("tokenizer"))


def inspect_weights(root: Path, kind: ModelKind, variant: str = "") -> tuple[Weights, ...]:
    """The weights of each component, of the variant where there are such. Raises `ModelError`."""
    return tuple(_weights(root / name, variant) for name in weighted_components(kind))


def inspect_checkpoint(path: Path) -> ModelKind:
    """The kind of one file in the original layout, told by its header alone. Raises `ModelError`."""
    names = read_shapes(path)
    if _DENOISER_KEY in names and _XL_KEY in names:
        return ModelKind.SDXL
    if _DENOISER_KEY in names and _TEXT_KEY in names:
        return ModelKind.SD15
    raise ModelError(
        say("{file} holds no whole Stable Diffusion 1.x or XL model in the original layout.", file=path.name)
    )


def read_shapes(path: Path) -> Mapping[str, tuple[int, ...]]:
    """The shape of each tensor in a file, told by its header alone. Raises `ModelError`.

    The library checks the header's size, JSON, offsets and the file's length, and reads no tensor.
    """
    if path.suffix != ".safetensors":
        raise ModelError(
            say("{file} was not opened; only .safetensors is, as other formats can run code.", file=path.name)
        )
    try:
        with safe_open(path, framework="np") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelError(
            say("{file} is no valid safetensors file, so it was not loaded.", file=path.name)
        ) from error


def _weights(folder: Path, variant: str) -> Weights:
    chosen = variant if variant and _weight_files(folder, variant) else ""
    files = _weight_files(folder, chosen)
    if not files:
        raise ModelError(
            say("Its {part} has no .safetensors weights; other formats can run code.", part=folder.name)
        )
    for file in files:
        read_shapes(file)
    for index in folder.glob("*.safetensors.index*.json"):
        _check_shard_names(index)
    return Weights(folder.name, chosen, files)


def _weight_files(folder: Path, variant: str) -> tuple[Path, ...]:
    suffix = re.escape(f".{variant}") if variant else ""
    name = re.compile(rf"(diffusion_pytorch_model|model){suffix}(-\d{{5}}-of-\d{{5}})?\.safetensors")
    return tuple(file for file in sorted(folder.glob("*.safetensors")) if name.fullmatch(file.name))


def _check_shard_names(index: Path) -> None:
    """The loader goes by the ending of a shard's name: an index must not name another format or place."""
    shards = _json(index).get("weight_map")
    names = list(shards.values()) if isinstance(shards, dict) else [""]
    if not all(isinstance(name, str) and _SHARD.fullmatch(name) for name in names):
        raise ModelError(
            say("{file} names something else than .safetensors files beside it.", file=index.name)
        )


def _class_name(index: Mapping[str, object], component: str) -> str:
    match index.get(component):
        case ["diffusers" | "transformers", str(name)]:
            return name
        case _:
            raise ModelError(
                say("The {component} in {index} is not a class of diffusers or transformers.",
                    component=component, index=INDEX)
            )  # fmt: skip


def _json(path: Path) -> Mapping[str, object]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            say("{file} is missing or unreadable; this is no diffusers folder.", file=path.name)
        ) from error
    if not isinstance(content, dict):
        raise ModelError(say("{file} holds no JSON object; this is no diffusers folder.", file=path.name))
    return content
