"""A running bot leaves a sign of life in its folder, which the container's health check reads."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import discord

_BEAT_S = 15.0
_STALE_S = 60.0
_FILE = "health"


async def beat(client: discord.Client, folder: Path) -> None:
    """Touch the file every 15 s while the gateway answers heartbeats; runs until cancelled."""
    while True:
        if client.ws is not None and client.latency < _STALE_S:
            await asyncio.to_thread((folder / _FILE).touch)
        await asyncio.sleep(_BEAT_S)


def healthy(folder: Path) -> bool:
    """Whether the sign of life is fresh."""
    path = folder / _FILE
    return path.exists() and time.time() - path.stat().st_mtime < _STALE_S
