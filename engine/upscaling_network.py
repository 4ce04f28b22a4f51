"""A network that makes pictures larger, of the ESRGAN family: loaded by spandrel, and run in tiles."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError

from engine.batching import Network, gate
from engine.devices import DevicePlan
from engine.digests import Digests
from engine.errors import EngineError, ModelError
from engine.events import Picture
from engine.networks import DENOISING
from engine.request import UpscaleRequest
from engine.rows import RowPlan
from engine.sentence import say
from engine.start_picture import source_picture
from engine.steps import OnStep
from engine.tiling import Tiling, plan_tiling
from engine.upscale import as_picture, covering, cropped, to_tensor
from engine.weights import read_shapes

_log = logging.getLogger(__name__)
_TILE = 256  # pixels of the small picture; a forward for them takes some hundred MB


@dataclass(frozen=True, slots=True)
class UpscalingNetwork:
    """On its device. `run` parks: (1, 3, height, width) from 0 to 1, and `scale` times as large."""

    name: str
    digest: str
    scale: int
    run: Callable[[torch.Tensor], torch.Tensor]
    plan: DevicePlan


def load_upscaling_network(path: Path, plan: DevicePlan, digests: Digests) -> UpscalingNetwork:
    """Blocks for a second. Raises `EngineError`."""
    try:
        read_shapes(path)
    except ModelError as error:
        raise _broken(path, error.sentence) from error
    network = _open(path)
    network.to(plan.device, plan.dtype if network.supports_half else torch.float32).eval()
    return UpscalingNetwork(path.stem, digests.of_file(path), network.scale, gate(_shared(network)), plan)


def _open(path: Path) -> Any:
    """A descriptor of spandrel's."""
    try:
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
    except (ImportError, RuntimeError) as error:  # the latter where its torchvision is for another torch
        _log.exception("The library spandrel cannot be used")
        reason = say("A library is missing; {command} brings it.", command="pip install 'atelier[esrgan]'")
        raise _broken(path, reason) from error
    try:
        network = ModelLoader().load_from_file(path)
    except (OSError, ValueError, RuntimeError, LookupError, SafetensorError, UnsupportedModelError) as error:
        _log.exception("The upscaling network %s cannot be loaded", path.name)
        raise _broken(path, say("The owner finds the reason in the log.")) from error
    coloured = (
        isinstance(network, ImageModelDescriptor) and network.input_channels == network.output_channels == 3
    )
    if not coloured:
        raise _broken(path, say("It does not turn a coloured picture into a larger one."))
    return network


def enlarge(network: UpscalingNetwork, request: UpscaleRequest, on_step: OnStep) -> Picture:
    """In a strand; `on_step` counts tiles. Where the network's scale is another, the rest is resampled.

    Raises `RequestError`, `NotFinite`, and what is thrown into the strand.
    """
    source = source_picture(request)
    tiling = plan_tiling(source.width, source.height, (_TILE, _TILE))
    pixels = tiling.enlarged(network.scale).join(_run(network, tiling, source, on_step))
    picture = cropped(pixels * 2 - 1, (source.width * network.scale, source.height * network.scale))
    if network.scale == request.factor:
        return picture
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    size = (source.width * request.factor, source.height * request.factor)
    return as_picture(image.resize(size, Image.Resampling.LANCZOS))


def _run(
    network: UpscalingNetwork, tiling: Tiling, source: Image.Image, on_step: OnStep
) -> Iterator[torch.Tensor]:
    parts = tiling.cut(covering(tiling, to_tensor(source)) / 2 + 0.5)
    for done, part in enumerate(parts, start=1):
        yield network.run(part.to(network.plan.device)).float().cpu()
        on_step(done, len(parts), None)


def _shared(descriptor: Any) -> Network:
    """One tile is a forward, which takes about as much work as a convolution of its parameters."""
    parameters = sum(tensor.numel() for tensor in descriptor.model.parameters())

    def run(pixels: torch.Tensor) -> torch.Tensor:
        enlarged: torch.Tensor = descriptor(pixels.to(descriptor.dtype))
        return enlarged

    def work(shape: torch.Size) -> float:
        return float(2 * parameters * math.prod(shape[-2:]))

    return Network(run, DENOISING, work, RowPlan((1,), 0.0, exact=True))


def _broken(path: Path, reason: str) -> EngineError:
    return EngineError(
        say("The upscaling network {name} cannot be used. {reason}", name=path.stem, reason=reason)
    )
