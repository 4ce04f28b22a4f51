"""Random LoRAs and embeddings for the tiny models, made by the libraries that people train with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file

from engine.catalogue import ModelKind
from tests.engine.loading import load

_SAVERS = {
    ModelKind.SD15: StableDiffusionPipeline.save_lora_weights,
    ModelKind.SDXL: StableDiffusionXLPipeline.save_lora_weights,
}
_FILE = "pytorch_lora_weights.safetensors"
RANK = 4


def save_lora(
    models: Path, kind: ModelKind, target: Path, seed: int, alpha: float = RANK, also: tuple[str, ...] = ()
) -> Path:
    """A LoRA on the denoiser and the text encoders; where `alpha` is not the rank, the file says so."""
    torch.manual_seed(seed)
    pipeline, layers = load(models / kind).pipeline, {}
    for part, names in (("unet", ["to_q", "to_v", *also]), *_encoders(kind, ["q_proj", "out_proj", "fc1"])):
        network = getattr(pipeline, part)
        settings = LoraConfig(r=RANK, lora_alpha=alpha, target_modules=names, init_lora_weights=False)
        network.add_adapter(settings)
        layers[f"{part}_lora_layers"] = convert_state_dict_to_diffusers(get_peft_model_state_dict(network))
        if alpha != RANK:
            layers[f"{part}_lora_adapter_metadata"] = _plain(settings)
    _SAVERS[kind](target.parent, **layers, weight_name=target.name, safe_serialization=True)
    return target


def save_webui_lora(diffusers: Path, kind: ModelKind, target: Path, alpha: float) -> Path:
    """The same LoRA in the layout of the trainers and web interfaces that most shared files come from."""
    first = "lora_te1" if kind is ModelKind.SDXL else "lora_te"
    prefixes = {
        "unet": "lora_unet",
        "text_encoder": f"{first}_text_model",
        "text_encoder_2": "lora_te2_text_model",
    }
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(diffusers).items():
        part, _, path = name.partition(".")
        layer, side = re.split(r"\.(?:lora_linear_layer\.|lora[._])", path.removesuffix(".weight"))
        module = f"{prefixes[part]}_{layer.removeprefix('text_model.').replace('.', '_')}"
        half = "down" if side in ("A", "down") else "up"
        tensors |= {f"{module}.lora_{half}.weight": tensor, f"{module}.alpha": torch.tensor(alpha)}
    save_file(tensors, target)
    return target


def save_embedding(kind: ModelKind, target: Path, vectors: int = 1) -> Path:
    """Far from every word, so that a picture shows it."""
    torch.manual_seed(vectors)
    widths = {"clip_l": 16, "clip_g": 24} if kind is ModelKind.SDXL else {"emb_params": 16}
    save_file({name: torch.randn(vectors, width) for name, width in widths.items()}, target)
    return target


def _encoders(kind: ModelKind, names: list[str]) -> list[tuple[str, list[str]]]:
    parts = ["text_encoder", "text_encoder_2"] if kind is ModelKind.SDXL else ["text_encoder"]
    return [(part, names) for part in parts]


def _plain(settings: LoraConfig) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, set) else value for name, value in settings.to_dict().items()
    }
