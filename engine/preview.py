"""Small rough pictures of latents on their way: what they are becoming, at an eighth of the size."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import interpolate, pad

from engine.checks import precision, to_picture, unscaled
from engine.events import Picture

_PATCHES, _PATCH = 16, 2  # per side of the picture that is fitted on, and latents per side of a patch


class Previewer:
    """Turns one model's latents into colours, by the linear map that fits its autoencoder best.

    The first preview fits it: that runs the encoder once, on a picture of 256 × 256.
    """

    def __init__(self, autoencoder: Any) -> None:
        self._autoencoder = autoencoder

    def picture(self, latents: torch.Tensor) -> Picture:
        """Of latents (1, 4, height, width) as the pipelines scale them; it has one pixel for each of theirs."""
        plain = unscaled(self._autoencoder.config, latents.cpu().float())
        colours = torch.einsum("kc,bkhw->bchw", self._colours, _with_ones(plain))
        return to_picture(colours.nan_to_num())

    @functools.cached_property
    def _colours(self) -> torch.Tensor:
        """(5, 3): what each channel of a latent pixel, and a constant, adds to red, green and blue."""
        patches = _patches()
        latents = _encode(self._autoencoder, interpolate(patches, scale_factor=8 * _PATCH))
        wanted = interpolate(patches, scale_factor=_PATCH)
        fitted: torch.Tensor = torch.linalg.lstsq(_rows(_with_ones(latents)), _rows(wanted)).solution
        return fitted


def watch(scheduler: Any) -> Callable[[], torch.Tensor | None]:
    """Of one request's own scheduler: gives the clean latents, (1, 4, height, width) in fp32, that its model
    foresaw in the last step, guidance included; None before the first and where that cannot be told.

    A step costs nothing, as it is only noted, and its result stays the same to the last bit.
    """
    seen: dict[str, torch.Tensor] = {}
    scale, step = scheduler.scale_model_input, scheduler.step

    @functools.wraps(scale)
    def note_input(sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
        seen["noisy"] = scale(sample, timestep)
        return seen["noisy"]

    @functools.wraps(step)
    def note_output(output: torch.Tensor, timestep: torch.Tensor, *rest: Any, **options: Any) -> Any:
        seen.update(output=output, timestep=timestep)
        return step(output, timestep, *rest, **options)

    scheduler.scale_model_input, scheduler.step = note_input, note_output
    return lambda: _clean(scheduler, **seen) if "output" in seen else None


def _clean(
    scheduler: Any, noisy: torch.Tensor, output: torch.Tensor, timestep: torch.Tensor
) -> torch.Tensor | None:
    """Whatever a sampler does with them, a model's input holds sqrt(a) of the clean latents and sqrt(1 - a) of
    noise, by its timestep's cumulative alpha a (Ho et al. 2020; v as in Salimans and Ho 2022)."""
    config = scheduler.config
    if not hasattr(scheduler, "alphas_cumprod") or config.get("timestep_type") == "continuous":
        return None
    alpha = _alpha(scheduler.alphas_cumprod, float(timestep))
    signal, noise = alpha**0.5, (1 - alpha) ** 0.5
    noisy, output = noisy[: len(output)].float(), output.float()  # a guided model sees the latents twice
    clean = {
        "epsilon": (noisy - noise * output) / signal,
        "v_prediction": signal * noisy - noise * output,
        "sample": output,
    }
    return clean.get(config.prediction_type)


def _alpha(alphas: torch.Tensor, timestep: float) -> float:
    """Some samplers stop between two timesteps of the training."""
    index = min(int(timestep), len(alphas) - 2)
    return float(torch.lerp(alphas[index], alphas[index + 1], timestep - index))


def _patches() -> torch.Tensor:
    """Random colours, (1, 3, height, width) in -1 to 1, that differ most in brightness, as in real pictures."""
    colours = torch.rand(1, 4, _PATCHES, _PATCHES, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return (colours[:, :3] + colours[:, 3:]) / 2


def _encode(autoencoder: Any, pixels: torch.Tensor) -> torch.Tensor:
    """In fp32, as some autoencoders overflow in half precision, and unscaled; (1, 4, height / 8, width / 8)."""
    with precision(autoencoder, torch.float32):
        encoded = autoencoder.encode(pixels.to(autoencoder.device), return_dict=False)[0]
    latents: torch.Tensor = encoded.mode().cpu()
    return latents


def _with_ones(latents: torch.Tensor) -> torch.Tensor:
    return pad(latents, (0, 0, 0, 0, 0, 1), value=1.0)


def _rows(image: torch.Tensor) -> torch.Tensor:
    """(height * width, channels)"""
    return image[0].flatten(1).mT
