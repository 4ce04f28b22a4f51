"""The owner's commands: /gpu."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.ui.answers import Interaction
from bot.ui.commands.choices import Choices, Chooser
from bot.ui.machine import MachineDesk


def owner_commands(desk: MachineDesk, chooser: Chooser) -> list[app_commands.Group]:
    """Every command of this file; Discord shows them to administrators, and the service lets owners use them."""
    gpu = app_commands.Group(
        name="gpu",
        description="The machine that draws; for the owner of this bot.",
        default_permissions=discord.Permissions(administrator=True),
    )
    _add_pauses(gpu, desk)
    _add_models(gpu, desk, chooser)
    return [gpu]


def _add_pauses(gpu: app_commands.Group, desk: MachineDesk) -> None:
    @gpu.command(name="status", description="Models, memory, speed, and whether it draws.")
    async def status(interaction: Interaction) -> None:
        await desk.status(interaction)

    @gpu.command(name="pause", description="Begin nothing new; requests keep their places.")
    async def pause(interaction: Interaction) -> None:
        await desk.pause(interaction, paused=True)

    @gpu.command(name="resume", description="Draw again.")
    async def resume(interaction: Interaction) -> None:
        await desk.pause(interaction, paused=False)

    @gpu.command(name="schedule", description="Quiet hours, in which nothing new is begun.")
    @app_commands.describe(hours="Such as: 22:00-07:00 Europe/Berlin. Leave it out for those of the settings")
    async def schedule(interaction: Interaction, hours: str | None = None) -> None:
        await desk.schedule(interaction, hours)


def _add_models(gpu: app_commands.Group, desk: MachineDesk, chooser: Chooser) -> None:
    @gpu.command(name="load", description="Bring a model into the memory.")
    @app_commands.describe(model="Which one")
    async def load(interaction: Interaction, model: str) -> None:
        await desk.load(interaction, model)

    @gpu.command(name="unload", description="Take a model out of the memory, or all of them.")
    @app_commands.describe(model="Which one; leave it out for all")
    async def unload(interaction: Interaction, model: str | None = None) -> None:
        await desk.unload(interaction, model)

    @gpu.command(name="budget", description="How much memory models and pictures may fill.")
    @app_commands.describe(gib="GiB; leave it out for what the settings say")
    async def budget(
        interaction: Interaction, gib: app_commands.Range[float, 0.5, 1024.0] | None = None
    ) -> None:
        await desk.budget(interaction, gib)

    @load.autocomplete("model")
    @unload.autocomplete("model")
    async def models(_interaction: Interaction, typed: str) -> Choices:
        return chooser.models(typed)
