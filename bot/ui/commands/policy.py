"""The policy of a server: /admin policy with its commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands

from bot.domain.policy.layers import Source
from bot.domain.policy.presets import PRESETS
from bot.ui import admin_lists, scopes
from bot.ui.admin_room import AdminRoom
from bot.ui.answers import Interaction, guard
from bot.ui.commands.choices import Choices
from bot.ui.scopes import Channel

Look = Callable[[Interaction, Source], Awaitable[None]]
_SCOPE = {
    "channel": "For this channel or category alone",
    "role": "For who has this role",
    "user": "For this member",
}


def add_policy_commands(admin: app_commands.Group, room: AdminRoom) -> None:
    """`/admin policy ...`"""
    policy = app_commands.Group(name="policy", description="What holds here, and for whom.", parent=admin)
    _add_looking(policy, room)
    _add_changing(policy, room)
    _add_many(policy, room)


def _of_a_scope(look: Look) -> Any:
    """What a command does that looks at a scope."""

    @app_commands.describe(**_SCOPE)
    async def command(
        interaction: Interaction,
        channel: Channel | None = None,
        role: discord.Role | None = None,
        user: discord.User | None = None,
    ) -> None:
        await guard(interaction, lambda: look(interaction, scopes.named(interaction, channel, role, user)))

    return command


def _add_looking(policy: app_commands.Group, room: AdminRoom) -> None:
    async def show(interaction: Interaction, scope: Source) -> None:
        await room.lists.show(interaction, admin_lists.POLICY, scope)

    async def panel(interaction: Interaction, scope: Source) -> None:
        await room.panel.open(interaction, scope)

    looks: list[tuple[str, str, Look]] = [
        ("show", "All that is set, layer by layer.", show),
        ("panel", "See and change what is set, with selects and buttons.", panel),
    ]
    for name, description, look in looks:
        policy.command(name=name, description=description)(_of_a_scope(look))

    @policy.command(name="explain", description="What holds for a member in a channel, and who set it.")
    @app_commands.describe(
        member="Who; you, where nobody is named", channel="Where; here, where none is named"
    )
    async def explain(
        interaction: Interaction, member: discord.User | None = None, channel: Channel | None = None
    ) -> None:
        who = member or interaction.user
        await guard(interaction, lambda: room.policies.explain(interaction, who.id, channel))


def _add_changing(policy: app_commands.Group, room: AdminRoom) -> None:
    @policy.command(name="set", description="Set one setting: for the whole server, or for less.")
    @app_commands.describe(setting="Which one", value="What it is to be", **_SCOPE)
    async def set_one(
        interaction: Interaction,
        setting: str,
        value: str,
        channel: Channel | None = None,
        role: discord.Role | None = None,
        user: discord.User | None = None,
    ) -> None:
        await guard(
            interaction,
            lambda: room.policies.set(
                interaction, scopes.named(interaction, channel, role, user), setting, value
            ),
        )

    @policy.command(name="reset", description="Take back what was set: one setting, or all.")
    @app_commands.describe(
        setting="Which one; all, where none is named",
        everywhere="For all channels, roles and members",
        **_SCOPE,
    )
    async def reset(
        interaction: Interaction,
        setting: str | None = None,
        channel: Channel | None = None,
        role: discord.Role | None = None,
        user: discord.User | None = None,
        everywhere: bool = False,
    ) -> None:
        async def work() -> None:
            scope = None if everywhere else scopes.named(interaction, channel, role, user)
            await room.policies.reset(interaction, scope, setting)

        await guard(interaction, work)

    @set_one.autocomplete("setting")
    @reset.autocomplete("setting")
    async def settings(interaction: Interaction, typed: str) -> Choices:
        return await room.policies.offer_settings(interaction, typed)

    @set_one.autocomplete("value")
    async def values(interaction: Interaction, typed: str) -> Choices:
        return await room.policies.offer_values(interaction, typed)


def _add_many(policy: app_commands.Group, room: AdminRoom) -> None:
    @policy.command(name="preset", description="A whole set of rules to begin with; it asks first.")
    @app_commands.describe(name="family: nothing risky. community: a public server. open: friends.")
    @app_commands.choices(name=[app_commands.Choice(name=each, value=each) for each in PRESETS])
    async def preset(interaction: Interaction, name: str) -> None:
        await guard(interaction, lambda: room.policies.preset(interaction, name))
