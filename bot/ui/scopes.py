"""Where a rule holds: as an admin names it, as a custom_id carries it, and as Discord shows it."""

from __future__ import annotations

import re
from typing import Any, cast

import discord
from discord import app_commands

from bot.domain.policy.layers import Layer, Source
from bot.errors import BadRequest
from bot.ui.answers import Interaction, chosen
from bot.ui.languages import translate
from engine.sentence import say

_PATTERN = re.compile(r"(guild|category|channel|role|user)([0-9]{1,19})")
_THREADS = frozenset({10, 11, 12})
_LARGEST_ID = 2**63 - 1
_NAMES = {Layer.STUDIO: say("the owner's settings"), Layer.GUILD: say("this server")}
_MENTIONS = {Layer.CATEGORY: "<#{}>", Layer.CHANNEL: "<#{}>", Layer.ROLE: "<@&{}>", Layer.USER: "<@{}>"}


def whole(interaction: Interaction) -> Source:
    """The whole server."""
    return Source(Layer.GUILD, interaction.guild_id or 0)


def named(
    interaction: Interaction,
    channel: Source | None = None,
    role: discord.Role | None = None,
    user: discord.User | discord.Member | None = None,
) -> Source:
    """What the options of a command say; the whole server where they say nothing. Raises `BadRequest` for several."""
    given = [
        source
        for source in (
            channel,
            role and Source(Layer.ROLE, role.id),
            user and Source(Layer.USER, user.id),
        )
        if source
    ]
    if len(given) > 1:
        raise BadRequest(say("Choose one of channel, role and user; leave all out for the whole server."))
    return given[0] if given else whole(interaction)


def around(interaction: Interaction, scope: Source) -> list[Source]:
    """What is wider, the nearest first: the category of a channel, where it is in one, and the server."""
    here = interaction.guild if scope.layer is Layer.CHANNEL else None
    channel = here and here.get_channel(scope.target_id or 0)
    category_id = channel and channel.category_id
    return [*([Source(Layer.CATEGORY, category_id)] if category_id else []), whole(interaction)]


def picked(interaction: Interaction, kind: str) -> Source | None:
    """What was picked in a select for channels, roles or users; none for anything else."""
    target, data = "".join(chosen(interaction)), cast("Any", interaction.data) or {}
    if channel := data.get("resolved", {}).get("channels", {}).get(target):
        return _of_channel(channel["type"], channel["id"], channel.get("parent_id"))
    return decoded(interaction, f"{kind}{target}")


def encoded(scope: Source) -> str:
    """`channel1234`"""
    return f"{scope.layer}{scope.target_id}"


def decoded(interaction: Interaction, text: str) -> Source | None:
    """What `encoded` wrote, in this server; none for anything else."""
    match = _PATTERN.fullmatch(text)
    if match is None or int(match[2]) > _LARGEST_ID:
        return None
    scope = Source(Layer(match[1]), int(match[2]))
    return whole(interaction) if scope.layer is Layer.GUILD else scope


def shown(scope: Source, locale: str) -> str:
    """As a mention, which pings nobody."""
    if scope.layer in _NAMES:
        return translate(_NAMES[scope.layer], locale)
    if scope.layer is Layer.USER and (scope.target_id or 0) < 0:  # a stand-in
        return translate(say("a member who had their data deleted"), locale)
    return _MENTIONS[scope.layer].format(scope.target_id)


class ChannelScope(app_commands.Transformer):
    """An option for channels and categories of every kind."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    async def transform(self, _interaction: Interaction, value: Any, /) -> Source:
        return _of_channel(value.type.value, value.id, getattr(value, "parent_id", None))


def _of_channel(kind: int, channel_id: int | str, parent_id: int | str | None) -> Source:
    """A thread is its channel."""
    if kind in _THREADS and parent_id is not None:
        channel_id = parent_id
    is_category = kind == discord.ChannelType.category.value
    return Source(Layer.CATEGORY if is_category else Layer.CHANNEL, int(channel_id))


Channel = app_commands.Transform[Source, ChannelScope]
