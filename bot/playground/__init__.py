"""A Discord on loopback: the real discord.py connects to it, a page and tests act as its members.

    async with Playground() as playground:
        with connect(playground.endpoints):
            ...  # start a discord.py client with playground.token
        await playground.wait_until_online()
        ada = playground.member("ada")
        outcome = await ada.command("studio", "imagine", prompt="a red house")
        grid = await ada.wait_for(lambda message: message.button("🔄") is not None)
        await ada.click(grid, "🔄")

A bot in a process of its own finds its way by `playground.endpoints.to_environment()`. Misfortune is
scripted with `playground.faults` and the makers in `bot.playground.faults`.
"""

from __future__ import annotations

from bot.playground.clock import Clock
from bot.playground.connect import connect
from bot.playground.core import Status
from bot.playground.endpoints import Endpoints
from bot.playground.errors import DeniedError, Refusal
from bot.playground.member import Member, Outcome
from bot.playground.server import Playground
from bot.playground.uploads import Upload
from bot.playground.world import Channel, Message, User

__all__ = [
    "Channel",
    "Clock",
    "DeniedError",
    "Endpoints",
    "Member",
    "Message",
    "Outcome",
    "Playground",
    "Refusal",
    "Status",
    "Upload",
    "User",
    "connect",
]
