"""Who a member is to Discord at this moment: their roles and rights, and what kind of place it is."""

from __future__ import annotations

from time import monotonic
from typing import Any

import aiohttp
import discord

from bot.domain.job import Place
from bot.domain.policy.actors import Actor, Venue
from bot.errors import PostUncertain

_FRESH_S = 20.0  # a crowd of one member's jobs is looked up once
_UNKNOWN = (10004, 10007, 10013)  # guild, member, user
Interaction = discord.Interaction[Any]


class DiscordRoster:
    """`bot.service.roster.Roster` on the real Discord; `attach` gives it the client to ask through."""

    def __init__(self) -> None:
        self._client: discord.Client | None = None
        self._seen: dict[tuple[int, int], tuple[float, discord.Member | None]] = {}
        self.owners: frozenset[int] = frozenset()

    def attach(self, client: discord.Client) -> None:
        self._client = client

    async def learn_owners(self) -> None:
        """Of the application: a person, or the members of a team."""
        info = await self._connected.application_info()
        self.owners = frozenset(each.id for each in (info.team.members if info.team else [info.owner]))

    def met(self, interaction: Interaction) -> tuple[Actor, Venue]:
        """Who has just done something, and where, as Discord says with it."""
        venue = _venue(interaction.guild_id, interaction.channel_id or 0, interaction.channel)
        return self._actor(interaction.user, interaction.permissions), venue

    async def look_up(self, user_id: int, place: Place) -> tuple[Actor, Venue]:
        if place.guild_id is None:
            return self._stranger(user_id, present=True), Venue(None, place.channel_id)
        guild = self._connected.get_guild(place.guild_id)
        if guild is None:
            if self._connected.is_ready():  # the bot itself was sent away
                return self._stranger(user_id, present=False), Venue(place.guild_id, place.channel_id)
            raise PostUncertain("The bot is not connected yet.")
        channel = guild.get_channel_or_thread(place.channel_id)
        venue = _venue(place.guild_id, place.channel_id, channel)
        member = await self._member(guild, user_id)
        if member is None:
            return self._stranger(user_id, present=False), venue
        rights = channel.permissions_for(member) if channel is not None else member.guild_permissions
        return self._actor(member, rights), venue

    @property
    def _connected(self) -> discord.Client:
        if self._client is None:
            raise PostUncertain("The bot is not connected yet.")
        return self._client

    async def _member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        now = monotonic()
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[0] < _FRESH_S}
        if (guild.id, user_id) not in self._seen:
            self._seen[guild.id, user_id] = (now, await _fetched(guild, user_id))
        return self._seen[guild.id, user_id][1]

    def _actor(self, user: discord.User | discord.Member, rights: discord.Permissions) -> Actor:
        member = user if isinstance(user, discord.Member) else None
        return Actor(
            user_id=user.id,
            created_at=_ms(user.id),
            joined_at=round(member.joined_at.timestamp() * 1000) if member and member.joined_at else None,
            roles=tuple(role.id for role in member.roles) if member else (),
            is_owner=user.id in self.owners,
            is_admin=member is not None and rights.manage_guild,
            is_moderator=member is not None and rights.manage_messages,
        )

    def _stranger(self, user_id: int, *, present: bool) -> Actor:
        return Actor(
            user_id=user_id, created_at=_ms(user_id), is_owner=user_id in self.owners, present=present
        )


def _ms(snowflake: int) -> int:
    return round(discord.utils.snowflake_time(snowflake).timestamp() * 1000)


async def _fetched(guild: discord.Guild, user_id: int) -> discord.Member | None:
    try:
        return await guild.fetch_member(user_id)
    except discord.HTTPException as error:
        if error.code in _UNKNOWN:
            return None
        raise PostUncertain(f"Discord answered {error.status}.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise PostUncertain(f"Discord could not be reached: {error!r}.") from error


def _venue(guild_id: int | None, channel_id: int, channel: Any) -> Venue:
    """A thread is its channel."""
    if guild_id is None or channel is None:
        return Venue(guild_id, channel_id)
    channel = getattr(channel, "parent", None) or channel
    restricted = bool(getattr(channel, "nsfw", False))
    return Venue(guild_id, channel.id, getattr(channel, "category_id", None), restricted)
