"""The Discord client: built from its parts without touching the network, then kept connected."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import discord
from discord import app_commands
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_if_not_exception_type,
    wait_exponential_jitter,
)

from bot.errors import ConfigError
from bot.service import Studio
from bot.ui.buttons import JobButton
from bot.ui.commands import add_commands
from bot.ui.desk import NETWORK_ERRORS, Desk, Interaction, whisper
from bot.ui.poster import DiscordPoster

_log = logging.getLogger(__name__)
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # a studio needs no voice
NEEDED_PERMISSIONS = discord.Permissions(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)
_FATAL = (discord.LoginFailure, discord.PrivilegedIntentsRequired)
_HEALTHY_S = 600.0
_RESUMABLE = 4000  # a close code other than 1000 and 1001 keeps the session
# Discord allows 1,000 connects a day; from the eighth failure on there are at most 480.
_BACKOFF = wait_exponential_jitter(multiplier=1, max=180, jitter=2)


class _Tree(app_commands.CommandTree[Any]):
    """Answers what discord.py itself refuses: a command or an option of another version."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        _log.warning("a command was refused: %r", error)
        await whisper(interaction, "This command has changed; type `/` and choose it again.")


class AtelierClient(discord.Client):
    """A client without privileged intents, member cache or message cache, that pings nobody."""

    def __init__(self, desk: Desk, guild_id: int | None) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.desk = desk
        self.tree = _Tree(self)
        self.logged_in = asyncio.Event()
        self._guild = discord.Object(guild_id) if guild_id else None

    async def setup_hook(self) -> None:
        """Runs once after the login: old buttons work again, and Discord learns the commands."""
        self.add_dynamic_items(JobButton)
        if self._guild is not None:
            self.tree.copy_global_to(guild=self._guild)
        await self.tree.sync(guild=self._guild)
        self.logged_in.set()

    async def on_ready(self) -> None:
        _log.info("connected as %s, in %d servers", self.user, len(self.guilds))

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        _log.exception("the handler of %s failed", event_method)


def build_client(studio: Studio, poster: DiscordPoster, guild_id: int | None = None) -> AtelierClient:
    """The client with all its commands and buttons; nothing is sent before `stay_connected` or `start`."""
    desk = Desk(studio, poster)
    client = AtelierClient(desk, guild_id)
    poster.attach(client)
    add_commands(client.tree, desk)
    return client


def invite_url(application_id: int) -> str:
    """The address that adds the bot to a server with just the permissions it needs."""
    return discord.utils.oauth_url(application_id, permissions=NEEDED_PERMISSIONS)


async def stay_connected(client: discord.Client, token: str) -> None:
    """Log in and stay connected until the client is closed, whatever the network does.

    Raises `ConfigError` when Discord refuses the token or an intent: waiting cannot help there.
    """
    try:
        async for attempt in _retrying(retry_if_exception_type((discord.HTTPException, *NETWORK_ERRORS))):
            with attempt:
                await client.login(token)
        while not client.is_closed():
            async for attempt in _retrying(retry_if_not_exception_type((*_FATAL, asyncio.CancelledError))):
                with attempt:
                    await _connect(client)
    except discord.LoginFailure as error:
        raise ConfigError(
            "Discord refuses the bot token; copy a fresh one from https://discord.com/developers/applications."
        ) from error
    except discord.PrivilegedIntentsRequired as error:
        raise ConfigError(
            "Discord refuses an intent of this bot; Atelier needs none but the default ones."
        ) from error


async def _connect(client: discord.Client) -> None:
    """Returns when the client was closed, or after a connection that was healthy for long: then waits start anew."""
    started = time.monotonic()
    try:
        await client.connect(reconnect=True)
    except _FATAL:
        raise
    except Exception:  # discord.py lets errors of its parsers and of a failed first connect through
        if client.ws is not None:
            await client.ws.close(code=_RESUMABLE)
        if time.monotonic() - started < _HEALTHY_S:
            raise
        _log.exception("the connection to Discord broke; connecting again")


def _retrying(retry: Any) -> AsyncRetrying:
    return AsyncRetrying(retry=retry, wait=_BACKOFF, before_sleep=_say, reraise=True)


def _say(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    wait = state.next_action.sleep if state.next_action else 0
    _log.warning("the connection to Discord failed (%r); next try in %.0f s", error, wait)
