"""Pictures whose opposite edges meet, and that this happens to no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
import torch

from engine.batching import Call, Network, Strand, forward, gate
from engine.catalogue import ModelCatalogue
from engine.devices import plan_device
from engine.memory import Ladder
from engine.options import Mode
from engine.request import AdapterUse, ImageRequest
from engine.rows import RowPlan
from engine.seamless import seamless
from tests.engine.asking import a_request
from tests.engine.crowds import Drawing, Studio, a_mixed_request, forwards_of
from tests.engine.seams import meeting, pixels_of
from tests.engine.test_memory import run_out
from tests.few import few

SIDE = 128


def a_demo_request(prompt: str, **changes: Any) -> ImageRequest:
    return a_request(
        **{"model": "demo", "prompt": prompt, "width": SIDE, "height": SIDE, "steps": 10, "guidance": 3.0}
        | {"sampler": "", "seed": len(prompt)}
        | changes
    )


@pytest.mark.parametrize("prompt", few(["a blue boat on the sea", "a green tree in the forest"], 1))
def test_the_edges_of_a_tile_meet_and_those_of_another_picture_do_not(exact: Studio, prompt: str) -> None:
    plain, tile = (exact.alone(a_demo_request(prompt, tile=tile)).picture for tile in (False, True))
    assert meeting(pixels_of(tile)) < 1.3
    assert meeting(pixels_of(plain)) > 2.5


def test_networks_see_no_edge(exact: Studio) -> None:
    """What is moved over an edge comes out moved; by eight latents, as the denoiser halves them three times."""
    parts, random = exact.pipeline("demo"), torch.Generator().manual_seed(1)
    latents = torch.randn(1, 4, 16, 24, generator=random)
    text = torch.randn(1, 77, 128, generator=random)
    looks: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "denoiser": lambda sample: parts.unet(sample, 500, text, return_dict=False)[0],
        "decoder": lambda sample: parts.vae.decode(sample, return_dict=False)[0],
    }
    with torch.no_grad():
        for name, look in looks.items():
            module = parts.unet if name == "denoiser" else parts.vae.decoder
            whole = seamless(module, look)(latents)
            moved = seamless(module, look)(latents.roll((8, 8), (2, 3)))
            scale = whole.shape[-1] // latents.shape[-1]
            assert torch.allclose(moved, whole.roll((8 * scale, 8 * scale), (2, 3)), atol=1e-3), name
            assert not torch.allclose(whole, look(latents), atol=1e-1), name


def test_the_layers_are_as_before_also_after_an_error() -> None:
    layer = torch.nn.Conv2d(1, 1, 3, padding=1)
    modes = list[str]()

    def fail(_: torch.Tensor) -> None:
        modes.append(layer.padding_mode)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        seamless(layer, fail)(torch.ones(1))
    assert [*modes, layer.padding_mode] == ["circular", "zeros"]


def test_a_tile_and_another_picture_never_share_a_forward_nor_take_the_faster_one() -> None:
    """`run` stands for the forward that is compiled or a graph."""
    seen: list[tuple[str, int]] = []

    def note(how: str, rows: torch.Tensor) -> torch.Tensor:
        seen.append((how, len(rows)))
        return rows

    plan, relief = (
        RowPlan((1, 2, 3, 4), 4.0, exact=False),
        Ladder(plan_device("cpu"), lambda: False, exact=False),
    )
    network = Network(partial(note, "fast"), 0, lambda _: 1.0, plan, seamless=partial(note, "plain"))
    calls: defaultdict[Hashable, list[Call]] = defaultdict(list)
    for place in range(5):
        strand = Strand(f"{place}", None, lambda: gate(network)(torch.ones(1, 1)))
        strand.seamless = place < 2
        strand.go_on()
        assert strand.call
        calls[strand.call.key].append(strand.call)
    for together in calls.values():
        forward(together, relief)
    assert seen == [("plain", 2), ("fast", 3)]


@pytest.mark.long
def test_tiles_and_other_pictures_draw_in_a_crowd_the_bytes_that_they_draw_alone(exact: Studio) -> None:
    random = Random(5)
    requests = [
        replace(a_mixed_request(random, ["sd15", "sdxl"], loras=()), adapters=(), tile=place % 2 == 0)
        for place in range(16)
    ]
    alone = [exact.alone(request) for request in requests]
    together = exact.churn([Drawing(request) for request in requests], random)
    assert [drawing.picture for drawing in together] == [finished.picture for finished in alone]
    assert [drawing.finished.rows for drawing in together] == [finished.rows for finished in alone]
    untiled = exact.alone(replace(requests[0], tile=False)).picture
    assert untiled != alone[0].picture


def test_a_lora_acts_on_a_tile(exact: Studio) -> None:
    request = a_request(tile=True)
    with_lora = exact.alone(replace(request, adapters=(AdapterUse("ink"),))).picture
    assert with_lora != exact.alone(request).picture
    assert with_lora != exact.alone(replace(request, adapters=(AdapterUse("ink"),), tile=False)).picture


@pytest.mark.long
def test_the_edges_meet_even_where_memory_runs_out_in_the_decode(small_catalogue: ModelCatalogue) -> None:
    request = a_demo_request("a blue boat on the sea", width=192, height=192, steps=6, tile=True)
    with Studio(small_catalogue, mode=Mode.EXACT) as studio:
        decoder = studio.pipeline("demo").vae.decoder.conv_in
        with forwards_of(decoder, lambda rows: run_out() if rows.shape[-1] > 20 else None):
            finished = studio.alone(request)
    assert finished.rows == 0, "in tiles of memory's making"
    assert meeting(pixels_of(finished.picture)) < 1.3
