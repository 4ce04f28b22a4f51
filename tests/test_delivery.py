"""Status edits are merged and spaced out, and nothing is said after the last word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cells import Cell
from bot.delivery import Delivery
from bot.domain.job import Job, Placeholder, State
from bot.domain.status import Ended, Status, Waiting, Working
from bot.errors import PostUncertain
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from engine.events import Picture
from tests.storage.making import Clock, an_order, submit


class WatchedPoster:
    """The seam to Discord, in memory; `gate` holds edits back and `failing` makes the next ones uncertain."""

    def __init__(self) -> None:
        self.shown: list[Status] = []
        self.previews: list[bytes | None] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failing = 0

    async def show_status(self, job: Job, status: Status, preview: bytes | None) -> None:
        await self.gate.wait()
        if self.failing:
            self.failing -= 1
            raise PostUncertain("no answer")
        self.shown.append(status)
        self.previews.append(preview)

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None:
        await self.gate.wait()

    async def tell(self, job: Job, cells: Sequence[Cell]) -> Placeholder | None:
        """Nobody asked to be told."""
        return None

    async def find_placeholder(self, job: Job) -> Placeholder | None:
        return None


@pytest.fixture
def poster() -> WatchedPoster:
    return WatchedPoster()


@asynccontextmanager
async def delivering(
    folder: Path, poster: WatchedPoster, interval_s: float, preview_interval_s: float = 0.0
) -> AsyncIterator[tuple[Delivery, Job]]:
    async with open_database(folder / "atelier.db") as database:
        queue = JobQueue(database, Clock())
        store = PictureStore(folder / "pictures")
        delivery = Delivery(
            poster,
            queue,
            store,
            Postings(database),
            interval_s=interval_s,
            preview_interval_s=preview_interval_s,
        )
        yield delivery, await submit(queue, an_order())
        await delivery.close()


def working(percent: int, *sketches: Picture | None) -> Working:
    return Working(percent / 100, 0, 4, sketches=sketches)


def plain(shade: int) -> Picture:
    return Picture(16, 16, bytes([shade]) * 16 * 16 * 3)


async def show_in_turn(delivery: Delivery, job: Job, poster: WatchedPoster, *statuses: Status) -> None:
    """Each after the one before was shown."""
    for number, status in enumerate(statuses, 1):
        delivery.show(job, status)
        async with asyncio.timeout(5):
            while len(poster.shown) < number:
                await asyncio.sleep(0.01)


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


async def test_a_preview_is_sent_when_it_is_new_and_at_no_other_time(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    first, second = plain(10), plain(200)
    async with delivering(tmp_path, poster, interval_s=0.01) as (delivery, job):
        statuses = (
            Waiting(1, None), working(0), working(5, first), working(10, first), working(15, second)
        )  # fmt: skip
        await show_in_turn(delivery, job, poster, *statuses)
    assert [preview is not None for preview in poster.previews] == [False, False, True, False, True]
    assert poster.previews[2] != poster.previews[4]


async def test_previews_come_no_closer_than_their_own_interval(tmp_path: Path, poster: WatchedPoster) -> None:
    statuses = [working(percent, plain(percent)) for percent in range(5)]
    async with delivering(tmp_path, poster, interval_s=0.01, preview_interval_s=60) as (delivery, job):
        await show_in_turn(delivery, job, poster, *statuses)
    assert [preview is not None for preview in poster.previews] == [True] + [False] * 4


async def test_a_broken_preview_costs_nothing_but_itself(tmp_path: Path, poster: WatchedPoster) -> None:
    broken = Picture(16, 16, b"too short")
    statuses = [working(5, broken), working(10, plain(1)), working(15, broken)]
    async with delivering(tmp_path, poster, interval_s=0.01) as (delivery, job):
        await show_in_turn(delivery, job, poster, *statuses)
    assert poster.shown == statuses
    assert [preview is not None for preview in poster.previews] == [False, True, False]


async def test_a_preview_over_the_upload_limit_is_not_sent(tmp_path: Path, poster: WatchedPoster) -> None:
    async with delivering(tmp_path, poster, interval_s=0.01) as (delivery, job):
        small = replace(job, order=replace(job.order, upload_limit=10))
        await show_in_turn(delivery, small, poster, working(5, plain(1)))
    assert poster.previews == [None]
