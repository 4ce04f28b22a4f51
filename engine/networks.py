"""A loaded model as its requests share it: each network behind a gate, and what is made once for all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from engine.acceleration import Forward
from engine.adapters import Adapters
from engine.batching import Network, current_strand, gate
from engine.catalogue import ModelKind
from engine.checks import Decode, decode_with
from engine.flops import decoder_work, denoiser_work, encoder_work
from engine.models import LoadedModel
from engine.preview import Previewer
from engine.prompts import Prompt, PromptEncoder
from engine.request import ImageRequest
from engine.rows import RowOptions, RowPlan

ENCODING, DECODING, DENOISING = range(3)
"""Ranks: a request's text is encoded before others denoise, so that it joins them, and a picture that is
done need not wait for those that are not. Each happens once for a picture, so neither holds up the rest."""

_LATENT = 8  # pixels along a side of a latent


class TextEncoder:
    """A text encoder that visits the device only while it works, once it was sent home to make room there."""

    def __init__(self, module: Any, device: torch.device) -> None:
        self._module, self._device = module, device
        self._real = module.forward
        self._at_home = False
        functools.update_wrapper(self, self._real)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._at_home:
            return self._real(*args, **kwargs)
        self._module.to(self._device)
        try:
            return self._real(*args, **kwargs)
        finally:
            self._module.to("cpu")

    def send_home(self) -> bool:
        """To the machine's own memory; False where it is already, or the device has no other."""
        if self._at_home or self._device.type == "cpu":
            return False
        self._at_home = True
        self._module.to("cpu")
        return True


@dataclass(frozen=True, slots=True)
class SharedModel:
    """What requests draw with; `decode` parks, as do the networks inside the pipeline that they share.

    `bytes` are those of its weights, without adapters.
    """

    loaded: LoadedModel
    prompts: PromptEncoder
    adapters: Adapters
    previewer: Previewer
    decode: Decode
    encoders: tuple[TextEncoder, ...]
    bytes: int

    def encode(self, request: ImageRequest) -> Prompt:
        """In the request's strand, on which its adapters act from now on. Raises as `Adapters.load` does."""
        strand, texts = current_strand(), (request.prompt, request.negative)
        strand.adapters, strand.used = request.adapters, self.adapters.load(request.adapters, texts)
        prompt, negative = map(self.adapters.spelled, texts)
        guided = request.guidance > 1 and self.loaded.pipeline.unet.config.time_cond_proj_dim is None
        return self.prompts.encode(prompt, negative, guided=guided, adapters=strand.used)

    @property
    def decodes_wide(self) -> bool:
        """Whether its autoencoder overflows in half precision, as SDXL's own does."""
        autoencoder = self.loaded.pipeline.vae
        return self.loaded.kind is ModelKind.SDXL and bool(autoencoder.config.force_upcast)

    def send_encoders_home(self) -> bool:
        """False if they all are."""
        sent = [encoder.send_home() for encoder in self.encoders]
        return any(sent)


def share(
    loaded: LoadedModel, adapters: Adapters, rows: RowOptions, side: int, faster: Callable[[Forward], Forward]
) -> SharedModel:
    """Put the model's networks behind gates, the denoiser's forward as `faster` makes it.

    `side` is of the pictures that the model draws by default, in pixels.
    """
    pipeline, latent = loaded.pipeline, side // _LATENT
    _share_denoiser(pipeline.unet, rows, latent, adapters, faster)
    encoders = tuple(
        _share_encoder(part, loaded.plan.device, rows, adapters)
        for name, part in pipeline.components.items()
        if name.startswith("text_encoder")
    )
    return SharedModel(
        loaded,
        PromptEncoder(pipeline, loaded.kind),
        adapters,
        Previewer(pipeline.vae),
        gate(_decoder(pipeline.vae, rows, latent)),
        encoders,
        _bytes(pipeline),
    )


def _bytes(pipeline: Any) -> int:
    modules = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return sum(tensor.nbytes for module in modules for tensor in module.state_dict().values())


def _share_denoiser(
    denoiser: Any, rows: RowOptions, side: int, adapters: Adapters, faster: Callable[[Forward], Forward]
) -> None:
    work, forward = denoiser_work(denoiser), faster(denoiser.forward)
    plan = RowPlan(rows.denoiser, rows.denoiser[-1] * work(side, side), rows.exact)
    network = Network(forward, DENOISING, lambda shape: work(*shape[-2:]), plan, adapters.activate)
    denoiser.forward = gate(network)


def _share_encoder(module: Any, device: torch.device, rows: RowOptions, adapters: Adapters) -> TextEncoder:
    work, encoder = encoder_work(module), TextEncoder(module, device)
    plan = RowPlan(rows.encoder, rows.encoder[-1] * work, rows.exact)
    network = Network(encoder, ENCODING, lambda _: work, plan, adapters.activate, distinct=True)
    module.forward = gate(network)
    return encoder


def _decoder(autoencoder: Any, rows: RowOptions, side: int) -> Network:
    work = decoder_work(autoencoder)

    def decode(latents: torch.Tensor, wide: bool) -> torch.Tensor:
        return decode_with(autoencoder, latents, wide=wide)

    def tile(on: bool) -> None:
        (autoencoder.enable_tiling if on else autoencoder.disable_tiling)()

    plan = RowPlan(rows.decoder, rows.decoder[-1] * work(side, side), rows.exact)
    return Network(decode, DECODING, lambda shape: work(*shape[-2:]), plan, set_tiling=tile)
