"""`atelier run`: the bot on the real Discord, until a signal asks it to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AbstractContextManager, nullcontext

from bot.compose import Parts, build_bot, run_bot
from bot.playground.connect import connect
from bot.playground.endpoints import Endpoints
from bot.settings import Settings


async def run_until_stopped(settings: Settings, token: str) -> None:
    """Returns after SIGTERM or SIGINT: running jobs are given back to the queue and go on at the next start."""
    async with build_bot(settings) as parts:
        close_on_signals(parts)
        with discord_or_playground():
            await run_bot(parts, token)


def discord_or_playground() -> AbstractContextManager[None]:
    """The real Discord, unless the environment names the addresses of a playground."""
    playground = Endpoints.from_environment(os.environ)
    return nullcontext() if playground is None else connect(playground)


def close_on_signals(parts: Parts) -> None:
    """SIGTERM and SIGINT close the client, which ends `run_bot`."""
    loop = asyncio.get_running_loop()
    closing: set[asyncio.Task[None]] = set()

    def close() -> None:
        closing.add(loop.create_task(parts.client.close()))

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, close)
