"""Who a member is to Discord at this moment: their roles and rights, and what kind of place it is."""

from __future__ import annotations

from collections.abc import Awaitable
from time import monotonic
from typing import Any, TypeVar

import aiohttp
import discord

from bot.domain.job import Place
from bot.domain.policy.actors import Actor, Venue
from bot.errors import PostUncertain

_FRESH_S = 20.0  # a crowd of one member's jobs is looked up once
_UNKNOWN = (10003, 10004, 10007, 10013, 50001)  # channel, guild, member, user; one that the bot may not see
_LEADERS = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
_T = TypeVar("_T")
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
        """Of the application: a person, or those who lead a team."""
        info = await self._connected.application_info()
        self.owners = frozenset([info.owner.id]) if info.team is None else frozenset(_leaders(info.team))

    def met(self, interaction: Interaction) -> tuple[Actor, Venue]:
        """Who has just done something, and where, as Discord says with it."""
        venue = _venue(interaction.guild_id, interaction.channel_id or 0, interaction.channel)
        return self._actor(interaction.user), venue

    async def look_up(
        self, user_id: int, place: Place, member: discord.Member | None = None
    ) -> tuple[Actor, Venue]:
        """`member` is who it is, where Discord has just said so."""
        if place.guild_id is None:
            return self._stranger(user_id, present=True), Venue(None, place.channel_id)
        guild = self._connected.get_guild(place.guild_id)
        if guild is None and self._connected.is_ready():  # the bot itself was sent away
            return self._stranger(user_id, present=False), Venue(place.guild_id, place.channel_id)
        if guild is None or guild.unavailable:  # without its channels and roles
            raise PostUncertain("Discord has not told of this server yet.")
        venue = _venue(place.guild_id, place.channel_id, await _channel(guild, place.channel_id))
        member = member or await self._member(guild, user_id)
        if member is None:
            return self._stranger(user_id, present=False), venue
        return self._actor(member), venue

    @property
    def _connected(self) -> discord.Client:
        if self._client is None:
            raise PostUncertain("The bot is not connected yet.")
        return self._client

    async def _member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        now = monotonic()
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen[0] < _FRESH_S}
        if (guild.id, user_id) not in self._seen:
            self._seen[guild.id, user_id] = (now, await _asked(guild.fetch_member(user_id)))
        return self._seen[guild.id, user_id][1]

    def _actor(self, user: discord.User | discord.Member) -> Actor:
        """A right in one channel alone keeps no order in the server."""
        member = user if isinstance(user, discord.Member) else None
        rights = discord.Permissions.none() if member is None else member.guild_permissions
        return Actor(
            user_id=user.id,
            created_at=_ms(user.id),
            joined_at=round(member.joined_at.timestamp() * 1000) if member and member.joined_at else None,
            roles=tuple(role.id for role in member.roles) if member else (),
            is_owner=user.id in self.owners,
            is_admin=rights.manage_guild,
            is_moderator=rights.manage_messages,
        )

    def _stranger(self, user_id: int, *, present: bool) -> Actor:
        return Actor(
            user_id=user_id, created_at=_ms(user_id), is_owner=user_id in self.owners, present=present
        )


def _ms(snowflake: int) -> int:
    return round(discord.utils.snowflake_time(snowflake).timestamp() * 1000)


def _leaders(team: discord.Team) -> list[int]:
    """Who was asked into it but has not come, or may only read, owns nothing."""
    leaders = [
        member.id
        for member in team.members
        if member.membership_state is discord.TeamMembershipState.accepted and member.role in _LEADERS
    ]
    return leaders if team.owner_id is None else [*leaders, team.owner_id]


async def _channel(guild: discord.Guild, channel_id: int) -> Any:
    """Discord tells by itself of no thread that is archived, or private; none where it does not tell at all."""
    known = guild.get_channel_or_thread(channel_id)
    try:
        return known or await _asked(guild.fetch_channel(channel_id))
    except discord.InvalidData:  # of another server, or of a kind that is not known here
        return None


async def _asked(answer: Awaitable[_T]) -> _T | None:
    """None where there is no such thing. Raises `PostUncertain`."""
    try:
        return await answer
    except discord.HTTPException as error:
        if error.code in _UNKNOWN:
            return None
        raise PostUncertain(f"Discord answered {error.status}.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise PostUncertain(f"Discord could not be reached: {error!r}.") from error


def _venue(guild_id: int | None, channel_id: int, channel: Any) -> Venue:
    """A thread is its channel."""
    if guild_id is None:
        return Venue(None, channel_id)
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    if parent is None:
        return Venue(guild_id, getattr(channel, "parent_id", channel_id), known=False)
    restricted = bool(getattr(parent, "nsfw", False))
    return Venue(guild_id, parent.id, getattr(parent, "category_id", None), restricted)
