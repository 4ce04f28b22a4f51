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
from bot.domain.params import Limits, ModelDefaults
from bot.errors import ConfigError
from bot.health import beat
from bot.service import Studio
from bot.settings import DEMO_MODEL, AdapterSettings, ModelSettings, Settings
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue, QueueCaps
from bot.storage.pictures import PictureStore
from bot.ui.client import AtelierClient, build_client, stay_connected
from bot.ui.poster import DiscordPoster
from engine.catalogue import AdapterKind, AdapterSource, ModelCatalogue, ModelKind, ModelSource
from engine.demo import MODEL_FOLDER
from engine.errors import AdapterError, EngineError, ModelError
from engine.executor import Executor
from engine.options import Acceleration, EngineOptions, Mode

_log = logging.getLogger(__name__)
DATABASE = "atelier.db"
PICTURES = "pictures"
DIGESTS = "digests.json"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running bot consists of."""

    client: AtelierClient
    studio: Studio
    queue: JobQueue
    dispatcher: Dispatcher
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
        )
        await dispatcher.look_back()
        studio = Studio(
            queue,
            pictures,
            dispatcher,
            models=model_defaults(settings),
            limits=limits(settings),
            caps=QueueCaps(settings.limits.queue, settings.limits.queue_per_member),
            max_upload_mib=settings.limits.max_upload_mib,
        )
        client = build_client(studio, poster, settings.discord.guild_id)
        try:
            yield Parts(client, studio, queue, dispatcher, engine, folder, settings.models[0].name)
        finally:
            await dispatcher.stop()
            await delivery.close()
            await client.close()


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
        group.create_task(parts.dispatcher.run())


async def _warm_up(parts: Parts) -> None:
    """The default model is loaded before the first member asks for it."""
    try:
        await parts.engine.warm(parts.default_model)
    except EngineError as error:
        _log.error("%s", error)


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
    )
    return Executor(build_catalogue(settings), options)


def build_catalogue(settings: Settings) -> ModelCatalogue:
    """The models and adapters of the settings as the engine knows them.

    Raises `ConfigError` where one cannot be right.
    """
    try:
        return ModelCatalogue(map(_source, settings.models), map(_adapter, settings.adapters))
    except (ModelError, AdapterError) as error:
        raise ConfigError(str(error)) from error


def model_defaults(settings: Settings) -> dict[str, ModelDefaults]:
    """The models as members choose them, by name."""
    return {
        model.name: ModelDefaults(
            name=model.name,
            title=model.title,
            width=model.width,
            height=model.height,
            steps=model.steps,
            guidance=model.guidance,
            sampler=model.sampler,
        )
        for model in settings.models
    }


def limits(settings: Settings) -> Limits:
    """What one request may ask for."""
    return Limits(
        max_pixels=settings.limits.max_pixels,
        max_steps=settings.limits.max_steps,
        max_count=settings.limits.max_count,
        max_prompt=settings.limits.max_prompt,
    )


def utc_ms() -> int:
    """Now, in UTC milliseconds."""
    return time.time_ns() // 1_000_000


def _source(model: ModelSettings) -> ModelSource:
    demo = model.source == DEMO_MODEL and not Path(model.source).exists()
    return ModelSource(
        name=model.name,
        source=str(MODEL_FOLDER) if demo else model.source,
        title=model.title,
        revision=model.revision or "",
        config=str(model.config or ""),
        kind=None if model.kind == "auto" else ModelKind(model.kind),
        width=model.width,
        height=model.height,
        steps=model.steps,
        guidance=model.guidance,
        sampler=model.sampler,
    )


def _adapter(adapter: AdapterSettings) -> AdapterSource:
    return AdapterSource(
        name=adapter.name,
        file=str(adapter.file),
        kind=AdapterKind(adapter.kind),
        model=None if adapter.model == "auto" else ModelKind(adapter.model),
        title=adapter.title,
        trigger=adapter.trigger,
        sha256=adapter.sha256 or "",
    )
