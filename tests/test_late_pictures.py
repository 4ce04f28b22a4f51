"""A picture that is drawn when its member has just had their data deleted leaves no file behind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.job import Job
from bot.storage.pictures import PictureStore
from bot.storage.privacy import PrivacyStore
from bot.storage.pseudonyms import Pseudonyms
from engine.events import Failed
from tests.test_dispatch import Studio, ids, until, working_studio

RARELY_S = 60.0  # a worker that renews its lease learns of a deletion by that


class SlowStore(PictureStore):
    """Whose files are there some time before that is known."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.there, self.known = asyncio.Event(), asyncio.Event()

    async def put(self, data: bytes) -> str:
        name = await super().put(data)
        self.there.set()
        await self.known.wait()
        return name


async def forget(studio: Studio, folder: Path, job: Job) -> None:
    pictures, pseudonyms = PictureStore(folder / "pictures"), Pseudonyms(folder / "secret.key")
    await PrivacyStore(studio.queue._database, pictures, pseudonyms, studio.clock).delete(job.order.user_id)


async def stored(folder: Path) -> int:
    return len(await PictureStore(folder / "pictures").files())


async def test_the_file_of_a_job_that_was_deleted_meanwhile_goes_at_once(tmp_path: Path) -> None:
    async with working_studio(tmp_path, concurrency=1, renew_every_s=RARELY_S) as studio:
        (job,) = await studio.ask(1)
        await studio.drawing(*ids(job))
        await forget(studio, tmp_path, job)
        studio.engine.finish(*ids(job))
        (later,) = await studio.ask(1)
        await studio.drawing(*ids(later))  # the worker is through with the one before
        assert await stored(tmp_path) == 0
        await studio.finish(later)
        assert await stored(tmp_path) == 1


async def test_it_stays_where_somebody_else_has_the_same_picture(tmp_path: Path) -> None:
    async with working_studio(tmp_path, concurrency=2, renew_every_s=RARELY_S) as studio:
        first, second = await studio.ask(1, 1)
        await studio.drawing(*ids(first), *ids(second))
        await studio.finish(first)
        await forget(studio, tmp_path, second)
        studio.engine.finish(*ids(second))
        (later,) = await studio.ask(1)
        await studio.drawing(*ids(later))
        assert await stored(tmp_path) == 1


@pytest.mark.parametrize("gone", [True, False])
async def test_a_picture_whose_neighbour_ends_while_it_is_stored_is_stored_or_leaves_nothing(
    tmp_path: Path, gone: bool
) -> None:
    slow = SlowStore(tmp_path / "pictures")
    async with working_studio(tmp_path, concurrency=1, renew_every_s=RARELY_S, pictures=slow) as studio:
        (job,) = await studio.ask(2)
        first, second = ids(job, 2)
        await studio.drawing(first, second)
        studio.engine.finish(first)
        await slow.there.wait()
        if gone:
            await forget(studio, tmp_path, job)
        studio.engine.tell(second, Failed(second, "The drawing was cancelled.", cancelled=True))
        await until(lambda: not studio.engine.live, lambda: studio.engine.live)
        slow.known.set()
        (later,) = await studio.ask(1)
        await studio.drawing(*ids(later))
        assert await stored(tmp_path) == (0 if gone else 1)
        assert len(await studio.queue.cells(job.id)) == (0 if gone else 1)
