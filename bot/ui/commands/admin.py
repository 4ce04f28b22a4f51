"""What admins can do in their server: /admin with the commands for members, quotas, the queue, and the log."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands

from bot.domain.job import Halt
from bot.ui import admin_lists, scopes
from bot.ui.admin_room import AdminRoom
from bot.ui.answers import Interaction, guard
from bot.ui.commands.choices import Choices
from bot.ui.commands.policy import add_policy_commands

_LENGTHS = ("10m", "1h", "6h", "1d", "7d", "28d")
Reason = app_commands.Range[str, 0, 300]
User = discord.User


def admin_group(room: AdminRoom) -> app_commands.Group:
    """Discord shows it to those who may manage the server, and to all in a direct message, where the owner needs it.

    The use cases check everybody's rights again.
    """
    admin = app_commands.Group(
        name="admin",
        description="What holds in this server, and who may draw.",
        default_permissions=discord.Permissions(manage_guild=True),
    )
    add_policy_commands(admin, room)
    _add_members(admin, room)
    _add_quota(admin, room)
    _add_queue(admin, room)
    _add_looking(admin, room)
    return admin


def _add_members(admin: app_commands.Group, room: AdminRoom) -> None:
    @admin.command(name="block", description="Let a member draw nothing any more.")
    @app_commands.describe(
        member="Who", reason="Kept in the log", everywhere="In all servers; for the bot's owner only"
    )
    async def block(
        interaction: Interaction, member: User, reason: Reason = "", everywhere: bool = False
    ) -> None:
        await guard(
            interaction, lambda: room.desk.block(interaction, member.id, None, reason, everywhere=everywhere)
        )

    @admin.command(name="timeout", description="Let a member draw nothing for a while.")
    @app_commands.describe(
        member="Who",
        duration="Such as 30m, 2h, 7d or 2w",
        reason="Kept in the log",
        everywhere="In all servers; for the bot's owner only",
    )
    async def timeout(
        interaction: Interaction, member: User, duration: str, reason: Reason = "", everywhere: bool = False
    ) -> None:
        await guard(
            interaction,
            lambda: room.desk.block(interaction, member.id, duration, reason, everywhere=everywhere),
        )

    @timeout.autocomplete("duration")
    async def durations(_interaction: Interaction, typed: str) -> Choices:
        return [app_commands.Choice(name=each, value=each) for each in _LENGTHS if each.startswith(typed)]

    @admin.command(name="unblock", description="Let a member draw again.")
    @app_commands.describe(member="Who", everywhere="In all servers; for the bot's owner only")
    async def unblock(interaction: Interaction, member: User, everywhere: bool = False) -> None:
        await guard(interaction, lambda: room.desk.unblock(interaction, member.id, everywhere=everywhere))

    @admin.command(name="blocked", description="Who may not draw here, until when, and why.")
    async def blocked(interaction: Interaction) -> None:
        await guard(
            interaction, lambda: room.lists.show(interaction, admin_lists.BLOCKED, scopes.whole(interaction))
        )


def _add_quota(admin: app_commands.Group, room: AdminRoom) -> None:
    quota = app_commands.Group(name="quota", description="How much members may use.", parent=admin)

    @quota.command(name="show", description="What a member has used.")
    @app_commands.describe(member="Who")
    async def show(interaction: Interaction, member: User) -> None:
        await guard(interaction, lambda: room.desk.quota(interaction, member.id))

    @quota.command(name="grant", description="Give a member more for this hour and this day.")
    @app_commands.describe(member="Who", requests="How many more", seconds="How many more, of the GPU")
    async def grant(
        interaction: Interaction,
        member: User,
        requests: app_commands.Range[int, 0, 1000] = 0,
        seconds: app_commands.Range[int, 0, 86_400] = 0,
    ) -> None:
        await guard(interaction, lambda: room.desk.grant(interaction, member.id, requests, seconds))

    @quota.command(name="reset", description="Forget what a member has used today.")
    @app_commands.describe(member="Who")
    async def reset(interaction: Interaction, member: User) -> None:
        await guard(interaction, lambda: room.desk.reset_quota(interaction, member.id))


def _add_queue(admin: app_commands.Group, room: AdminRoom) -> None:
    queue = app_commands.Group(name="queue", description="What waits in this server.", parent=admin)

    @queue.command(name="pause", description="Draw nothing of this server; what waits keeps its place.")
    async def pause(interaction: Interaction) -> None:
        await guard(interaction, lambda: room.desk.halt(interaction, Halt.PAUSED))

    @queue.command(name="drain", description="Draw what waits, and take nothing new.")
    async def drain(interaction: Interaction) -> None:
        await guard(interaction, lambda: room.desk.halt(interaction, Halt.DRAINING))

    @queue.command(name="resume", description="Go on as usual.")
    async def resume(interaction: Interaction) -> None:
        await guard(interaction, lambda: room.desk.halt(interaction, None))

    @queue.command(name="clear", description="Cancel all that waits in this server.")
    async def clear(interaction: Interaction) -> None:
        await guard(interaction, lambda: room.desk.ask_clear(interaction))

    @queue.command(name="move", description="Have a waiting request drawn first, or last.")
    @app_commands.describe(job="Which one", place="Before or behind all that waits in this server")
    async def move(interaction: Interaction, job: str, place: Literal["first", "last"]) -> None:
        await guard(interaction, lambda: room.desk.move(interaction, job, first=place == "first"))

    @move.autocomplete("job")
    async def waiting(interaction: Interaction, typed: str) -> Choices:
        return await room.desk.offer_waiting(interaction, typed)


def _add_looking(admin: app_commands.Group, room: AdminRoom) -> None:
    @admin.command(name="audit", description="What the owner, admins and moderators did here.")
    @app_commands.describe(
        member="By whom, or about whom", act="What was done", page="The latest is on page 1"
    )
    async def audit(
        interaction: Interaction,
        member: User | None = None,
        act: str = "",
        page: app_commands.Range[int, 1, 1_000_000] = 1,
    ) -> None:
        scope, name = scopes.named(interaction, user=member), act.strip().lower()
        await guard(interaction, lambda: room.lists.show(interaction, admin_lists.AUDIT, scope, page, name))

    @audit.autocomplete("act")
    async def acts(interaction: Interaction, typed: str) -> Choices:
        return await room.lists.offer_acts(interaction, typed)

    @admin.command(name="check", description="Which of my permissions are missing where, and other trouble.")
    async def check(interaction: Interaction) -> None:
        await guard(interaction, lambda: room.desk.check(interaction))
