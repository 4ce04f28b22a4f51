"""Commands, selects and a form that take people, roles and channels, for the studio bot."""

from __future__ import annotations

from typing import Any, Literal

import discord
from discord import app_commands

Place = discord.TextChannel | discord.CategoryChannel


class Admin(app_commands.Group, name="admin", description="For those who manage the server"):
    def __init__(self) -> None:
        super().__init__(default_permissions=discord.Permissions(manage_guild=True), guild_only=True)

    policy = app_commands.Group(name="policy", description="What is allowed")

    @policy.command(name="show")
    async def show(
        self,
        interaction: discord.Interaction,
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
    ) -> None:
        """Show what was resolved."""
        await interaction.response.send_message(f"{who.name} {role.name} {where.name}", ephemeral=True)

    @policy.command(name="set")
    async def set_one(
        self,
        interaction: discord.Interaction,
        scope: Literal["guild", "role"],
        role: discord.Role | None = None,
        channel: Place | None = None,
        anyone: discord.Member | discord.Role | None = None,
        most: app_commands.Range[int, 1, 100] | None = None,
        share: app_commands.Range[float, 0.0, 1.0] | None = None,
        enabled: bool | None = None,
    ) -> None:
        """Say what each option became."""
        given = [scope, _named(role), _named(channel), _named(anyone), most, share, enabled]
        await interaction.response.send_message(" ".join(map(str, given)), ephemeral=True)


def _named(entity: object) -> str:
    """Its type tells whether discord.py found the whole thing behind the id."""
    return f"{type(entity).__name__}:{getattr(entity, 'name', '')}"


def _selects() -> list[discord.ui.Item[Any]]:
    kinds = [discord.ChannelType.text, discord.ChannelType.category]
    return [
        discord.ui.UserSelect(custom_id="users", max_values=2),
        discord.ui.RoleSelect(custom_id="roles", max_values=2),
        discord.ui.MentionableSelect(custom_id="anyone", max_values=2),
        discord.ui.ChannelSelect(custom_id="channels", channel_types=kinds, max_values=2),
    ]


def _picked(select: discord.ui.Item[Any]) -> str:
    values = select.values  # type: ignore[attr-defined]
    return " ".join(_named(each.resolve() if hasattr(each, "resolve") else each) for each in values)


class Pickers(discord.ui.View):
    """Says at each choice what was chosen."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        for select in _selects():
            select.callback = self._answer(select)  # type: ignore[method-assign]
            self.add_item(select)

    def _answer(self, select: discord.ui.Item[Any]) -> Any:
        async def callback(interaction: discord.Interaction) -> None:
            await interaction.response.send_message(_picked(select), ephemeral=True)

        return callback


class Assignment(discord.ui.Modal):
    """A form with a select of each kind."""

    def __init__(self) -> None:
        super().__init__(title="Assign", custom_id="assign")
        self.selects = _selects()
        for select in self.selects:
            self.add_item(discord.ui.Label(text=str(select.custom_id).title(), component=select))  # type: ignore[attr-defined]

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(", ".join(map(_picked, self.selects)), ephemeral=True)


@app_commands.command()
async def pickers(interaction: discord.Interaction) -> None:
    """Selects of people, roles and channels."""
    await interaction.response.send_message("pickers", view=Pickers())


@app_commands.command()
async def assign(interaction: discord.Interaction) -> None:
    """The same in a form."""
    await interaction.response.send_modal(Assignment())
