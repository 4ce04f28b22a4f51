"""Where nobody can be asked, a picture is taken down, or a folder is broken, the queue goes on and says what is so."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.job import Job, Placeholder, State
from bot.domain.safety import Safety
from bot.domain.showing import ALL_WITHHELD, why_withheld
from bot.domain.status import Ended, Working
from bot.errors import PostUncertain, StorageError
from bot.provenance import fingerprint
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.moderation import TakedownStore
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from tests.storage.making import GUILD, Clock, a_picture, an_order, delivered
from tests.test_dispatch import Lenient, Studio, ids, studio, until, working_studio

__all__ = ["studio"]
WITHHELD, FLAGGED = replace(a_picture(), sha256=""), replace(a_picture(), sha256="", flagged=True)


class Unsure(Lenient):
    """Nobody can be asked about the first member, until `sure`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[int] = Counter()
        self.sure = False

    async def permit(self, job: Job) -> Safety:
        self.asked[job.order.user_id] += 1
        if job.order.user_id == 1 and not self.sure:
            raise PostUncertain("nobody answers")
        return self.mode


class Broken(PictureStore):
    """Nothing can be read from it."""

    async def get(self, sha256: str) -> bytes:
        raise StorageError("The disk is broken.")


async def test_a_job_that_nobody_can_be_asked_about_lets_the_others_go_first(tmp_path: Path) -> None:
    permits = Unsure()
    async with working_studio(tmp_path, concurrency=1, permits=permits) as studio:
        first, second, third = await studio.ask(1, 1, 1)
        for job in (second, third):
            await studio.drawing(*ids(job))
            await studio.finish(job)
        permits.sure = True
        await until(lambda: studio.engine.live, lambda: permits.asked)
        for request_id in studio.engine.live:
            studio.engine.finish(request_id)
        await studio.settled(first, State.DELIVERED)


async def test_a_picture_that_was_taken_down_is_neither_sketched_nor_blamed_on_the_safety_check(
    studio: Studio,
) -> None:
    (job,) = await studio.ask(2)
    await studio.drawing(*ids(job, 2))
    await studio.finish(job)
    await TakedownStore(studio.queue._database, studio.clock).take_down(job.id, GUILD)
    (again,) = await studio.ask(2)
    first, second = ids(again, 2)
    await studio.drawing(first, second)
    studio.engine.finish(first)
    await studio.drawing(second)
    await until(
        lambda: any(isinstance(each, Working) and each.finished for each in shown(studio, again)),
        lambda: studio.poster.statuses,
    )
    assert not any(any(each.sketches) for each in shown(studio, again) if isinstance(each, Working))
    studio.engine.finish(second)
    await studio.settled(again, State.REFUSED)
    await until(lambda: isinstance(shown(studio, again)[-1], Ended), lambda: studio.poster.statuses)
    assert shown(studio, again)[-1] == Ended(State.REFUSED, why_withheld([WITHHELD]) or "")


def shown(studio: Studio, job: Job) -> list[object]:
    return [status for job_id, status in studio.poster.statuses if job_id == job.id]


def test_why_no_picture_is_shown_is_said_as_it_is() -> None:
    assert why_withheld([FLAGGED, a_picture(1)]) is None
    assert why_withheld([FLAGGED, FLAGGED]) == ALL_WITHHELD
    assert "safety check" not in (why_withheld([WITHHELD, WITHHELD]) or "")
    both = why_withheld([WITHHELD, FLAGGED]) or ""
    assert "safety check" in both
    assert "moderator" in both


async def test_a_result_that_cannot_be_read_is_written_into_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with working_studio(
        tmp_path, concurrency=1, preview_every=0, pictures=Broken(tmp_path / "pictures")
    ) as studio:
        (job,) = await studio.ask(1)
        await studio.drawing(*ids(job))
        studio.engine.finish(ids(job)[0])
        await until(lambda: errors(caplog), lambda: caplog.records)
        await studio.settled(job, State.READY)
    assert [str(error) for error in errors(caplog)] == ["The disk is broken."]


def errors(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    return [
        record.exc_info[1]
        for record in caplog.records
        if record.name == "bot.dispatch" and record.levelno == logging.ERROR and record.exc_info
    ]


async def test_a_job_that_is_finished_in_the_moment_of_its_cancel_shows_its_pictures(studio: Studio) -> None:
    (job,) = await studio.ask(1)
    await studio.drawing(*ids(job))
    await studio.finish(job)
    for state in (State.READY, State.DELIVERED, State.FAILED):
        studio.dispatcher.ended(replace(job, state=state))
    await asyncio.sleep(0.05)
    assert not any(isinstance(status, Ended) for status in shown(studio, job))


async def test_what_was_taken_down_before_a_stop_is_emptied_at_the_next_start(tmp_path: Path) -> None:
    async with open_database(tmp_path / "atelier.db") as database:
        queue = JobQueue(database, Clock())
        job = await delivered(queue, an_order(), a_picture())
        await Postings(database).note(job.id, Placeholder(3, 99))
        await TakedownStore(database, Clock()).take_down(job.id, GUILD)
    async with working_studio(tmp_path, concurrency=1) as studio:
        await until(lambda: len(studio.poster.statuses) == 2, lambda: studio.poster.statuses)
        for ended in shown(studio, job):
            assert isinstance(ended, Ended)
            assert "moderator" in ended.reason
        async with asyncio.timeout(5):
            while await studio.queue.unwithdrawn():
                await asyncio.sleep(0.01)
    async with working_studio(tmp_path, concurrency=1) as studio:
        await asyncio.sleep(0.05)
        assert studio.poster.statuses == []


async def test_the_fingerprint_of_a_picture_is_that_of_its_file(studio: Studio, tmp_path: Path) -> None:
    (job,) = await studio.ask(1)
    await studio.drawing(*ids(job))
    await studio.finish(job)
    (picture,) = await studio.queue.pictures(job.id)
    assert picture.fingerprint == fingerprint(await PictureStore(tmp_path / "pictures").get(picture.sha256))
