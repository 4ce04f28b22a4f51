"""Speaks in servers: in the system channel, or else in the first one in which the bot may write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import discord

from bot.errors import ConfigError, PostRefused, PostUncertain
from engine.sentence import say

_PATIENCE_S = 60.0


class DiscordHerald:
    """`bot.service.herald.Herald` on the real Discord; `attach` gives it the client to speak through."""

    def __init__(self) -> None:
        self._client: discord.Client | None = None

    def attach(self, client: discord.Client) -> None:
        self._client = client

    def guilds(self) -> Mapping[int, str]:
        return {guild.id: guild.name for guild in (self._client.guilds if self._client else ())}

    def may_speak(self, guild_id: int) -> bool:
        return self._channel(guild_id) is not None

    async def speak(self, guild_id: int, text: str, nonce: str) -> None:
        channel = self._channel(guild_id)
        if channel is None:
            raise PostRefused(say("There is no channel in which I may write."))
        try:
            await channel.send(text, allowed_mentions=discord.AllowedMentions.none(), nonce=nonce)
        except discord.HTTPException as error:
            kind = PostUncertain if error.status >= 500 else PostRefused
            raise kind(f"Discord answered {error.status}.") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PostUncertain(f"Discord could not be reached: {error!r}.") from error

    def _channel(self, guild_id: int) -> discord.TextChannel | None:
        """As far as is known here: who asks Discord in each server is refused too often."""
        guild = None if self._client is None else self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or guild.me is None:
            return None
        channels = [guild.system_channel] if guild.system_channel else []
        return next((each for each in (*channels, *guild.text_channels) if _may_write(each)), None)


@asynccontextmanager
async def connected_herald(token: str) -> AsyncIterator[DiscordHerald]:
    """A herald with a connection of its own, for a bot that rests. Raises `ConfigError` and `PostUncertain`."""
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        max_messages=None,
    )
    herald = DiscordHerald()
    herald.attach(client)
    async with client:
        life = asyncio.create_task(client.start(token))
        try:
            await _ready(client, life)
            yield herald
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)


async def _ready(client: discord.Client, life: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(client.wait_until_ready())
    try:
        done, _ = await asyncio.wait({life, ready}, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if life in done:
            life.result()
    except discord.LoginFailure as error:
        raise ConfigError(
            "Discord refuses the bot token; copy a fresh one from the developer portal."
        ) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise PostUncertain(f"Discord cannot be reached: {error}.") from error
    finally:
        ready.cancel()
    if ready not in done:
        raise PostUncertain("Discord has not answered for a minute; try again later.")


def _may_write(channel: discord.TextChannel) -> bool:
    held = channel.permissions_for(channel.guild.me)
    return held.view_channel and held.send_messages
