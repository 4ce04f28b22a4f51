"""A loaded model as its requests share it: each network behind a gate, and what is made once for all of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine.acceleration import Forward
from engine.adapters import Adapters
from engine.batching import Network, current_strand, gate
from engine.catalogue import ModelKind
from engine.checks import Decode, decode_with, encode_with
from engine.flops import decoder_work, denoiser_work, encoder_work
from engine.models import LoadedModel
from engine.preview import Previewer
from engine.prompts import Prompt, PromptEncoder
from engine.request import PictureRequest
from engine.rows import RowOptions, RowPlan
from engine.seamless import circular, seamless, with_margin

ENCODING, DECODING, DENOISING = range(3)
"""Ranks: a request's text is encoded before others denoise, so that it joins them, and a picture that is
done need not wait for those that are not. Each happens once for a picture, so neither holds up the rest."""

LATENT = 8  # pixels along a side of a latent
_MARGIN = 16  # latents; as far as a decoder that works in tiles is let look past an edge


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
    """What requests draw with; `decode` and `encode_pixels` (rows, 3, height, width, around -1 to 1; to scaled
    latents) park, as do the networks inside the pipeline that they share.

    `denoiser` and `decoder` are two of these networks. `bytes` are those of its weights, without adapters.
    """

    loaded: LoadedModel
    prompts: PromptEncoder
    adapters: Adapters
    previewer: Previewer
    decode: Decode
    encode_pixels: Callable[[torch.Tensor], torch.Tensor]
    denoiser: Network
    decoder: Network
    encoders: tuple[TextEncoder, ...]
    bytes: int

    def encode(self, request: PictureRequest) -> Prompt:
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
    pipeline, latent = loaded.pipeline, side // LATENT
    denoiser = _share_denoiser(pipeline.unet, rows, latent, adapters, faster)
    decoder = _decoder(pipeline.vae, rows, latent)
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
        gate(decoder),
        gate(_pixel_encoder(pipeline.vae, decoder)),
        denoiser,
        decoder,
        encoders,
        _bytes(pipeline),
    )


def _bytes(pipeline: Any) -> int:
    modules = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return sum(tensor.nbytes for module in modules for tensor in module.state_dict().values())


def _share_denoiser(
    denoiser: Any, rows: RowOptions, side: int, adapters: Adapters, faster: Callable[[Forward], Forward]
) -> Network:
    work, plain = denoiser_work(denoiser), denoiser.forward
    plan = RowPlan(rows.denoiser, rows.denoiser[-1] * work(side, side), rows.exact)
    network = Network(
        faster(plain),
        DENOISING,
        lambda shape: work(*shape[-2:]),
        plan,
        adapters.activate,
        seamless(denoiser, plain),
    )
    denoiser.forward = gate(network)
    return network


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

    def decode_seamless(latents: torch.Tensor, wide: bool) -> torch.Tensor:
        """In tiles, each of which would meet itself, the picture is made larger by what lies past its edges."""
        if not autoencoder.use_tiling:
            with circular(autoencoder.decoder):
                return decode(latents, wide)
        margin = min(_MARGIN, *latents.shape[-2:])
        cut = slice(margin * LATENT, -margin * LATENT)
        return decode(with_margin(latents, margin), wide)[..., cut, cut]

    def tile(on: bool) -> None:
        (autoencoder.enable_tiling if on else autoencoder.disable_tiling)()

    plan = RowPlan(rows.decoder, rows.decoder[-1] * work(side, side), rows.exact)
    return Network(
        decode,
        DECODING,
        lambda shape: work(*shape[-2:]),
        plan,
        seamless=decode_seamless,
        set_tiling=tile,
    )


def _pixel_encoder(autoencoder: Any, decoder: Network) -> Network:
    """Takes about half the work of the decoder, whose limits it has."""

    def work(shape: torch.Size) -> float:
        height, width = (side // LATENT for side in shape[-2:])
        return decoder.work(torch.Size((height, width))) / 2

    return Network(functools.partial(encode_with, autoencoder), DECODING, work, replace(decoder.rows))
