"""Who takes a request or its pictures back learns what became of it, and a broken disk keeps none in sight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.compose import _warden
from bot.domain.job import Job, Place, State
from bot.domain.pace import Pace
from bot.domain.policy.actors import Actor, Venue
from bot.domain.status import Ended
from bot.errors import NotAllowed, StorageError
from bot.inventory import build_catalogue, build_inventory
from bot.opening import Opening
from bot.service.asker import Asker
from bot.service.services import Services, build_services
from bot.settings import Settings, StorageSettings
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.stores import Stores, open_stores
from bot.ui.herald import DiscordHerald
from bot.ui.roster import DiscordRoster
from engine.executor import Executor
from tests.storage.making import GUILD, an_order, submit
from tests.test_dispatch import Studio, ids, studio, until

__all__ = ["studio"]
ADA = Asker(1, Actor(user_id=7, created_at=0), Venue(GUILD, 3), Place(GUILD, 3), "en-GB", 0)
OWNER = replace(ADA, actor=Actor(user_id=9, created_at=0, is_owner=True))


class Overtaken(JobQueue):
    """Something happens in the moment before a job is cancelled."""

    before: Callable[[], Awaitable[None]]

    async def cancel(self, job_id: str, *, by_member: bool = False) -> Job:
        await self.before()
        return await super().cancel(job_id, by_member=by_member)


def stores_of(studio: Studio, folder: Path) -> tuple[Settings, Stores]:
    settings = Settings(storage=StorageSettings(folder=folder))
    return settings, open_stores(studio.queue._database, settings)


def services_of(studio: Studio, settings: Settings, stores: Stores) -> Services:
    roster, inventory = DiscordRoster(), build_inventory(settings)
    warden = _warden(settings, stores, roster, inventory, Pace(lambda: 0.0))
    engine = Executor(build_catalogue(settings))  # is never started
    return build_services(
        settings, stores, studio.dispatcher, warden, roster, DiscordHerald(), inventory, engine,
        Opening(studio.clock), None,
    )  # fmt: skip


async def overtaken(studio: Studio, folder: Path, before: Callable[[], Awaitable[None]]) -> Services:
    settings, stores = stores_of(studio, folder)
    queue = Overtaken(studio.queue._database, studio.clock)
    queue.before = before
    return services_of(studio, settings, replace(stores, queue=queue))


async def test_who_cancels_what_is_finished_in_that_moment_is_not_told_that_it_was_cancelled(
    studio: Studio, tmp_path: Path
) -> None:
    job = await submit(studio.queue, an_order(user_id=ADA.user_id))
    studio.dispatcher.wake()
    await studio.drawing(*ids(job))
    services = await overtaken(studio, tmp_path, lambda: studio.finish(job))
    with pytest.raises(NotAllowed, match="nothing left to cancel"):
        await services.studio.cancel(ADA, job.id)
    assert studio.poster.posted == {job.id: 1}
    assert not any(isinstance(status, Ended) for _, status in studio.poster.statuses)


async def test_of_all_requests_those_are_counted_that_were_cancelled(studio: Studio, tmp_path: Path) -> None:
    jobs = [await submit(studio.queue, an_order(number, user_id=ADA.user_id)) for number in (1, 2, 3)]
    studio.dispatcher.wake()
    await studio.drawing(*(each for job in jobs for each in ids(job)))
    first, second, third = jobs

    async def finish_two() -> None:
        for job in (first, second):
            if ids(job)[0] in studio.engine.live:
                await studio.finish(job)

    services = await overtaken(studio, tmp_path, finish_two)
    assert await services.studio.cancel_all(ADA) == 1
    await studio.settled(third, State.CANCELLED)
    assert studio.poster.posted == {first.id: 1, second.id: 1}


async def test_what_is_taken_down_leaves_its_message_though_its_file_cannot_be_deleted(
    studio: Studio, tmp_path: Path
) -> None:
    (job,) = await studio.ask(1)
    await studio.drawing(*ids(job))
    await studio.finish(job)
    (tmp_path / "no folder").write_text("a file")
    settings, stores = stores_of(studio, tmp_path)
    broken = replace(stores, pictures=PictureStore(tmp_path / "no folder"))
    with pytest.raises(StorageError, match="picture folder"):
        await services_of(studio, settings, broken).moderation.take_down(OWNER, job.id)
    await until(lambda: isinstance(studio.poster.statuses[-1][1], Ended), lambda: studio.poster.statuses)
