"""The owner's commands: /gpu and /owner."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.ui.answers import Interaction
from bot.ui.commands.choices import Choices, Chooser
from bot.ui.machine import MachineDesk
from bot.ui.stewardship import StewardDesk


def owner_commands(desk: MachineDesk, steward: StewardDesk, chooser: Chooser) -> list[app_commands.Group]:
    """Every command of this file; Discord shows them to administrators, and the service lets owners use them."""
    gpu = app_commands.Group(
        name="gpu",
        description="The machine that draws; for the owner of this bot.",
        default_permissions=discord.Permissions(administrator=True),
    )
    _add_pauses(gpu, desk)
    _add_models(gpu, desk, chooser)
    owner = app_commands.Group(
        name="owner",
        description="Backups, notices and servers; for the owner of this bot.",
        default_permissions=discord.Permissions(administrator=True),
    )
    _add_keeping(owner, steward)
    _add_servers(owner, steward)
    return [gpu, owner]


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


def _add_keeping(owner: app_commands.Group, desk: StewardDesk) -> None:
    @owner.command(name="backup", description="Copy the database and its keys now, while the bot goes on.")
    async def backup(interaction: Interaction) -> None:
        await desk.back_up(interaction)

    @owner.command(name="retention", description="What is kept how long, and what goes next.")
    async def retention(interaction: Interaction) -> None:
        await desk.keeping(interaction)


def _add_servers(owner: app_commands.Group, desk: StewardDesk) -> None:
    @owner.command(name="broadcast", description="Tell all servers something, after a look at it.")
    @app_commands.describe(text="Such as: I am restarted at 20:00")
    async def broadcast(interaction: Interaction, text: app_commands.Range[str, 1, 2000]) -> None:
        await desk.announce(interaction, text)

    @owner.command(
        name="allow-guild", description="In which servers the bot answers; without options, the list."
    )
    @app_commands.describe(guild="Which server; this one unless said", allow="Let it in, or not any more")
    async def allow_guild(
        interaction: Interaction, guild: str | None = None, allow: bool | None = None
    ) -> None:
        await desk.allow(interaction, guild, allow)

    @allow_guild.autocomplete("guild")
    async def guilds(interaction: Interaction, typed: str) -> Choices:
        return await desk.offer_guilds(interaction, typed)
