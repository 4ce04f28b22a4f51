"""Builds the studio's parts from the settings and passes them to each other, readable as a list."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.delivery import Delivery
from bot.dispatch import Dispatcher
from bot.domain.pace import Pace
from bot.errors import StorageError
from bot.health import beat
from bot.inventory import build_catalogue, build_inventory
from bot.service.album import Album
from bot.service.finding import Finder
from bot.service.members import Members
from bot.service.orders import Orders
from bot.service.retouching import Retouching
from bot.service.services import Services
from bot.service.studio import Studio
from bot.settings import Settings
from bot.storage.album import AlbumStore
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue, QueueCaps
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from bot.storage.retention import Retention
from bot.ui.client import AtelierClient, build_client, stay_connected
from bot.ui.poster import DiscordPoster
from engine.errors import EngineError
from engine.executor import Executor
from engine.options import Acceleration, EngineOptions, Mode
from engine.request import UpscaleMethod

_log = logging.getLogger(__name__)
DATABASE = "atelier.db"
PICTURES = "pictures"
DIGESTS = "digests.json"
_TIDY_EVERY_S = 3600.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running bot consists of."""

    client: AtelierClient
    services: Services
    queue: JobQueue
    dispatcher: Dispatcher
    retention: Retention
    engine: Executor
    folder: Path
    default_model: str


@asynccontextmanager
async def build_bot(settings: Settings) -> AsyncIterator[Parts]:
    """Open the database, start the GPU thread, and wire everything; nothing speaks to Discord yet."""
    folder = settings.storage.folder
    async with open_database(folder / DATABASE) as database, build_engine(settings) as engine:
        queue = JobQueue(database, utc_ms)
        pictures = PictureStore(folder / PICTURES)
        members, album = MemberStore(database, utc_ms), AlbumStore(database, utc_ms)
        retention = Retention(
            database,
            pictures,
            max_bytes=int(settings.storage.max_gib * 2**30),
            keep_ms=int(settings.storage.keep_days * 86_400_000),
            now=utc_ms,
        )
        poster = DiscordPoster()
        pace = Pace(time.monotonic)
        delivery = Delivery(poster, queue, pictures)
        dispatcher = Dispatcher(
            queue,
            engine,
            pictures,
            delivery,
            pace,
            owner=secrets.token_hex(8),
            concurrency=settings.engine.live_jobs,
            per_lane=settings.limits.live_per_member,
            preview_every=settings.engine.preview_every,
            upscaling=UpscaleMethod(settings.upscaler.method),
        )
        await dispatcher.look_back()
        services = _services(settings, queue, pictures, members, album, dispatcher)
        client = build_client(services, poster, settings.discord.guild_id)
        try:
            yield Parts(
                client, services, queue, dispatcher, retention, engine, folder, settings.models[0].name
            )
        finally:
            await dispatcher.stop()
            await delivery.close()
            await client.close()


def _services(
    settings: Settings,
    queue: JobQueue,
    pictures: PictureStore,
    members: MemberStore,
    album: AlbumStore,
    dispatcher: Dispatcher,
) -> Services:
    inventory = build_inventory(settings)
    caps = QueueCaps(settings.limits.queue, settings.limits.queue_per_member)
    finder = Finder(queue, pictures)
    orders = Orders(queue, members, dispatcher, caps)
    studio = Studio(
        orders,
        queue,
        pictures,
        members,
        dispatcher,
        finder,
        inventory=inventory,
        max_upload_mib=settings.limits.max_upload_mib,
    )
    return Services(
        studio=studio,
        retouching=Retouching(orders, pictures, members, finder, inventory),
        album=Album(album, pictures, members, finder),
        members=Members(members, album, inventory, caps),
        orders=orders,
        inventory=inventory,
    )


async def run_bot(parts: Parts, token: str) -> None:
    """Connect and work until the client is closed. Raises `ConfigError` when Discord refuses the token."""
    work = asyncio.create_task(_work_when_logged_in(parts), name="dispatcher")
    connection = asyncio.create_task(stay_connected(parts.client, token), name="gateway")
    health = asyncio.create_task(beat(parts.client, parts.folder), name="health")
    tasks = {work, connection, health}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _work_when_logged_in(parts: Parts) -> None:
    await parts.client.logged_in.wait()
    async with asyncio.TaskGroup() as group:
        group.create_task(_warm_up(parts))
        group.create_task(_tidy_up(parts))
        group.create_task(parts.dispatcher.run())


async def _warm_up(parts: Parts) -> None:
    """The default model is loaded before the first member asks for it."""
    try:
        await parts.engine.warm(parts.default_model)
    except EngineError as error:
        _log.error("%s", error)


async def _tidy_up(parts: Parts) -> None:
    """At the start, and every hour: old picture files go, and those above the budget."""
    while True:
        try:
            tidied = await parts.retention.tidy()
        except StorageError as error:
            _log.error("%s", error)
        else:
            if tidied.files:
                _log.info("deleted %d picture files, %.1f MiB", tidied.files, tidied.bytes / 2**20)
        await asyncio.sleep(_TIDY_EVERY_S)


def build_engine(settings: Settings) -> Executor:
    """The GPU thread with the models of the settings."""
    memory = settings.engine.memory_gib
    options = EngineOptions(
        device=settings.engine.device,
        threads=settings.engine.threads,
        mode=Mode(settings.engine.mode),
        rows=settings.engine.rows,
        acceleration=Acceleration(settings.engine.acceleration),
        live=settings.engine.live_jobs * settings.limits.max_count,
        memory=None if memory is None else int(memory * 2**30),
        idle_s=settings.engine.unload_after_minutes * 60,
        digests=settings.storage.folder / DIGESTS,
        upscaler=settings.upscaler.file if settings.upscaler.method == "network" else None,
    )
    return Executor(build_catalogue(settings), options)


def utc_ms() -> int:
    """Now, in UTC milliseconds."""
    return time.time_ns() // 1_000_000
