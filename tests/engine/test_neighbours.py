"""When the engine makes way for another program on its device, and when it comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.devices import plan_device, read_memory
from engine.neighbours import Neighbours
from engine.status import MemoryReading

GIB = 2**30
TOTAL = 24


def reading(others: float, ours: float = 8, total: float = TOTAL) -> MemoryReading:
    """In GiB."""
    free, mine = total - others - ours, ours
    return MemoryReading(int(free * GIB), int(total * GIB), int(mine * GIB))


async def verdicts(
    readings: Sequence[MemoryReading | None], give_way_at: float = 4, needed: float = 2
) -> str:
    """One letter for each look: g when it gives way, else a dot."""
    coming = iter(readings)

    async def read() -> MemoryReading | None:
        return next(coming)

    neighbours = Neighbours(read, int(give_way_at * GIB), int(needed * GIB))
    seen = [await neighbours.look() for _ in readings]
    assert neighbours.gives_way == seen[-1]
    return "".join("g" if each else "." for each in seen)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([1], "."),
        ([4], "."),
        ([4.01], "g"),
        ([1, 1, 1, 1], "...."),
        ([1, 9, 9, 9], ".ggg"),
        ([9, 1], "gg"),
        ([9, 1, 1], "ggg"),
        ([9, 1, 1, 1], "ggg."),
        ([9, 1, 1, 9, 1, 1, 1, 1], "gggggg.."),
        ([9, 3.7, 3.7, 3.7, 3.7], "ggggg"),
        ([9, 3.5, 3.5, 3.5], "ggg."),
        ([9, 1, 1, 3.7, 1, 1, 1], "gggggg."),
        ([3.7, 3.9, 4, 3.7], "...."),
        ([5, 1, 1, 1, 5, 1, 1, 1], "ggg.ggg."),
        ([1, 1, 1, 1, 5, 1, 1, 1], "....ggg."),
        ([1, 1, 5, 5, 1, 1, 1], "..gggg."),
        ([16, 16, 1, 1, 1, 1], "gggg.."),
        ([4.5, 4.2, 3.9, 3.8, 3.5, 3.5, 3.5], "gggggg."),
        ([0, 0, 20, 0, 0, 0], "..ggg."),
        ([3.61] * 3 + [4.1] + [3.5] * 3, "...ggg."),
    ],
)
async def test_it_gives_way_at_once_and_comes_back_when_it_stayed_calm(
    others: list[float], expected: str
) -> None:
    assert await verdicts([reading(each, ours=4) for each in others]) == expected


async def test_it_gives_way_where_too_little_is_left_for_a_picture() -> None:
    """Whatever the owner allows to others."""
    assert await verdicts([reading(each, 1) for each in (21, 22.5, 19, 19, 19)], give_way_at=23) == ".ggg."


async def test_what_the_engine_keeps_itself_is_no_neighbour() -> None:
    assert await verdicts([reading(1, ours) for ours in (0, 10, 23)]) == "..."


async def test_a_device_that_is_small_is_not_given_up_at_all() -> None:
    assert await verdicts([reading(each, 0.1, total=1.5) for each in (0.2, 0.7, 1.0)], needed=2) == "..g"


async def test_a_device_without_a_memory_of_its_own_has_no_neighbours() -> None:
    assert await verdicts([None, None]) == ".."
    assert await verdicts([reading(9), None]) == "g."


@given(st.lists(st.floats(0, TOTAL - 4), min_size=1, max_size=60))
async def test_it_never_goes_to_and_fro_faster_than_it_can_be_calm(others: list[float]) -> None:
    seen = await verdicts([reading(each, ours=4) for each in others])
    assert all(each == "g" for each, held in zip(seen, others, strict=True) if held > 4.001)
    runs = [len(run) for run in seen.split(".") if run]
    ended = runs[:-1] if seen.endswith("g") else runs
    assert all(run >= 3 for run in ended)


@contextmanager
def holding(size: int) -> Iterator[None]:
    """Another process has this many bytes of the GPU."""
    code = f"import torch; kept = torch.zeros({size}, dtype=torch.uint8, device='cuda'); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.terminate()


@pytest.mark.gpu
async def test_it_gives_way_to_a_real_program() -> None:
    device = plan_device("cuda").device

    async def read() -> MemoryReading | None:
        return read_memory(device)

    at_rest = Neighbours(read, 0)
    await at_rest.look()
    neighbours = Neighbours(read, at_rest.others + GIB)
    assert not await neighbours.look()
    with holding(2 * GIB):
        assert await neighbours.look()
    assert [await neighbours.look() for _ in range(3)] == [True, True, False]
