"""Where memory runs out, forwards get smaller, and nobody's picture is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
import torch

from engine.batching import Network
from engine.devices import plan_device
from engine.memory import Ladder
from engine.options import EngineOptions, Mode
from engine.rows import RowPlan
from tests.engine.asking import a_request, difference
from tests.engine.crowds import Drawing, Studio, a_varied_request, forwards_of
from tests.few import few

TOO_LARGE = "is too small for this picture; try a smaller size."


def run_out() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


@contextmanager
def room_for(module: torch.nn.Module, most: Callable[[], int], seen: list[int]) -> Iterator[None]:
    """A forward that begins with this module runs out of memory where it has more rows; the others are seen."""

    def check(rows: torch.Tensor) -> None:
        if len(rows) > most():
            run_out()
        seen.append(len(rows))

    with forwards_of(module, check):
        yield


@pytest.mark.parametrize("mode", few(["exact", "fast"], 1))
def test_where_memory_runs_out_forwards_get_fewer_rows_until_the_crowd_has_left(
    mode: str, request: pytest.FixtureRequest
) -> None:
    studio: Studio = request.getfixturevalue(mode)
    requests = [a_request(seed=seed, steps=2) for seed in range(12)]
    before = [drawing.picture for drawing in studio.draw([Drawing(each) for each in requests])]
    first = studio.pipeline("sd15").unet.conv_in
    seen: list[int] = []
    with room_for(first, lambda: 3, seen):
        strained = studio.draw([Drawing(each) for each in requests])
    assert max(seen) <= 3
    assert all(
        difference(drawing.picture.rgb, picture.rgb) <= 1
        for drawing, picture in zip(strained, before, strict=True)
    )
    with room_for(first, lambda: 1000, seen):
        after = studio.draw([Drawing(each) for each in requests])
    assert max(seen) == (6 if mode == "exact" else 24)
    assert [drawing.picture for drawing in after] == before


def test_exact_mode_names_the_fewer_rows_that_drew_a_picture(exact: Studio) -> None:
    """And none where their number changed on the way."""
    room, drawings = 8, [Drawing(a_request(steps=10)), Drawing(a_request(steps=30))]

    def shrink() -> None:
        nonlocal room
        room = 3
        if drawings[0] in exact.order and late not in exact.live + exact.order:
            exact.let_in([late])

    late = Drawing(a_request(steps=4))
    exact.order.clear()
    with room_for(exact.pipeline("sd15").unet.conv_in, lambda: room, []):
        exact.draw(drawings, shrink)
    assert [drawing.finished.rows for drawing in (*drawings, late)] == [0, 0, 3]


def test_a_decode_that_is_too_large_is_done_in_tiles_until_the_crowd_has_left(exact: Studio) -> None:
    request = a_request(width=256, height=128)
    expected, decoder = exact.alone(request), exact.pipeline("sd15").vae
    with forwards_of(decoder.decoder.conv_in, lambda rows: run_out() if rows.shape[-1] > 8 else None):
        tiled = exact.draw([Drawing(request)])[0].finished
    assert difference(tiled.picture.rgb, expected.picture.rgb) < 100, "tiles have seams on a random network"
    assert tiled.picture != expected.picture
    assert tiled.rows == 0, "other bytes are no exact picture"
    assert not decoder.use_tiling
    assert exact.alone(request).picture == expected.picture


@pytest.mark.parametrize(("mode", "rows"), [("exact", 6), ("fast", 8)])
def test_exact_mode_lets_a_model_at_rest_go_before_it_changes_a_bit(
    mode: str, rows: int, request: pytest.FixtureRequest
) -> None:
    """Fast mode, whose forward had sixteen rows, takes half of them, and reads no model again."""
    studio: Studio = request.getfixturevalue(mode)
    studio.pipeline("sdxl")
    first, seen, limits = studio.pipeline("sd15").unet.conv_in, list[int](), iter([1])
    before = set(studio.bench.shelf.loaded)
    with room_for(first, lambda: next(limits, 1000), seen):
        drawings = studio.draw([Drawing(a_request(seed=seed)) for seed in range(8)])
    gone = before - set(studio.bench.shelf.loaded)
    assert len(gone) == (mode == "exact")
    assert "sd15" not in gone, "it is in use"
    assert max(seen) == rows
    assert all(drawing.picture for drawing in drawings)


def test_a_picture_that_no_measure_helps_gets_a_sentence_and_its_neighbours_their_pictures(
    exact: Studio,
) -> None:
    large = [Drawing(a_request(width=128, height=128, seed=seed)) for seed in range(2)]
    small = [Drawing(a_request(seed=seed)) for seed in range(2)]
    expected = [exact.alone(drawing.request).picture for drawing in small]
    first = exact.pipeline("sd15").unet.conv_in
    with forwards_of(first, lambda rows: run_out() if rows.shape[-1] > 8 else None):
        exact.draw([*large, *small])
    assert all(drawing.sentence.endswith(TOO_LARGE) for drawing in large)
    assert all(
        difference(drawing.picture.rgb, picture.rgb) <= 1
        for drawing, picture in zip(small, expected, strict=True)
    )
    assert [exact.alone(drawing.request).picture for drawing in small] == expected


def check_shortages(studio: Studio, number: int) -> None:
    """So many, each at a random forward and until a random row count."""
    random, left = Random(number), number
    requests = [a_varied_request(random, model="sd15", strength=1.0) for _ in range(6)]
    expected = [studio.alone(request).picture for request in requests[:4]]

    def most() -> int:
        nonlocal left
        if left and random.random() < 0.3:
            left -= 1
            return random.randint(0, 7)
        return 1000

    drawings = [Drawing(request) for request in requests]
    with room_for(studio.pipeline("sd15").unet.conv_in, most, []):
        while left:
            studio.churn([Drawing(request) for request in requests], random)
        studio.churn(drawings, random)
    assert all(drawing.picture for drawing in drawings)
    assert [studio.alone(request).picture for request in requests[:4]] == expected


def test_every_picture_is_drawn_through_ten_shortages_of_memory(exact: Studio) -> None:
    check_shortages(exact, 10)


@pytest.mark.long
def test_every_picture_is_drawn_through_a_hundred_shortages_of_memory(exact: Studio) -> None:
    check_shortages(exact, 100)


def test_full_forwards_are_tried_again_even_when_the_crowd_never_leaves() -> None:
    ladder = Ladder(plan_device("cpu"), lambda: False, exact=False)
    network = Network(lambda rows: rows, 0, lambda _: 1.0, RowPlan((1, 2, 4, 8), 8.0, exact=False))
    assert ladder.relieve(network, 8)
    sizes = []
    for _ in range(600):
        sizes.append(network.rows.most(1.0))
        ladder.forward_done()
    assert (sizes.count(4), sizes[-1]) == (500, 8)


def test_a_mode_that_does_not_exist_is_no_mode() -> None:
    assert EngineOptions(mode="fast").mode is Mode.FAST  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="turbo"):
        EngineOptions(mode="turbo")  # type: ignore[arg-type]
