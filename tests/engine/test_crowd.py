"""Those who leave a crowd leave nothing behind, and the large do not hold up the small."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Sequence
from random import Random

import pytest
import torch

from engine.batching import Call, Strand
from engine.events import Failed, Finished, Progress
from engine.flops import denoiser_work
from engine.request import ImageRequest
from engine.samplers import SAMPLERS
from tests.engine.asking import a_request
from tests.engine.crowds import Drawing, Studio, a_varied_request, calls_of, forwards_of
from tests.few import few


@pytest.mark.parametrize("stop", range(6))
def test_a_cancelled_request_takes_no_further_step_and_no_decode(
    exact: Studio, decodes: list[str], stop: int
) -> None:
    """It is cancelled in the middle of its neighbour's work, after `stop` steps of its own."""
    leaving, staying = Drawing(a_request(steps=20)), Drawing(a_request(seed=2, steps=8))
    calls = []

    def come(strand: Strand, _: torch.Tensor) -> None:
        calls.append(strand.request)
        leaving.cancelled = calls.count(leaving.name) > stop

    with calls_of(exact.pipeline("sd15").unet, come):
        exact.draw([leaving, staying])
    assert isinstance(leaving.events[-1], Failed)
    assert leaving.events[-1].cancelled
    steps = [event for event in leaving.events if isinstance(event, Progress)]
    assert len(steps) == stop, "the call that was parked already went no further"
    assert calls.count(leaving.name) == stop + 1
    assert decodes == ["decode"], "its neighbour's"
    assert staying.picture == exact.alone(staying.request).picture


def test_a_request_cancelled_before_its_text_is_encoded_draws_nothing(exact: Studio) -> None:
    leaving = Drawing(a_request(prompt="never encoded before"))
    leaving.cancelled = True
    rows: list[int] = []
    with forwards_of(
        exact.pipeline("sd15").text_encoder.get_input_embeddings(), lambda first: rows.append(len(first))
    ):
        exact.draw([leaving])
    assert rows == []
    assert [type(event) for event in leaving.events[1:]] == [Failed]


def check_cancels(studio: Studio, number: int, checked: int) -> None:
    """A tenth is cancelled at random moments; those checked draw what they draw alone, and nothing is left."""
    random = Random(number)
    requests = [a_varied_request(random, model="sd15", steps=2) for _ in range(number)]
    studio.draw([Drawing(a_request(sampler=sampler)) for sampler in SAMPLERS])  # one of each is kept
    expected = [studio.alone(request).picture for request in requests[:checked]]
    settled = left_behind()
    drawings = [Drawing(request) for request in requests]
    leaving = random.sample(drawings[checked:], number // 10)
    studio.churn(drawings, random, leaving)
    studio.order.clear()
    assert [drawing.picture for drawing in drawings[:checked]] == expected
    ends = [drawing.events[-1] for drawing in drawings]
    assert {type(end) for end in ends} == {Finished, Failed}
    assert all(
        isinstance(end, Finished) or end.cancelled for end in ends if isinstance(end, Finished | Failed)
    )
    assert sum(isinstance(end, Failed) for end in ends) > number // 20
    del drawings, leaving, ends
    strands, tensors, numbers = left_behind()
    assert strands <= settled[0]
    assert tensors <= settled[1]
    assert numbers <= settled[2]


def left_behind() -> tuple[int, int, int]:
    """Live strands and calls, tensors, and the numbers in these."""
    gc.collect()
    strands = tensors = numbers = 0
    for each in gc.get_objects():
        kind = type(each)
        strands += issubclass(kind, Strand | Call)
        if issubclass(kind, torch.Tensor):
            tensors += 1
            numbers += each.numel()
    return strands, tensors, numbers


@pytest.mark.long
def test_cancels_among_a_hundred_leave_nothing_behind(exact: Studio) -> None:
    check_cancels(exact, 100, checked=10)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_cancels_among_a_thousand_leave_nothing_behind(exact: Studio) -> None:
    check_cancels(exact, 1000, checked=100)


def median_work_to_the_end(studio: Studio, small: Sequence[ImageRequest], huge: Drawing | None) -> float:
    """How many FLOPs the denoiser had done when a small request ended, the median one; the huge one came first."""
    unet = studio.pipeline(small[0].model).unet
    work, done = denoiser_work(unet), 0.0
    ends: list[float] = []

    def add(rows: torch.Tensor) -> None:
        nonlocal done
        done += len(rows) * work(*rows.shape[-2:])

    def look() -> None:
        ends.extend([done] * (len(studio.order) - len(ends)))
        if huge is not None:
            huge.cancelled = len(ends) == len(small)

    studio.order.clear()
    with forwards_of(unet.conv_in, add):
        studio.draw([*filter(None, [huge]), *map(Drawing, small)], look)
    return statistics.median(ends[: len(small)])


@pytest.mark.parametrize(
    ("model", "side", "steps"),
    [("sd15", 256, 20), pytest.param("demo", 512, 50, marks=pytest.mark.long)],
    ids=["sd15", "demo"],
)
@pytest.mark.parametrize("mode", few(["fast", "exact"], 1))
def test_a_huge_picture_holds_up_eight_small_ones_by_less_than_half(
    mode: str, model: str, side: int, steps: int, request: pytest.FixtureRequest
) -> None:
    """The larger is to them as one of 1024 × 1024 to those of 128 × 128."""
    studio: Studio = request.getfixturevalue(mode)
    small = [a_request(model=model, seed=seed, steps=steps) for seed in range(8)]
    huge = Drawing(a_request(model=model, width=side, height=side, steps=50, guidance=1.0))
    apart = median_work_to_the_end(studio, small, None)
    beside = median_work_to_the_end(studio, small, huge)
    taken = [event for event in huge.events if isinstance(event, Progress)]
    assert taken, "it had its turns"
    assert beside <= 1.5 * apart
