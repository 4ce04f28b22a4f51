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
from bot.domain.inventory import Inventory
from bot.domain.pace import Pace
from bot.errors import StorageError
from bot.health import beat
from bot.house_rules import build_rules
from bot.inventory import build_catalogue, build_inventory
from bot.opening import Opening
from bot.provenance import Seal
from bot.service.services import Services, build_services
from bot.service.warden import Warden
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.retention import TIDY_EVERY_MS
from bot.stores import CERTIFICATES, DATABASE, Stores, open_stores, utc_ms
from bot.ui.client import AtelierClient, build_client, stay_connected
from bot.ui.herald import DiscordHerald
from bot.ui.poster import DiscordPoster
from bot.ui.roster import DiscordRoster
from bot.worker import Worker
from engine.errors import EngineError
from engine.executor import Executor
from engine.neighbours import Neighbours
from engine.options import Acceleration, EngineOptions, Mode
from engine.request import UpscaleMethod

_log = logging.getLogger(__name__)
DIGESTS = "digests.json"
_DEBITS_MS = 3 * 86_400_000  # longer than any day lasts


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running bot consists of."""

    client: AtelierClient
    services: Services
    stores: Stores
    dispatcher: Dispatcher
    engine: Executor
    opening: Opening
    folder: Path
    default_model: str


@asynccontextmanager
async def build_bot(settings: Settings) -> AsyncIterator[Parts]:
    """Open the database, start the GPU thread, and wire everything; nothing speaks to Discord yet."""
    folder = settings.storage.folder
    async with open_database(folder / DATABASE) as database, build_engine(settings) as engine:
        stores, inventory = open_stores(database, settings), build_inventory(settings)
        poster, roster, herald = DiscordPoster(), DiscordRoster(), DiscordHerald()
        pace, opening = Pace(time.monotonic), _opening(settings, engine)
        warden = _warden(settings, stores, roster, inventory, pace)
        seal = _seal(settings)
        delivery = Delivery(poster, stores.queue, stores.pictures, stores.postings, seal)
        worker = Worker(
            stores.queue,
            engine,
            stores.pictures,
            stores.takedowns,
            delivery,
            pace,
            preview_every=settings.engine.preview_every,
            upscaling=UpscaleMethod(settings.upscaler.method),
            publish_words=settings.provenance.publish == "prompt",
        )
        dispatcher = Dispatcher(
            stores.queue,
            worker,
            delivery,
            pace,
            warden,
            opening,
            owner=secrets.token_hex(8),
            concurrency=settings.engine.live_jobs,
            per_lane=settings.limits.live_per_member,
        )
        await dispatcher.look_back()
        services = build_services(
            settings, stores, dispatcher, warden, roster, herald, inventory, engine, opening, seal
        )
        await services.ownership.restore()
        client = build_client(services, poster, roster, herald, settings.discord.guild_id)
        try:
            yield Parts(
                client, services, stores, dispatcher, engine, opening, folder, settings.models[0].name
            )
        finally:
            await dispatcher.stop()
            await delivery.close()
            await client.close()


def _opening(settings: Settings, engine: Executor) -> Opening:
    allowance = settings.engine.give_way_gib
    neighbours = None if allowance is None else Neighbours(engine.read_memory, int(allowance * 2**30))
    return Opening(utc_ms, neighbours=neighbours)


def _seal(settings: Settings) -> Seal | None:
    """Raises `SigningError` where what cannot be signed is to be held back, and nothing can be."""
    said = settings.provenance
    return Seal(settings.storage.folder / CERTIFICATES, hold=said.unsigned == "hold") if said.c2pa else None


def _warden(
    settings: Settings, stores: Stores, roster: DiscordRoster, inventory: Inventory, pace: Pace
) -> Warden:
    return Warden(
        stores.policies,
        stores.blocks,
        stores.reviews,
        stores.allowed_guilds,
        stores.queue,
        stores.pseudonyms,
        roster,
        inventory,
        pace,
        base=build_rules(settings),
        capacity=settings.limits.queue,
        listed=settings.discord.guilds == "listed",
        direct=settings.discord.direct_messages == "open",
        now=utc_ms,
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
        group.create_task(_resume_notices(parts))
        group.create_task(parts.opening.make_way(parts.engine))
        group.create_task(parts.dispatcher.run())


async def _warm_up(parts: Parts) -> None:
    """The default model is loaded before the first member asks for it."""
    try:
        await parts.engine.warm(parts.default_model)
    except EngineError as error:
        _log.error("%s", error)


async def _resume_notices(parts: Parts) -> None:
    """What the owner says to all servers is said to the end."""
    try:
        left = await parts.services.notices.left()
        await parts.client.wait_until_ready()  # until then no server is known
        for notice in left:
            await parts.services.notices.send(notice)
    except StorageError as error:
        _log.error("a notice was not said everywhere: %s", error)


async def _tidy_up(parts: Parts) -> None:
    """At the start, and every hour: old picture files, debits and backups go, and the files above the budget."""
    while True:
        try:
            await parts.stores.debits.forget(utc_ms() - _DEBITS_MS)
            tidied = await parts.stores.retention.tidy()
            await parts.stores.backups.tidy()
        except StorageError as error:
            _log.error("%s", error)
        else:
            if tidied.files:
                _log.info("deleted %d picture files, %.1f MiB", tidied.files, tidied.bytes / 2**20)
        await asyncio.sleep(TIDY_EVERY_MS / 1000)


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
        checker=settings.checker,
        checker_revision=settings.safety.revision or "",
    )
    return Executor(build_catalogue(settings), options)
