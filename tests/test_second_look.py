"""A result that is shown after a restart only is shown as its place wants it then, where that is stricter."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.job import Job, State
from bot.domain.safety import Safety, stricter
from bot.domain.showing import ALL_WITHHELD
from bot.domain.status import Ended, Held
from bot.errors import NotAllowed, PostUncertain
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from tests.storage.making import Clock, a_picture, an_order, claimed, submit
from tests.test_dispatch import Lenient, Studio, until, working_studio

OFF, SPOILER, REVIEW, BLOCK = Safety.OFF, Safety.SPOILER, Safety.REVIEW, Safety.BLOCK


class Doubtful(Lenient):
    """Nobody can be asked at first."""

    asked = 0

    async def permit(self, job: Job) -> Safety:
        self.asked += 1
        if self.asked == 1:
            raise PostUncertain("The bot is not connected yet.")
        return self.mode


class Strict(Lenient):
    """Nothing may be drawn any more."""

    async def permit(self, job: Job) -> Safety:
        raise NotAllowed("You are blocked here.")


async def left_ready(folder: Path, mode: Safety, flags: Sequence[bool]) -> Job:
    """A job that an earlier process has drawn in this mode, and not shown."""
    async with open_database(folder / "atelier.db") as database:
        queue, pictures = JobQueue(database, Clock()), PictureStore(folder / "pictures")
        job = await submit(queue, an_order(count=len(flags)))
        _, lease = await claimed(queue)
        await queue.begin(lease, mode)
        for cell, flagged in enumerate(flags):
            sha256 = await pictures.put(png(cell))
            await queue.add_picture(lease, replace(a_picture(cell, sha256=sha256), flagged=flagged))
        if mode is SPOILER and any(flags):
            await queue.hide(job.id)
        await queue.finish(lease)
    return job


def png(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, shade, shade)).save(out, "PNG")
    return out.getvalue()


async def last_word(studio: Studio) -> Ended:
    """What the message of the only job says in the end; it shows no pictures."""
    await until(lambda: studio.poster.statuses, lambda: studio.poster.statuses)
    ((_, ended),) = studio.poster.statuses
    assert studio.poster.posted == {}
    assert isinstance(ended, Ended)
    return ended


@pytest.mark.parametrize(
    ("drawn", "now", "flags", "shown"),
    [
        (OFF, OFF, [False], 1),
        (SPOILER, OFF, [True], 1),
        (SPOILER, REVIEW, [False], 1),
        (SPOILER, BLOCK, [True, False], 1),
        (BLOCK, OFF, [False], 1),
    ],
)
async def test_what_the_place_allows_now_is_shown(
    tmp_path: Path, drawn: Safety, now: Safety, flags: list[bool], shown: int
) -> None:
    job = await left_ready(tmp_path, drawn, flags)
    async with working_studio(tmp_path, concurrency=1, permits=Lenient(now)) as studio:
        await studio.settled(job, State.DELIVERED)
        assert studio.poster.posted == {job.id: shown}
        found = await studio.queue.get(job.id)
    assert found is not None
    assert found.order.spoiler is (drawn is SPOILER and any(flags))
    assert found.safety is stricter(drawn, now)


async def test_flagged_pictures_of_a_place_that_hid_them_go_to_the_moderators_of_one_that_asks_them(
    tmp_path: Path,
) -> None:
    job = await left_ready(tmp_path, SPOILER, [True, False])
    async with working_studio(tmp_path, concurrency=1, permits=Lenient(REVIEW)) as studio:
        await until(lambda: studio.poster.statuses, lambda: studio.poster.statuses)
        assert studio.poster.statuses == [(job.id, Held())]
        assert [each.id for each in await studio.queue.held()] == [job.id]
        approved = await studio.queue.decide_review(job.id, approved=True, reason="")
        assert approved is not None
        assert approved.safety is REVIEW
        assert len(await studio.queue.pictures(job.id)) == 2
    async with working_studio(tmp_path, concurrency=1, permits=Lenient(REVIEW)) as studio:
        await studio.settled(job, State.DELIVERED)
        assert studio.poster.posted == {job.id: 2}


async def test_flagged_pictures_are_not_shown_where_such_are_withheld_now(tmp_path: Path) -> None:
    job = await left_ready(tmp_path, SPOILER, [True, True])
    async with working_studio(tmp_path, concurrency=1, permits=Lenient(BLOCK)) as studio:
        await studio.settled(job, State.REFUSED)
        assert await last_word(studio) == Ended(State.REFUSED, ALL_WITHHELD)
        assert all(cell.withheld for cell in await studio.queue.cells(job.id))


@pytest.mark.parametrize("now", [SPOILER, REVIEW, BLOCK])
async def test_what_nobody_checked_is_not_shown_where_pictures_are_checked_now(
    tmp_path: Path, now: Safety
) -> None:
    job = await left_ready(tmp_path, OFF, [False])
    async with working_studio(tmp_path, concurrency=1, permits=Lenient(now)) as studio:
        await studio.settled(job, State.FAILED)
        ended = await last_word(studio)
    assert ended.state is State.FAILED  # such a message has a button to draw it again
    assert "can be drawn again" in ended.reason


async def test_who_may_not_draw_any_more_is_shown_nothing(tmp_path: Path) -> None:
    job = await left_ready(tmp_path, OFF, [False])
    async with working_studio(tmp_path, concurrency=1, permits=Strict()) as studio:
        await studio.settled(job, State.REFUSED)
        assert await last_word(studio) == Ended(State.REFUSED, "You are blocked here.")


async def test_nothing_is_shown_until_somebody_can_be_asked(tmp_path: Path) -> None:
    job, doubtful = await left_ready(tmp_path, SPOILER, [True]), Doubtful(BLOCK)
    async with working_studio(tmp_path, concurrency=1, permits=doubtful) as studio:
        await studio.settled(job, State.REFUSED)
        assert (await last_word(studio)).reason == ALL_WITHHELD
    assert doubtful.asked == 2


def test_the_stricter_of_two_modes_is_the_one_that_shows_less() -> None:
    order = [OFF, SPOILER, REVIEW, BLOCK]
    for one, other in product(order, order):
        assert stricter(one, other) is order[max(order.index(one), order.index(other))]
