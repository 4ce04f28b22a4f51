"""From latents to a picture: what is not finite fails, what only half precision broke is rescued."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL

from engine.checks import decode_with, picture_of, to_picture
from engine.errors import NotFinite
from engine.events import Picture


@pytest.fixture(autouse=True)
def no_grad() -> Any:
    with torch.no_grad():
        yield


@pytest.fixture
def autoencoder() -> Any:
    torch.manual_seed(0)
    return AutoencoderKL(block_out_channels=(8,), norm_num_groups=8, layers_per_block=1).eval()


def decode(autoencoder: Any, latents: torch.Tensor, *, wide: bool) -> Picture:
    return picture_of(latents, lambda latents, wide: decode_with(autoencoder, latents, wide=wide), wide=wide)


@pytest.mark.parametrize("poison", [float("nan"), float("inf"), float("-inf")])
def test_latents_that_are_not_finite_are_never_decoded(autoencoder: Any, poison: float) -> None:
    latents = torch.zeros(1, 4, 8, 8)
    latents[0, 3, 7, 7] = poison
    autoencoder.decode = None  # a decode would be an error of another kind
    with pytest.raises(NotFinite, match="its latents are not finite"):
        decode(autoencoder, latents, wide=False)


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_decoder_that_breaks_in_single_precision_fails(autoencoder: Any, poison: float) -> None:
    autoencoder.decoder.conv_out.bias[1] = poison
    with pytest.raises(NotFinite, match="its pixels are not finite"):
        decode(autoencoder, torch.zeros(1, 4, 8, 8), wide=False)


def test_only_half_precision_overflows_and_single_precision_rescues(autoencoder: Any) -> None:
    """The values within the decoder pass 65,504, the largest of half precision, before they are normalised."""
    autoencoder.decoder.conv_in.weight *= 1e5
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    halves = autoencoder.to(torch.float16)
    weights = {name: tensor.clone() for name, tensor in halves.state_dict().items()}
    assert all(tensor.isfinite().all() for tensor in weights.values())
    assert not halves.decode(latents.half(), return_dict=False)[0].isfinite().all()
    picture = decode(halves, latents.half(), wide=False)
    assert len(set(picture.rgb)) > 10
    assert halves.dtype is torch.float16
    assert all(torch.equal(weights[name], tensor) for name, tensor in halves.state_dict().items())


def test_wide_decodes_in_single_precision(autoencoder: Any) -> None:
    latents = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1)).half()
    halves = autoencoder.to(torch.float16)
    wide = decode(halves, latents, wide=True)
    assert wide == decode(halves.to(torch.float32), latents.float(), wide=False)


def test_an_honest_black_picture_is_a_picture() -> None:
    assert to_picture(torch.full((1, 3, 4, 6), -1.0)).rgb == bytes(4 * 6 * 3)


def test_pixels_become_bytes_row_by_row() -> None:
    pixels = torch.full((1, 3, 2, 3), -1.0)
    pixels[0, 0, 0, 0] = 1.0  # red, first row, first column
    pixels[0, 2, 1, 2] = 5.0  # blue, last row, last column, too bright
    picture = to_picture(pixels)
    assert (picture.width, picture.height) == (3, 2)
    assert picture.rgb == bytes([255, 0, 0] + [0] * 14 + [255])
