"""What is gathered into one forward, what never is, and how many rows forwards have."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from random import Random
from typing import Any

import pytest
import torch
from greenlet import getcurrent

from engine.batching import Network, Strand, forward, gate, go_on
from engine.devices import plan_device
from engine.events import Progress
from engine.memory import Ladder
from engine.request import AdapterUse
from engine.rows import RowPlan
from engine.samplers import SAMPLERS
from tests.engine.asking import a_request
from tests.engine.crowds import (
    Drawing,
    Sketch,
    Studio,
    a_mixed_request,
    forwards_of,
)
from tests.few import few

FAST_SIZES = {1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24}


@contextmanager
def counted(studio: Studio, model: str = "sd15") -> Iterator[dict[str, list[int]]]:
    """The row counts of each network's real forwards."""
    pipeline = studio.pipeline(model)
    rows: dict[str, list[int]] = {"denoiser": [], "encoder": [], "decoder": []}
    firsts = {
        "denoiser": pipeline.unet.conv_in,
        "encoder": pipeline.text_encoder.get_input_embeddings(),
        "decoder": pipeline.vae.post_quant_conv,
    }
    with ExitStack() as hooks:
        for name, module in firsts.items():
            hooks.enter_context(forwards_of(module, partial(_note, rows[name])))
        yield rows


def _note(seen: list[int], first: torch.Tensor) -> None:
    seen.append(len(first))


def test_sixteen_requests_take_the_forwards_that_their_rows_fill(fast: Studio) -> None:
    """Two rows each, by twelve to a forward of 24; the rest of a round fills up with the next step's."""
    requests = [a_request(seed=seed, prompt=f"number {seed}", negative="none", steps=6) for seed in range(16)]
    with counted(fast) as rows:
        fast.draw([Drawing(request) for request in requests])
    assert rows["denoiser"] == [24] * int(16 * 6 * 2 / 24)
    assert rows["decoder"] == [1] * 16
    assert sum(rows["encoder"]) == 17, "sixteen prompts and the empty negative one"
    assert len(rows["encoder"]) == 2


def test_exact_mode_fills_every_forward_to_its_one_size(exact: Studio) -> None:
    requests = [a_request(seed=seed, prompt=f"picture {seed}", steps=5) for seed in range(5)]
    with counted(exact) as rows:
        exact.draw([Drawing(request) for request in requests])
    assert rows["denoiser"] == [6] * math.ceil(5 * 5 * 2 / 6)
    assert set(rows["encoder"]) == set(rows["decoder"]) == {1}


def test_equal_prompts_that_come_together_are_encoded_once(fast: Studio) -> None:
    requests = [a_request(seed=seed, prompt="of many", negative="of all") for seed in range(6)]
    with counted(fast) as rows:
        fast.draw([Drawing(request) for request in requests])
        assert sum(rows["encoder"]) == 2, "it and the negative one"
        rows["encoder"].clear()
        fast.draw([Drawing(a_request(prompt="of all", negative="of many"))])
    assert rows["encoder"] == [], "it is kept"


@pytest.mark.long
def test_what_differs_in_size_model_or_adapters_shares_no_forward(fast: Studio) -> None:
    """Each request marks its latents, and no forward has marks of two kinds."""
    kinds: list[dict[str, Any]] = [
        {},
        {"width": 128},
        {"height": 128},
        {"model": "sdxl"},
        {"adapters": (AdapterUse("ink"),)},
        {"adapters": (AdapterUse("ink", 0.5),)},
        {"adapters": (AdapterUse("ink"), AdapterUse("clay"))},
    ]
    works = [Sketch(a_request(**kind, seed=seed)) for kind in kinds for seed in range(3)]
    marks = {work.name: float(1000 + i // 3) for i, work in enumerate(works)}
    mixed: list[set[float]] = []

    def mark(_: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        marked = inputs[0].clone()
        strand = getcurrent()
        assert isinstance(strand, Strand)
        marked[:, 0, 0, 0] = marks[strand.request]
        return (marked, *inputs[1:])

    with ExitStack() as hooks:
        for model in ("sd15", "sdxl"):
            unet = fast.pipeline(model).unet
            hooks.enter_context(
                forwards_of(unet.conv_in, lambda rows: mixed.append(set(rows[:, 0, 0, 0].tolist())))
            )
            hooks.callback(unet.register_forward_pre_hook(mark).remove)
        fast.draw(works)
    assert {len(seen) for seen in mixed} == {1}
    assert set.union(*mixed) == set(marks.values())


def test_adapters_in_another_order_share_a_forward(fast: Studio) -> None:
    ink, clay = AdapterUse("ink"), AdapterUse("clay")
    uses = ((ink, clay), (clay, ink))
    works = [Sketch(a_request(adapters=each, seed=seed)) for seed in range(2) for each in uses]
    with counted(fast) as rows:
        fast.draw(works)
    assert rows["denoiser"] == [8] * 3


def test_samplers_with_integer_and_with_fractional_timesteps_share_forwards(fast: Studio) -> None:
    """All fifteen, each with as many calls as steps or twice as many."""
    works = [Sketch(a_request(sampler=sampler, steps=4, guidance=1.0)) for sampler in SAMPLERS]
    with counted(fast) as rows:
        fast.draw(works)
    assert len(rows["denoiser"]) == 7, "of Heun's; the others ride along"
    assert rows["denoiser"][0] == 16, "fifteen in the next size"


def test_a_newcomer_joins_at_the_next_step_and_a_short_one_ends_first(exact: Studio) -> None:
    long, short = Drawing(a_request(steps=50)), Drawing(a_request(steps=4, seed=2))

    def come() -> None:
        steps = [event.step for event in long.events if isinstance(event, Progress)]
        if steps[-1:] == [10] and short not in exact.order + exact.live:
            exact.let_in([short])

    with counted(exact) as rows:
        exact.order.clear()
        exact.draw([long], come)
    assert exact.order == [short, long]
    assert len(rows["denoiser"]) == 50, "the short one rode along in four of them"


@pytest.mark.parametrize("mode", few(["exact", "fast"], 1))
def test_forwards_have_row_counts_of_a_closed_set(mode: str, request: pytest.FixtureRequest) -> None:
    studio: Studio = request.getfixturevalue(mode)
    random = Random(8)
    seen: set[tuple[int, int]] = set()
    works = [Drawing(a_mixed_request(random, ["sd15"], loras=["ink"])) for _ in range(24)]
    first = studio.pipeline("sd15").unet.conv_in
    with forwards_of(first, lambda rows: seen.add((len(rows), rows.shape[-1]))):
        studio.churn(works, random)
    by_side = {side: {rows for rows, other in seen if other == side} for side in (8, 16)}
    if mode == "exact":
        assert [len(rows) for rows in by_side.values()] == [1, 1], "one for each size of picture"
    assert by_side[8] | by_side[16] <= FAST_SIZES
    assert max(by_side[8]) > max(by_side[16])


def test_a_call_with_something_that_has_no_row_for_each_picture_runs_alone() -> None:
    """As a mask for all pictures or a count of frames would be; the same object is not shared either."""
    runs: list[int] = []

    def run(sample: torch.Tensor, extra: torch.Tensor | None = None) -> torch.Tensor:
        runs.append(len(sample))
        return sample + (0 if extra is None else extra.sum())

    network = Network(run, 0, lambda _: 1.0, RowPlan((1, 2, 4, 8), 8.0, exact=False))
    rows = [torch.full((2, 3), float(i)) for i in range(4)]
    plain = gathered(network, [partial(apply, row) for row in rows])
    assert runs == [8]
    assert all(torch.equal(result, row) for result, row in zip(plain, rows, strict=True))
    runs.clear()
    odd = gathered(network, [partial(apply, row, torch.ones(3)) for row in rows])
    assert runs == [2, 2, 2, 2]
    assert all(torch.equal(result, row + 3) for result, row in zip(odd, rows, strict=True))


def test_a_number_is_part_of_what_calls_must_have_in_common() -> None:
    runs: list[int] = []

    def run(sample: torch.Tensor, scale: float, *, flag: bool = False) -> tuple[torch.Tensor]:
        runs.append(len(sample))
        return (sample * scale,)

    network = Network(run, 0, lambda _: 1.0, RowPlan((1, 2, 4), 4.0, exact=False))
    row = torch.ones(1, 2)
    results = gathered(
        network,
        [
            lambda call: call(row, 2.0),
            lambda call: call(row, scale=2.0),
            lambda call: call(sample=row, scale=3.0),
            lambda call: call(row, 2.0, flag=True),
        ],
    )
    assert [float(result[0][0, 0]) for result in results] == [2, 2, 3, 2]
    assert sorted(runs) == [1, 1, 2], "by name or by position is the same"


def test_outside_a_strand_a_gate_is_the_network() -> None:
    network = Network(lambda sample: sample * 2, 0, lambda _: 1.0, RowPlan((1,), 1.0, exact=True))
    assert float(gate(network)(torch.ones(3, 1)).sum()) == 6


def apply(*arguments: Any) -> Any:
    """The last is what to call with the others."""
    return arguments[-1](*arguments[:-1])


def gathered(network: Network, bodies: list[Callable[[Callable[..., Any]], Any]]) -> list[Any]:
    """What each gets from its one call, where all that may share a forward do."""
    results: dict[int, Any] = {}
    call = gate(network)

    def body(place: int) -> None:
        results[place] = bodies[place](call)

    strands = [Strand(f"{place}", None, partial(body, place)) for place in range(len(bodies))]
    for strand in strands:
        strand.go_on()
    parked = [strand.call for strand in strands if strand.call]
    keys = Counter(call.key for call in parked)
    relief = Ladder(plan_device("cpu"), lambda: False, exact=False)
    for key in keys:
        together = [call for call in parked if call.key == key]
        for one, outcome in zip(together, forward(together, relief), strict=True):
            go_on(one, outcome)
    return [results[place] for place in range(len(bodies))]
