"""Edits a job's one message: through the interaction while its token lives, else by channel and id."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import discord

from bot.cells import Cell
from bot.domain.job import Job, Placeholder
from bot.domain.status import Ended, Status
from bot.errors import MessageGone, PostForbidden, PostRefused, PostUncertain
from bot.ui import render
from bot.ui.answers import arguments
from bot.ui.languages import translate
from engine.sentence import say

_TOKEN_LIFE_S = 14 * 60  # Discord lets an interaction's token live for 15 minutes
_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE = 10003, 10008
_DEAD_TOKEN = (10015, 50027)
_SEARCHED_MESSAGES = 100
_LONG_WAIT_S = 120.0  # after which a member is pinged without having asked for it
_T = TypeVar("_T")


class DiscordPoster:
    """`bot.delivery.Poster` on the real Discord; `attach` gives it the client to speak through."""

    def __init__(self) -> None:
        self._client: discord.Client | None = None
        self._live: dict[str, tuple[float, discord.Interaction[Any]]] = {}

    def attach(self, client: discord.Client) -> None:
        self._client = client

    def remember(self, job_id: str, interaction: discord.Interaction[Any]) -> None:
        """Edits of this job may go through this interaction while it lives."""
        now = time.monotonic()
        self._live = {job: entry for job, entry in self._live.items() if now - entry[0] < _TOKEN_LIFE_S}
        self._live[job_id] = (now, interaction)

    async def show_status(self, job: Job, status: Status, preview: bytes | None) -> None:
        await self._edit(job, lambda: render.status(job, status, preview))
        if isinstance(status, Ended):
            self._live.pop(job.id, None)

    async def show_pictures(self, job: Job, cells: Sequence[Cell]) -> None:
        await self._edit(job, lambda: render.pictures(job, cells))
        self._live.pop(job.id, None)

    async def tell(self, job: Job, cells: Sequence[Cell]) -> Placeholder | None:
        waited_s = time.time() - job.created_at / 1000
        placeholder = job.placeholder
        if placeholder is not None and (job.order.notify or waited_s > _LONG_WAIT_S):
            await _told(lambda: self._ping(job, placeholder))
        if job.order.auto_dm and not job.order.private and job.order.place.guild_id is not None:
            return await _told(lambda: self._copy(job, cells))
        return None

    async def _ping(self, job: Job, placeholder: Placeholder) -> None:
        """The one message that mentions somebody; Discord drops a second one of the same nonce."""
        text = translate(
            say("{member}, your pictures are ready.", member=f"<@{job.order.user_id}>"), job.order.locale
        )
        reference = discord.MessageReference(
            message_id=placeholder.message_id, channel_id=placeholder.channel_id, fail_if_not_exists=False
        )
        mentions = discord.AllowedMentions.none()
        mentions.users = [discord.Object(job.order.user_id)]
        channel = self._connected.get_partial_messageable(placeholder.channel_id)
        await channel.send(text, reference=reference, allowed_mentions=mentions, nonce=f"ping-{job.id}")

    async def _copy(self, job: Job, cells: Sequence[Cell]) -> Placeholder:
        channel = await self._connected.create_dm(discord.Object(job.order.user_id))
        sent = await channel.send(**arguments(render.pictures(job, cells)), nonce=f"copy-{job.id}")
        return Placeholder(channel.id, sent.id)

    async def find_placeholder(self, job: Job) -> Placeholder | None:
        """The message that carries a button of this job, if a crash came before its id was written down."""
        channel: discord.abc.Messageable
        if job.order.private:
            channel = await self._connected.create_dm(discord.Object(job.order.user_id))
        else:
            channel = self._connected.get_partial_messageable(job.order.place.channel_id)
        since = datetime.fromtimestamp(job.created_at / 1000, UTC) - timedelta(minutes=1)

        async def search() -> Placeholder | None:
            async for message in channel.history(limit=_SEARCHED_MESSAGES, after=since, oldest_first=True):
                if _carries(message, job.id):
                    return Placeholder(message.channel.id, message.id)
            return None

        return await _told(search)

    @property
    def _connected(self) -> discord.Client:
        if self._client is None:
            raise PostUncertain("The bot is not connected yet.")
        return self._client

    async def _edit(self, job: Job, message: Callable[[], render.Message]) -> None:
        live = self._live.get(job.id)
        if live is not None and time.monotonic() - live[0] < _TOKEN_LIFE_S:
            try:
                await _told(lambda: _apply(live[1].edit_original_response, message()))
            except _TokenDied:
                self._live.pop(job.id, None)
            else:
                return
        placeholder = job.placeholder
        if placeholder is None:
            raise MessageGone(say("The message of this request is gone."))
        channel = self._connected.get_partial_messageable(placeholder.channel_id)
        await _told(lambda: _apply(channel.get_partial_message(placeholder.message_id).edit, message()))


class _TokenDied(PostUncertain):
    """The interaction cannot be used any more; the message itself can."""


async def _apply(edit: Callable[..., Awaitable[Any]], message: render.Message) -> None:
    files = discord.utils.MISSING if message.files is None else message.files
    await edit(content=message.content, embeds=message.embeds, attachments=files, view=message.view)


async def _told(action: Callable[[], Awaitable[_T]]) -> _T:
    """Discord's refusals as our own errors."""
    try:
        return await action()
    except discord.HTTPException as error:
        raise _translated(error) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise PostUncertain(f"Discord could not be reached: {error!r}.") from error


def _translated(error: discord.HTTPException) -> MessageGone | PostRefused | PostUncertain:
    if error.code in (_UNKNOWN_MESSAGE, _UNKNOWN_CHANNEL):
        return MessageGone(say("The message of this request is gone."))
    if error.code in _DEAD_TOKEN:
        return _TokenDied("The interaction's token is not valid any more.")
    if error.status >= 500 or error.status == 429:
        return PostUncertain(f"Discord answered {error.status}.")
    if error.status == 403:
        return PostForbidden(say("I may not write in that channel any more."))
    return PostRefused(
        say("Discord does not take this message: {reason}.", reason=error.text or error.status)
    )


def _carries(message: discord.Message, job_id: str) -> bool:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    ids = [getattr(item, "custom_id", None) or "" for row in rows for item in row.children]
    return any(job_id in custom_id.split(":") for custom_id in ids)
