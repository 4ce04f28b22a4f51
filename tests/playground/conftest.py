"""A running playground, and the studio bot connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

from bot.playground import Member, Playground, connect
from tests.playground.by_hand import COMMAND
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import StudioBot


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    async with Playground() as running:
        yield running


@asynccontextmanager
async def running_bot(playground: Playground, heartbeat_timeout: float = 60.0) -> AsyncIterator[StudioBot]:
    """The studio bot, online; closed (or already gone) afterwards."""
    with connect(playground.endpoints):
        bot = StudioBot(heartbeat_timeout)
        life = asyncio.create_task(bot.start(playground.token))
        try:
            await playground.wait_until_online()
            yield bot
        finally:
            await bot.close()
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life


@pytest.fixture
async def bot(playground: Playground) -> AsyncIterator[StudioBot]:
    async with running_bot(playground) as running:
        yield running


@pytest.fixture
async def rest(playground: Playground) -> AsyncIterator[RestClient]:
    """A bare HTTP client with the bot's token: for what discord.py would never send."""
    async with aiohttp.ClientSession() as session:
        yield RestClient(session, playground)


@pytest.fixture
async def ada(playground: Playground, rest: RestClient) -> Member:
    """A member in a guild whose bot has one command and answers by bare REST."""
    application = playground.world.application.id
    assert (await rest.call("PUT", f"/applications/{application}/commands", [COMMAND])).status == 200
    return playground.member("ada")
