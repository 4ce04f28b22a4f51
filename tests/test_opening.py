"""When the studio is closed, why, and until when."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.domain.hours import QuietHours
from bot.domain.status import Closed
from bot.opening import Opening
from engine.errors import EngineError
from engine.neighbours import Neighbours
from engine.status import MemoryReading

GIB = 2**30
NIGHT = QuietHours.parse("22:00-07:00 UTC")
MIDNIGHT, MORNING, NOON = (
    int(datetime(2026, 7, 2, hour, tzinfo=UTC).timestamp() * 1000) for hour in (0, 7, 12)
)


class Gpu:
    """Others hold so many GiB of 24, one number for each look; it counts how often models were to leave."""

    def __init__(self, *others: float) -> None:
        self._others = iter(others)
        self.seen, self.unloads = asyncio.Event(), 0

    async def read(self) -> MemoryReading | None:
        others = next(self._others, None)
        if others is None:
            self.seen.set()
            await asyncio.Event().wait()
        return MemoryReading(int((20 - (others or 0)) * GIB), 24 * GIB, 4 * GIB)

    async def unload(self, model: str | None = None) -> int:
        self.unloads += 1
        return 0


async def watched(gpu: Gpu, opening: Opening) -> None:
    watching = asyncio.create_task(opening.make_way(gpu, every_s=0))
    await gpu.seen.wait()
    watching.cancel()


def why(closed: Closed | None) -> str:
    assert closed is not None
    return closed.why


def test_a_studio_without_a_reason_is_open() -> None:
    assert Opening(lambda: NOON).closed() is None
    assert Opening(lambda: NOON, quiet=NIGHT).closed() is None


def test_quiet_hours_close_it_until_they_end() -> None:
    closed = Opening(lambda: MIDNIGHT, quiet=NIGHT).closed()
    assert closed is not None
    assert (closed.until, "quiet hours" in closed.why) == (MORNING, True)


def test_a_pause_closes_it_until_the_owner_says_otherwise() -> None:
    opening = Opening(lambda: MIDNIGHT, quiet=NIGHT, paused=True)
    closed = opening.closed()
    assert closed is not None
    assert (closed.until, "paused" in closed.why) == (None, True)
    opening.paused = False
    assert "quiet hours" in why(opening.closed())
    opening.quiet = None
    assert opening.closed() is None


@pytest.mark.parametrize(
    ("others", "closed", "unloads"), [((1, 1), False, 0), ((1, 9, 9), True, 2), ((9, 1, 1, 1), False, 3)]
)
async def test_it_is_closed_while_another_program_needs_the_gpu(
    others: Sequence[float], closed: bool, unloads: int
) -> None:
    gpu = Gpu(*others)
    opening = Opening(lambda: NOON, neighbours=Neighbours(gpu.read, 4 * GIB))
    assert opening.closed() is None, "before the first look"
    await watched(gpu, opening)
    assert (opening.closed() is not None) is closed
    assert gpu.unloads == unloads
    if closed:
        assert "busy with something else" in why(opening.closed())


async def test_what_happens_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot.opening")
    gpu = Gpu(1, 9, 9, 9, 1, 1, 1, 1)
    await watched(gpu, Opening(lambda: NOON, neighbours=Neighbours(gpu.read, 4 * GIB)))
    assert [record.getMessage() for record in caplog.records] == [
        "Other programs hold 9.0 GiB of the GPU: models make way",
        "Other programs hold 1.0 GiB of the GPU: drawing goes on",
    ]


async def test_where_nobody_can_be_looked_at_it_stays_open(caplog: pytest.LogCaptureFixture) -> None:
    async def read() -> MemoryReading | None:
        raise EngineError("The engine cannot start.")

    await Opening(lambda: NOON).make_way(Gpu())
    opening = Opening(lambda: NOON, neighbours=Neighbours(read, GIB))
    await opening.make_way(Gpu())
    assert opening.closed() is None
    assert "The engine cannot start." in caplog.text
