"""The Discord client: built from its parts without touching the network, then kept connected."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
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

from bot.errors import AtelierError, ConfigError
from bot.service.members import Members
from bot.service.services import Services
from bot.ui.admin_room import build_admin_room
from bot.ui.answers import NETWORK_ERRORS, Interaction, remember_locale, whisper
from bot.ui.commands.admin import admin_group
from bot.ui.commands.choices import Chooser
from bot.ui.commands.context_menus import MenuDesk, context_menus
from bot.ui.commands.drawing import drawing_commands
from bot.ui.commands.looking import looking_commands
from bot.ui.commands.owner import owner_commands
from bot.ui.commands.rights import add_review_commands, rights_commands
from bot.ui.door import Door
from bot.ui.gallery import GalleryDesk
from bot.ui.herald import DiscordHerald
from bot.ui.languages.commands import CommandTranslator
from bot.ui.machine import MachineDesk
from bot.ui.panels import PanelDesk
from bot.ui.poster import DiscordPoster
from bot.ui.presses import Switchboard
from bot.ui.privacy import PrivacyDesk
from bot.ui.provenance import ProvenanceDesk
from bot.ui.reactions import ReactionDesk
from bot.ui.requests import RequestDesk
from bot.ui.reviews import ReviewDesk
from bot.ui.roster import DiscordRoster
from bot.ui.stewardship import StewardDesk
from engine.sentence import say

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


class _Tree(app_commands.CommandTree["AtelierClient"]):
    """Answers what discord.py itself refuses: a command or an option of another version."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Every command may run where the bot answers at all; its answers are in the member's language."""
        await self.client.learn_locale(interaction)
        return await self.client.door.opens(interaction)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        _log.warning("a command was refused: %r", error)
        await whisper(interaction, say("This command has changed; type `/` and choose it again."))


class AtelierClient(discord.Client):
    """A client without privileged intents, member cache or message cache, that pings nobody by itself."""

    def __init__(
        self,
        switchboard: Switchboard,
        reactions: ReactionDesk,
        members: Members,
        roster: DiscordRoster,
        door: Door,
        guild_id: int | None,
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self._switchboard, self._reactions, self._members = switchboard, reactions, members
        self.roster, self.door = roster, door
        self.tree = _Tree(self)
        self.logged_in = asyncio.Event()
        self._guild = discord.Object(guild_id) if guild_id else None

    async def setup_hook(self) -> None:
        """Runs once after the login: the bot learns its owners, and Discord the commands, in every language."""
        await self.roster.learn_owners()
        await self.tree.set_translator(CommandTranslator())
        if self._guild is not None:
            self.tree.copy_global_to(guild=self._guild)
        await self.tree.sync(guild=self._guild)
        self.logged_in.set()

    async def on_ready(self) -> None:
        _log.info("connected as %s, in %d servers", self.user, len(self.guilds))

    async def learn_locale(self, interaction: Interaction) -> None:
        """Not worth an answer: where the settings cannot be read, the language is that of the member's Discord."""
        with suppress(AtelierError):
            preferences = await self._members.preferences(interaction.user.id)
            remember_locale(interaction, preferences.locale)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Presses and forms go to the switchboard whichever process made them; commands go to the tree."""
        if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            return
        await self.learn_locale(interaction)
        if not await self.door.opens(interaction):
            return
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        if interaction.type is discord.InteractionType.component:
            await self._switchboard.press(interaction, custom_id)
        else:
            await self._switchboard.submit(interaction, custom_id)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        if self.user is not None and payload.user_id != self.user.id:
            await self._reactions.added(self, payload)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        _log.exception("the handler of %s failed", event_method)


def build_client(
    services: Services,
    poster: DiscordPoster,
    roster: DiscordRoster,
    herald: DiscordHerald,
    guild_id: int | None = None,
) -> AtelierClient:
    """The client with all its commands and buttons; nothing is sent before `stay_connected` or `start`."""
    requests = RequestDesk(services.studio, services.orders, poster)
    gallery = GalleryDesk(services.album, services.moderation)
    panels = PanelDesk(services.studio, services.album, services.members, services.warden, services.inventory)
    reviews, privacy = ReviewDesk(services.moderation), PrivacyDesk(services.privacy)
    room = build_admin_room(services.administration, services.policies, NEEDED_PERMISSIONS)
    admin = admin_group(room)
    add_review_commands(admin, reviews)
    steward = StewardDesk(services.stewardship, services.notices)
    menus = MenuDesk(services.album, services.retouching, services.provenance, requests)
    chooser = Chooser(services.inventory, services.studio)
    switchboard = Switchboard(
        services.retouching, services.album, services.members,
        requests, gallery, panels, reviews, privacy, room, steward,
    )  # fmt: skip
    reactions = ReactionDesk(services.album, services.studio, roster)
    client = AtelierClient(switchboard, reactions, services.members, roster, Door(services.warden), guild_id)
    for each in (poster, roster, herald):
        each.attach(client)
    for command in (
        *drawing_commands(requests, chooser),
        *looking_commands(gallery, panels, chooser),
        *rights_commands(privacy, reviews, ProvenanceDesk(services.provenance, requests)),
        *owner_commands(MachineDesk(services.ownership), steward, chooser),
        admin,
        *context_menus(menus),
    ):
        client.tree.add_command(command)
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
