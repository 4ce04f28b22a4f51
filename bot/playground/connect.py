"""Points the real discord.py at a playground server, and back at Discord afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import discord.asset
import discord.gateway
import discord.http
import yarl

from bot.playground.endpoints import Endpoints


@contextmanager
def connect(endpoints: Endpoints) -> Iterator[None]:
    """While open, every discord.py client of this process speaks to `endpoints` instead of Discord."""
    route, socket, asset = discord.http.Route, discord.gateway.DiscordWebSocket, discord.asset.Asset
    before = (route.BASE, socket.DEFAULT_GATEWAY, asset.BASE)
    route.BASE = endpoints.api
    socket.DEFAULT_GATEWAY = yarl.URL(endpoints.gateway)
    asset.BASE = endpoints.cdn
    try:
        yield
    finally:
        route.BASE, socket.DEFAULT_GATEWAY, asset.BASE = before
