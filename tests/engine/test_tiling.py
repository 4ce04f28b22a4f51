"""Tiles cover a picture of any size, are of a size that a model draws well, and are joined without a trace."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.tiling import Tiling, plan_tiling

SIDES = st.integers(1, 4096)


@given(SIDES, SIDES, st.sampled_from([(64, 64), (128, 128), (512, 512), (768, 512), (1024, 1024)]))
def test_tiles_cover_a_picture_and_overlap(width: int, height: int, own: tuple[int, int]) -> None:
    tiling = plan_tiling(width, height, own)
    for axis, length, side in ((tiling.across, width, own[0]), (tiling.down, height, own[1])):
        assert axis.starts[0] == 0
        assert axis.starts[-1] + axis.size == axis.length
        assert length <= axis.length < length + 64
        assert axis.size % 64 == 0
        assert axis.size <= max(64, side * 1.125)
        assert {start % 8 for start in axis.starts} == {0}
        assert all(second - first <= axis.size - side // 8 for first, second in pairwise(axis.starts))


@pytest.mark.parametrize(
    ("side", "own", "tiles"), [(1024, 512, 2), (2048, 512, 4), (2048, 1024, 2), (512, 512, 1), (100, 512, 1)]
)
def test_no_more_tiles_are_taken_than_are_needed(side: int, own: int, tiles: int) -> None:
    assert len(plan_tiling(side, side, (own, own))) == tiles**2


@pytest.mark.parametrize("size", [(300, 200), (128, 500), (64, 64)])
def test_what_was_cut_is_joined_as_it_was(size: tuple[int, int]) -> None:
    tiling = plan_tiling(*size, (128, 128))
    whole = torch.randn(2, 3, tiling.down.length, tiling.across.length)
    assert torch.allclose(tiling.join(tiling.cut(whole)), whole, atol=1e-5)
    latents = torch.randn(1, 4, tiling.down.length // 8, tiling.across.length // 8)
    assert torch.allclose(tiling.in_latents().join(tiling.in_latents().cut(latents)), latents, atol=1e-5)


def test_tiles_that_differ_pass_into_one_another() -> None:
    side = 224
    tiling = plan_tiling(side, 64, (128, 128))
    assert len(tiling) == 2
    joined = tiling.join(torch.full((1, 1, 64, tiling.across.size), float(place)) for place in range(2))
    steps = joined[0, 0, 0].diff()
    assert joined.min() == 0
    assert joined.max() == 1
    assert (steps >= 0).all()
    assert steps.max() < 1.5 / (2 * tiling.across.size - side)


def test_a_picture_made_larger_has_larger_tiles() -> None:
    tiling = plan_tiling(300, 200, (128, 128))
    larger: Tiling = tiling.enlarged(4)
    assert (larger.across.length, larger.down.size) == (4 * tiling.across.length, 4 * tiling.down.size)
    assert larger.enlarged(2).in_latents() == tiling
