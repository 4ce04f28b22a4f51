"""Status edits are merged and spaced out, and nothing is said after the last word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.delivery import Cell, Delivery
from bot.domain.job import Job, Placeholder, State
from bot.domain.status import Ended, Status, Working
from bot.errors import PostUncertain
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from tests.storage.making import Clock, an_order, submit


class WatchedPoster:
    """The seam to Discord, in memory; `gate` holds edits back and `failing` makes the next ones uncertain."""

    def __init__(self) -> None:
        self.shown: list[Status] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing = 0

    async def show_status(self, job: Job, status: Status) -> None:
        await self.gate.wait()
        if self.failing:
            self.failing -= 1
            raise PostUncertain("no answer")
        self.shown.append(status)

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None:
        await self.gate.wait()

    async def find_placeholder(self, job: Job) -> Placeholder | None:
        return None


@pytest.fixture
def poster() -> WatchedPoster:
    return WatchedPoster()


@asynccontextmanager
async def delivering(
    folder: Path, poster: WatchedPoster, interval_s: float
) -> AsyncIterator[tuple[Delivery, Job]]:
    async with open_database(folder / "atelier.db") as database:
        queue = JobQueue(database, Clock())
        delivery = Delivery(poster, queue, PictureStore(folder / "pictures"), interval_s)
        yield delivery, await submit(queue, an_order())
        await delivery.close()


def working(percent: int) -> Working:
    return Working(percent / 100, 0, 4)


async def test_of_many_statuses_only_the_first_and_the_newest_are_shown(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with delivering(tmp_path, poster, interval_s=0.2) as (delivery, job):
        for percent in range(50):
            delivery.show(job, working(percent))
            await asyncio.sleep(0)
        await asyncio.sleep(0.5)
    assert len(poster.shown) <= 3
    assert poster.shown[-1] == working(49)


async def test_nothing_is_shown_after_the_last_word(tmp_path: Path, poster: WatchedPoster) -> None:
    over = Ended(State.CANCELLED, "Cancelled.")
    async with delivering(tmp_path, poster, interval_s=0.01) as (delivery, job):
        poster.gate.clear()
        delivery.show(job, working(10))
        await asyncio.sleep(0.05)
        ending = asyncio.create_task(delivery.end(job, over))
        await asyncio.sleep(0.05)
        delivery.show(job, working(20))
        poster.gate.set()
        await ending
        delivery.show(job, working(30))
        await asyncio.sleep(0.05)
    assert poster.shown == [working(10), over]


async def test_a_last_word_that_may_not_have_arrived_is_said_again(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with delivering(tmp_path, poster, interval_s=0.01) as (delivery, job):
        poster.failing = 1
        await delivery.end(job, Ended(State.FAILED, "It broke."))
    assert poster.shown == [Ended(State.FAILED, "It broke.")]
