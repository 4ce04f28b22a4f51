"""The whole bot on real parts: discord.py, SQLite, diffusers with the demo model, against the playground."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.compose import Parts, build_bot, run_bot
from bot.playground import Member, Playground, connect
from bot.playground.world import Message
from bot.provenance import unsigned
from bot.settings import EngineSettings, LimitSettings, Settings, StorageSettings
from tests.conformance import check_record

PICTURES_S = 90.0  # patience for pictures on a busy machine; nothing is measured by it


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """Every call recorded in a scenario must conform to Discord's published description."""
    async with Playground() as running:
        yield running
        check_record(running, tmp_path)
        assert [call for call in running.record.calls if pings(call.json)] == []


def pings(body: Any) -> bool:
    """Whether a message that is sent or edited could mention somebody."""
    data = body.get("data", body) if isinstance(body, dict) else {}
    return "content" in (data or {}) and data.get("allowed_mentions", {}).get("parse") != []


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        storage=StorageSettings(folder=tmp_path / "data"),
        limits=LimitSettings(queue_per_member=3, max_steps=50),
        engine=EngineSettings(threads=1),
    )


@asynccontextmanager
async def running_bot(playground: Playground, settings: Settings) -> AsyncIterator[Parts]:
    async with build_bot(settings) as parts:
        with connect(playground.endpoints):
            life = asyncio.create_task(run_bot(parts, playground.token))
            try:
                await playground.wait_until_online()
                yield parts
            finally:
                life.cancel()
                with suppress(asyncio.CancelledError):
                    await life


@pytest.fixture
async def parts(playground: Playground, settings: Settings) -> AsyncIterator[Parts]:
    async with running_bot(playground, settings) as running:
        yield running


@pytest.fixture
def ada(playground: Playground) -> Member:
    return playground.member("ada")


async def finished(member: Member, after: int = 0, count: int | None = None) -> Message:
    """The first message, newer than `after`, that shows pictures."""
    return await member.wait_for(
        lambda message: (
            message.id > after and not has_preview(message) and len(message.attachments) >= (count or 1)
        ),
        PICTURES_S,
    )


def has_preview(message: Message) -> bool:
    """Whether it shows what is drawn so far."""
    names = [file.filename.removeprefix("SPOILER_") for file in message.attachments]
    return any(name.startswith("preview.") for name in names)


def stored_files(message: Message) -> list[bytes]:
    """The pictures of a message without their signatures, which are others each time."""
    return [unsigned(file.data) for file in message.attachments]


def whispers(member: Member) -> list[str]:
    """What only this member was told."""
    return [message.content for message in member.see_everywhere() if message.ephemeral]
