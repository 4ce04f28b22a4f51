"""Status edits are merged and spaced out, nothing is said after the last word, and no outage loses a picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.cells import Cell
from bot.delivery import Delivery
from bot.domain.job import Job, Placeholder, State
from bot.domain.status import Ended, Status, Waiting, Working
from bot.errors import AtelierError, MessageGone, PostForbidden, PostRefused, PostUncertain
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.moderation import TakedownStore
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from engine.events import Picture
from tests.storage.making import GUILD, Clock, a_picture, an_order, drawn, submit
from tests.test_second_look import png

MESSAGE, COPY = 71, 72
GONE = Ended(State.REFUSED, "A moderator took these pictures down.")
OUTAGE = 10  # more edits than one call repeats


class WatchedPoster:
    """The seam to Discord, in memory; `gate` holds edits back and `failing` makes the next ones uncertain.

    `lost` are messages, by id, that no edit reaches.
    """

    def __init__(self) -> None:
        self.shown: list[Status] = []
        self.previews: list[bytes | None] = []
        self.edits: list[tuple[int, str]] = []  # of each message, what it shows
        self.told = 0
        self.gate, self.picture_gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.picture_gate.set()
        self.failing = 0
        self.lost: dict[int, AtelierError] = {}

    async def show_status(self, job: Job, status: Status, preview: bytes | None) -> None:
        await self.gate.wait()
        self.edit(job, type(status).__name__)
        self.shown.append(status)
        self.previews.append(preview)

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None:
        await self.picture_gate.wait()
        self.edit(job, f"{len(cells)} pictures")

    def edit(self, job: Job, what: str) -> None:
        message_id = job.placeholder.message_id if job.placeholder else 0
        if message_id in self.lost:
            raise self.lost[message_id]
        if self.failing:
            self.failing -= 1
            raise PostUncertain("no answer")
        self.edits.append((message_id, what))

    async def tell(self, job: Job, cells: Sequence[Cell]) -> Placeholder | None:
        """Nobody asked for a copy."""
        self.told += 1
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
            again_s=0.01,
        )
        yield delivery, await submit(queue, an_order())
        await delivery.close()


@dataclass
class Parts:
    """A job that is ready, and what else knows of it."""

    delivery: Delivery
    queue: JobQueue
    postings: Postings
    takedowns: TakedownStore
    job: Job

    async def state(self) -> State:
        return (await self.found()).state

    async def found(self) -> Job:
        found = await self.queue.get(self.job.id)
        assert found is not None
        return found

    async def take_down(self) -> None:
        """In the database; its messages are not emptied yet."""
        await self.takedowns.take_down(self.job.id, GUILD)


@asynccontextmanager
async def ready(folder: Path, poster: WatchedPoster) -> AsyncIterator[Parts]:
    async with open_database(folder / "atelier.db") as database:
        clock = Clock()
        queue, store, postings = (
            JobQueue(database, clock),
            PictureStore(folder / "pictures"),
            Postings(database),
        )
        delivery = Delivery(poster, queue, store, postings, interval_s=0.01, again_s=0.0002)
        job = await submit(queue, an_order(MESSAGE))
        await drawn(queue, a_picture(sha256=await store.put(png(1))))
        found = await queue.get(job.id)
        assert found is not None
        yield Parts(delivery, queue, postings, TakedownStore(database, clock), found)
        assert len(delivery._turns) == 0, "a turn is forgotten once it is over"
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


# What is ready, and what is taken down


async def test_a_takedown_while_the_pictures_are_on_their_way_has_the_last_word(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with ready(tmp_path, poster) as parts:
        poster.picture_gate.clear()
        delivering = asyncio.create_task(parts.delivery.deliver(parts.job))
        await asyncio.sleep(0.05)
        await parts.take_down()
        withdrawing = asyncio.create_task(parts.delivery.withdraw(await parts.found(), GONE))
        await asyncio.sleep(0.05)
        poster.picture_gate.set()
        await asyncio.gather(delivering, withdrawing)
        assert poster.edits == [(MESSAGE, "1 pictures"), (MESSAGE, "Ended")]
        assert poster.told == 0
        assert await parts.state() is State.REFUSED


async def test_what_was_taken_down_before_its_turn_is_not_shown(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with ready(tmp_path, poster) as parts:
        await parts.take_down()
        await parts.delivery.deliver(parts.job)
        assert (poster.edits, poster.told) == ([], 0)


async def test_a_takedown_in_an_outage_leaves_nothing_to_be_shown_after_it(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with ready(tmp_path, poster) as parts:
        poster.failing = 10_000
        delivering = asyncio.create_task(parts.delivery.deliver(parts.job))
        await asyncio.sleep(0.05)
        await parts.take_down()
        poster.failing = 0
        await delivering
        assert poster.edits == []


async def test_an_outage_of_discord_costs_nobody_their_pictures(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with ready(tmp_path, poster) as parts:
        poster.failing = OUTAGE
        delivering = asyncio.create_task(parts.delivery.deliver(parts.job))
        await asyncio.sleep(0.01)
        assert await parts.state() is State.READY
        await delivering
        assert poster.edits == [(MESSAGE, "1 pictures")]
        assert poster.told == 1
        assert await parts.state() is State.DELIVERED


@pytest.mark.parametrize("error", [MessageGone("gone"), PostRefused("too large"), PostForbidden("no right")])
async def test_what_discord_will_never_take_is_given_up_with_its_reason(
    tmp_path: Path, poster: WatchedPoster, error: AtelierError
) -> None:
    async with ready(tmp_path, poster) as parts:
        poster.lost[MESSAGE] = error
        await parts.delivery.deliver(parts.job)
        found = await parts.found()
        assert (found.state, found.reason) == (State.FAILED, error.sentence)


async def test_a_picture_whose_file_is_lost_is_given_up(tmp_path: Path, poster: WatchedPoster) -> None:
    async with ready(tmp_path, poster) as parts:
        for file in (tmp_path / "pictures").glob("*/*"):
            file.unlink()
        await parts.delivery.deliver(parts.job)
        assert await parts.state() is State.FAILED


async def test_every_message_is_emptied_however_long_discord_is_away(
    tmp_path: Path, poster: WatchedPoster
) -> None:
    async with ready(tmp_path, poster) as parts:
        await parts.delivery.deliver(parts.job)
        await parts.postings.note(parts.job.id, Placeholder(3, COPY))
        await parts.take_down()
        assert [job.id for job in await parts.queue.unwithdrawn()] == [parts.job.id]
        poster.failing = 2 * OUTAGE
        await parts.delivery.withdraw(await parts.found(), GONE)
        assert poster.edits[1:] == [(MESSAGE, "Ended"), (COPY, "Ended")]
        assert await parts.queue.unwithdrawn() == []


@pytest.mark.parametrize(
    ("error", "left"), [(MessageGone("gone"), 0), (PostForbidden("no right"), 1)], ids=["gone", "forbidden"]
)
async def test_a_message_that_is_gone_is_empty_and_one_out_of_reach_is_not(
    tmp_path: Path, poster: WatchedPoster, error: AtelierError, left: int
) -> None:
    async with ready(tmp_path, poster) as parts:
        await parts.postings.note(parts.job.id, Placeholder(3, COPY))
        await parts.take_down()
        poster.lost[MESSAGE] = error
        await parts.delivery.withdraw(await parts.found(), GONE)
        assert poster.edits == [(COPY, "Ended")]
        assert len(await parts.queue.unwithdrawn()) == left
