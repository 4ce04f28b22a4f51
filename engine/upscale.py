"""Redraws an enlarged picture image-to-image, in tiles of about its model's own size that agree with each other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import pad
from torch.utils import _pytree as pytree

from engine.batching import current_strand
from engine.catalogue import ModelKind
from engine.checks import check_latents, decoded, to_picture
from engine.events import Picture
from engine.networks import DENOISING, SharedModel
from engine.pipelines import IMAGE, build_pipeline, strength_of
from engine.request import UpscaleRequest
from engine.start_picture import enlarged, source_picture
from engine.steps import OnStep
from engine.tiling import Tiling, plan_tiling
from engine.turns import Lane

Size = tuple[int, int]
"""Width and height in pixels."""


def redraw(model: SharedModel, own: Size, request: UpscaleRequest, on_step: OnStep) -> Picture:
    """In a strand, which takes turns with requests for pictures of a tile's size. `own` is the model's own size.

    One pipeline draws the whole picture, on a denoiser that looks at it tile by tile in each step. So tiles share
    their noise and agree on what is in their overlaps. `on_step` counts the tiles of all steps.
    Raises `RequestError`, `NotFinite`, and what is thrown into the strand.
    """
    large = enlarged(source_picture(request), request.factor)
    tiling = plan_tiling(large.width, large.height, own)
    strand, tile = current_strand(), (tiling.across.size, tiling.down.size)
    strand.lane, strand.rank = Lane(request.model, *tile, request.adapters), DENOISING
    latents = _draw(model, request, tiling, to_tensor(large), on_step)
    check_latents(latents)
    pixels = (
        decoded(part, model.decode, wide=model.decodes_wide).cpu()
        for part in tiling.in_latents().cut(latents)
    )
    return cropped(tiling.join(pixels), large.size)


def as_picture(image: Image.Image) -> Picture:
    """Of an RGB image."""
    return Picture(image.width, image.height, image.tobytes())


def to_tensor(picture: Image.Image) -> torch.Tensor:
    """(1, 3, height, width), from -1 to 1."""
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
    return pixels.float() / 127.5 - 1


def covering(tiling: Tiling, pixels: torch.Tensor) -> torch.Tensor:
    """The pixels as large as their tiling, where those at the right and lower edge go on."""
    height, width = pixels.shape[-2:]
    missing = (0, tiling.across.length - width, 0, tiling.down.length - height)
    return pad(pixels, missing, mode="replicate")


def cropped(pixels: torch.Tensor, size: Size) -> Picture:
    """Without what `covering` added. Raises `NotFinite`."""
    return to_picture(pixels[..., : size[1], : size[0]])


def _draw(
    model: SharedModel, request: UpscaleRequest, tiling: Tiling, pixels: torch.Tensor, on_step: OnStep
) -> torch.Tensor:
    """Latents (1, 4, height, width) of the whole tiling."""
    done = 0

    def tiles_done(tiles: int) -> None:
        nonlocal done
        done += tiles
        on_step(done, len(tiling) * pipeline.num_timesteps, None)

    denoiser = _in_tiles(model, tiling.in_latents(), tiles_done)
    pipeline = build_pipeline(model.loaded, request, IMAGE, unet=denoiser)
    prompt = model.encode(request)
    latents: torch.Tensor = pipeline(
        **prompt.arguments(),
        **_sizes(model, tiling),
        image=_encode(model, tiling, pixels),
        num_inference_steps=request.steps,
        strength=strength_of(request),
        guidance_scale=request.guidance,
        generator=torch.Generator("cpu").manual_seed(request.seed),
        output_type="latent",
    ).images
    return latents


def _encode(model: SharedModel, tiling: Tiling, pixels: torch.Tensor) -> torch.Tensor:
    parts = tiling.cut(covering(tiling, pixels))
    return tiling.in_latents().join(model.encode_pixels(part.to(model.loaded.plan.device)) for part in parts)


def _sizes(model: SharedModel, tiling: Tiling) -> dict[str, Size]:
    """SDXL is told the size of what it draws, which is a tile."""
    if model.loaded.kind is not ModelKind.SDXL:
        return {}
    size = (tiling.down.size, tiling.across.size)
    return {"original_size": size, "target_size": size}


def _in_tiles(model: SharedModel, tiling: Tiling, tiles_done: Callable[[int], None]) -> Any:
    """The model's denoiser for latents that are larger than it likes; the layers are the same."""
    shared = model.loaded.pipeline.unet
    denoiser = copy.copy(shared)

    def look(
        latents: torch.Tensor, timestep: torch.Tensor, options: dict[str, Any]
    ) -> Iterator[torch.Tensor]:
        parts = tiling.cut(latents)
        count = _tiles_at_once(model, parts[0])
        for some in (parts[place : place + count] for place in range(0, len(parts), count)):
            output = shared(torch.cat(some), timestep, **_repeated(options, len(some)))[0]
            yield from output.chunk(len(some))
            tiles_done(len(some))

    def forward(latents: torch.Tensor, timestep: torch.Tensor, **options: Any) -> tuple[torch.Tensor]:
        return (tiling.join(look(latents, timestep, options)).to(latents.dtype),)

    denoiser.forward = forward
    return denoiser


def _tiles_at_once(model: SharedModel, part: torch.Tensor) -> int:
    """As many as fill a forward."""
    network = model.denoiser
    return max(1, network.rows.most(network.work(part.shape)) // len(part))


def _repeated(options: dict[str, Any], times: int) -> dict[str, Any]:
    repeated: dict[str, Any] = pytree.tree_map(
        lambda leaf: torch.cat([leaf] * times) if isinstance(leaf, torch.Tensor) else leaf, options
    )
    return repeated
