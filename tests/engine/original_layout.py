"""Tensor names as the first Stable Diffusion checkpoints have them; the way back of diffusers' single-file loader."""

from __future__ import annotations

import re
from typing import Any

import torch

from engine.catalogue import ModelKind

_Tensors = dict[str, torch.Tensor]

_DENOISER = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1",
    "mid_block.resnets.1": "middle_block.2",
}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
_AUTOENCODER = {
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
    "mid_block.resnets.0": "mid.block_1",
    "mid_block.resnets.1": "mid.block_2",
    "mid_block.attentions.0": "mid.attn_1",
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
    "downsamplers.0": "downsample",
    "upsamplers.0": "upsample",
}
_OPEN_CLIP = {
    "encoder.layers.": "transformer.resblocks.",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
    "self_attn": "attn",
    "final_layer_norm": "ln_final",
    "embeddings.token_embedding": "token_embedding",
    "embeddings.position_embedding.weight": "positional_embedding",
}


def original_tensors(kind: ModelKind, pipeline: Any) -> _Tensors:
    """All tensors of a pipeline as one checkpoint."""
    tensors = _prefixed("model.diffusion_model.", _denoiser(pipeline.unet))
    tensors |= _prefixed("first_stage_model.", _autoencoder(pipeline.vae))
    clip = _text_tensors(pipeline.text_encoder)
    if kind is ModelKind.SD15:
        return tensors | _prefixed("cond_stage_model.transformer.text_model.", clip)
    tensors |= _prefixed("conditioner.embedders.0.transformer.text_model.", clip)
    return tensors | _prefixed("conditioner.embedders.1.model.", _open_clip(pipeline.text_encoder_2))


def _prefixed(prefix: str, tensors: _Tensors) -> _Tensors:
    return {prefix + name: tensor.clone().contiguous() for name, tensor in tensors.items()}


def _renamed(name: str, names: dict[str, str]) -> str:
    for new, old in names.items():
        name = re.sub(
            rf"(?<![a-z_]){re.escape(new)}(?![a-z0-9_])" if not new.endswith(".") else re.escape(new),
            old,
            name,
        )
    return name


def _denoiser(network: Any) -> _Tensors:
    per_block = network.config.layers_per_block + 1
    return {_denoiser_name(name, per_block): tensor for name, tensor in network.state_dict().items()}


def _denoiser_name(name: str, per_block: int) -> str:
    name = _renamed(name, _RESNET) if "resnets" in name else name
    match = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    if match is None:
        return _renamed(name, _DENOISER)
    way, block, part, layer, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
    first = block * per_block + (way == "down")
    if part == "downsamplers":
        return f"input_blocks.{first + per_block - 1}.0.op.{rest.removeprefix('conv.')}"
    if part == "upsamplers":
        return f"output_blocks.{first + per_block - 1}.1.{rest}"
    side = "input" if way == "down" else "output"
    return f"{side}_blocks.{first + layer}.{int(part == 'attentions')}.{rest}"


def _autoencoder(network: Any) -> _Tensors:
    last = len(network.config.block_out_channels) - 1
    tensors = {}
    for name, tensor in network.state_dict().items():
        name = re.sub(r"down_blocks\.(\d)\.", r"down.\1.", name)
        name = re.sub(r"up_blocks\.(\d)\.", lambda match: f"up.{last - int(match[1])}.", name)
        name = _renamed(name.replace("p.resnets", "p.block"), _AUTOENCODER)
        tensors[re.sub(r"((?:down|up)\.\d)\.resnets", r"\1.block", name)] = tensor
    return tensors


def _text_tensors(network: Any) -> _Tensors:
    return {name.removeprefix("text_model."): tensor for name, tensor in network.state_dict().items()}


def _open_clip(network: Any) -> _Tensors:
    tensors = {_renamed(name, _OPEN_CLIP): tensor for name, tensor in _text_tensors(network).items()}
    for kind in ("weight", "bias"):
        for name in [name for name in tensors if name.endswith(f"q_proj.{kind}")]:
            parts = [tensors.pop(name.replace("q_proj", f"{letter}_proj")) for letter in "qkv"]
            tensors[name.replace("q_proj.", "in_proj_")] = torch.cat(parts)
    tensors["text_projection"] = tensors.pop("text_projection.weight").T
    return tensors
