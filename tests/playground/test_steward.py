"""What administrators change while the bot runs reaches the bot, its permissions and its commands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import discord
import pytest

from bot.playground import DeniedError, Playground
from bot.playground.permissions import ATTACH_FILES
from tests.playground.studio_bot import StudioBot


async def heard(bot: StudioBot, event: str, change: Callable[[], None]) -> None:
    """Make a change and wait until the client has taken note of it."""
    waiting = asyncio.create_task(bot.wait_for(event, timeout=10))
    await asyncio.sleep(0)
    change()
    await waiting


def studio(bot: StudioBot, playground: Playground) -> discord.TextChannel:
    channel = bot.get_channel(playground.world.channel_named("studio").id)
    assert isinstance(channel, discord.TextChannel)
    return channel


async def test_a_channel_can_become_age_restricted(playground: Playground, bot: StudioBot) -> None:
    channel = playground.world.channel_named("studio")
    await heard(bot, "guild_channel_update", lambda: playground.steward.set_age_restricted(channel, True))
    assert studio(bot, playground).nsfw
    assert (await playground.member("ada").command("studio", "grown_up")).acknowledged


async def test_an_interaction_tells_the_permissions_of_the_moment(
    playground: Playground, bot: StudioBot
) -> None:
    channel, own = playground.world.channel_named("studio"), playground.world.application.bot
    moderator = playground.world.role_named("Moderator")
    ada = playground.member("ada")
    steward = playground.steward
    changes: list[Callable[[], None]] = [
        lambda: steward.give_role(own, moderator),
        lambda: steward.take_role(own, moderator),
        lambda: steward.set_overwrite(channel, own, deny=ATTACH_FILES),
        lambda: steward.set_overwrite(channel, own),
    ]
    held: list[discord.Permissions] = []
    for change in changes:
        change()
        await ada.command("studio", "say", text="x")
        held.append((await bot.interactions.get()).app_permissions)
    assert [each.manage_messages for each in held] == [True, False, False, False]
    assert [each.attach_files for each in held] == [True, True, False, True]


async def test_a_removed_bot_loses_the_guild_and_its_commands(playground: Playground, bot: StudioBot) -> None:
    own = playground.world.application.bot
    await heard(bot, "guild_remove", lambda: playground.steward.remove_member(own))
    assert not bot.guilds
    with pytest.raises(DeniedError):
        await playground.member("ada").command("studio", "say", text="x")


async def test_a_deleted_channel_is_gone_for_the_bot(playground: Playground, bot: StudioBot) -> None:
    channel = playground.world.channel_named("gallery")
    await heard(bot, "guild_channel_delete", lambda: playground.steward.delete_channel(channel))
    assert bot.get_channel(channel.id) is None
