"""Answers an interaction: in time, once, in the member's language, and with a sentence when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from bot.domain.job import Place, Placeholder
from bot.domain.text import cut_formatted
from bot.errors import AtelierError, DrawnUnchecked, Expired
from bot.service.asker import Asker
from bot.ui import buttons
from bot.ui.languages import translate
from bot.ui.render import Message
from engine.sentence import say

_log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION = 40060, 10062
_TOO_LATE = (_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION)
_LOCALE = "locale"
DEFAULT_UPLOAD_LIMIT = 10 * 2**20


def asker(interaction: Interaction) -> Asker:
    """Who asks, as the use cases know them."""
    actor, venue = interaction.client.roster.met(interaction)
    return Asker(
        interaction_id=interaction.id,
        actor=actor,
        venue=venue,
        place=Place(interaction.guild_id, interaction.channel_id or 0),
        locale=locale_of(interaction),
        upload_limit=interaction.filesize_limit or DEFAULT_UPLOAD_LIMIT,
    )


def locale_of(interaction: Interaction) -> str:
    """The language that the member has chosen here, as `remember_locale` found it, else that of their Discord."""
    chosen: str | None = interaction.extras.get(_LOCALE)
    return chosen or str(interaction.locale)


def remember_locale(interaction: Interaction, locale: str | None) -> None:
    """For the answers to this interaction."""
    interaction.extras[_LOCALE] = locale


async def guard(interaction: Interaction, work: Callable[[], Awaitable[None]]) -> None:
    """The UI boundary: a member gets a sentence, the log gets the rest."""
    try:
        await work()
    except (Expired, DrawnUnchecked) as error:
        await whisper(interaction, error.sentence, buttons.redraw(error.job_id, locale_of(interaction)))
    except AtelierError as error:
        await whisper(interaction, error.sentence)
    except Exception as error:
        if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
            _log.warning("an interaction was answered too late or twice: %s", error.code)
            return
        reference = secrets.token_hex(4)
        _log.exception("an interaction failed, reference %s", reference)
        await whisper(
            interaction,
            say(
                "Something went wrong on our side. Tell the owner: reference `{reference}`.",
                reference=reference,
            ),
        )


async def whisper(
    interaction: Interaction,
    sentence: str,
    view: discord.ui.View | None = None,
    embed: discord.Embed | None = None,
    files: list[discord.File] | None = None,
) -> None:
    """Something that only this member sees; a lost one is logged, since nothing else depends on it."""
    text = cut_formatted(translate(sentence, locale_of(interaction)), 2000)
    shown: dict[str, Any] = {"view": view or discord.utils.MISSING, "embed": embed or discord.utils.MISSING}
    shown |= {"files": files or discord.utils.MISSING}
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, **shown)
        else:
            await interaction.response.send_message(text, ephemeral=True, **shown)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.warning("an answer was lost: %r", error)


async def think(interaction: Interaction) -> None:
    """The answer to a command, for this member alone, may take longer than the seconds that Discord waits."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def answer(interaction: Interaction, message: Message) -> Placeholder:
    """The first answer, repeated when its outcome is unknown: a second arrival is refused by Discord, not shown."""
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(NETWORK_ERRORS),
        wait=wait_fixed(0.2),
        stop=stop_after_attempt(3),
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                sent = await interaction.response.send_message(**arguments(message))
        message_id = sent.message_id
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        message_id = (await interaction.original_response()).id
    return Placeholder(interaction.channel_id or 0, message_id or 0)


def arguments(message: Message) -> dict[str, Any]:
    """A new message, as every `send` of discord.py takes it: a channel's writes `MISSING` as "..."."""
    shown = {
        "content": message.content,
        "embeds": message.embeds,
        "files": message.files,
        "view": message.view,
    }
    return {name: value for name, value in shown.items() if value}


def chosen(interaction: Interaction) -> list[str]:
    """What was chosen in a select; empty for a button."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values", [])]


async def update(interaction: Interaction, sentence: str) -> None:
    """The sentence takes the place of the message whose button was pressed, and of its buttons."""
    text = cut_formatted(translate(sentence, locale_of(interaction)), 2000)
    await interaction.response.edit_message(content=text, view=None)
