"""Interactions that a test answers by bare REST, in place of a bot."""

from __future__ import annotations

import asyncio

from bot.playground import Member, Outcome, Playground
from bot.playground.interactions import Interaction

COMMAND = {"name": "paint", "description": "Paint"}
HELLO = {"type": 4, "data": {"content": "hello"}}
GO_BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}


class Started:
    """An interaction under way: its paths, and how it ends for the member."""

    def __init__(self, interaction: Interaction, application_id: int, outcome: asyncio.Task[Outcome]) -> None:
        self.callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
        self.hook = f"/webhooks/{application_id}/{interaction.token}"
        self.outcome = outcome


async def start(playground: Playground, member: Member, act: str = "paint") -> Started:
    """Run the command (or press the button of this custom_id in the last message)."""

    async def run() -> Outcome:
        if act == "paint":
            return await member.command("studio", "paint")
        return await member.click(member.see("studio")[-1], act)

    outcome = asyncio.create_task(run())
    await asyncio.sleep(0)
    return Started(playground.core.interactions.latest(), playground.world.application.id, outcome)
