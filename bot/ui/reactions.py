"""Reactions on a message of ours: ❌ cancels or deletes, ✉️ sends, ⭐ keeps, 🙈 hides behind a spoiler."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

import discord

from bot.cells import Cell
from bot.domain.job import Place, Placeholder
from bot.errors import AtelierError
from bot.service.album import Album
from bot.service.asker import Asker, Spot
from bot.service.studio import Studio
from bot.ui import render
from bot.ui.answers import DEFAULT_UPLOAD_LIMIT, NETWORK_ERRORS, arguments
from bot.ui.roster import DiscordRoster

_log = logging.getLogger(__name__)
_VARIATION = "\N{VARIATION SELECTOR-16}"
Act = Callable[[discord.Client, discord.Message, Asker, Sequence[Spot]], Awaitable[None]]


class ReactionDesk:
    """Answers by what it does: a reaction has no reply. Who may not do it is passed over."""

    def __init__(self, album: Album, studio: Studio, roster: DiscordRoster) -> None:
        self._album, self._studio, self._roster = album, studio, roster

    async def added(self, client: discord.Client, payload: discord.RawReactionActionEvent) -> None:
        """Of a member, on any message; what they react to is the pictures that this message shows."""
        act = self._acts().get(payload.emoji.name.removesuffix(_VARIATION))
        own = client.user is not None and payload.message_author_id == client.user.id
        if act is None or not own:
            return
        channel = client.get_partial_messageable(payload.channel_id, guild_id=payload.guild_id)
        try:
            asker, message = await self._asker(payload), await channel.fetch_message(payload.message_id)
            if spots := render.spots(message):
                await act(client, message, asker, spots)
            elif act == self._delete and (job_id := await self._album.job_id(message.id)):
                await self._studio.cancel(asker, job_id)
        except AtelierError as error:
            _log.info("a reaction did nothing: %s", error.sentence)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            _log.warning("a reaction could not be carried out: %r", error)

    async def _asker(self, payload: discord.RawReactionActionEvent) -> Asker:
        place = Place(payload.guild_id, payload.channel_id)
        actor, venue = await self._roster.look_up(payload.user_id, place, payload.member)
        return Asker(
            interaction_id=0,
            actor=actor,
            venue=venue,
            place=place,
            locale="",
            upload_limit=DEFAULT_UPLOAD_LIMIT,
        )

    def _acts(self) -> dict[str, Act]:
        return {"❌": self._delete, "✉": self._send, "⭐": self._keep, "🙈": self._hide}

    async def _delete(
        self, _client: discord.Client, message: discord.Message, asker: Asker, spots: Sequence[Spot]
    ) -> None:
        await self._album.delete(asker, spots[0].job_id)
        await message.delete()

    async def _send(
        self, client: discord.Client, _message: discord.Message, asker: Asker, spots: Sequence[Spot]
    ) -> None:
        job, cells = await self._album.letter(asker, spots[0].job_id)
        if seen := _shown(cells, spots):
            channel = await client.create_dm(discord.Object(asker.user_id))
            sent = await channel.send(**arguments(render.pictures(job, seen)))
            await self._album.shown_in(job.id, Placeholder(channel.id, sent.id))

    async def _keep(
        self, _client: discord.Client, _message: discord.Message, asker: Asker, spots: Sequence[Spot]
    ) -> None:
        for spot in spots:
            await self._album.keep(asker, spot)

    async def _hide(
        self, _client: discord.Client, message: discord.Message, asker: Asker, spots: Sequence[Spot]
    ) -> None:
        job, cells = await self._album.hide(asker, spots[0].job_id)
        await message.edit(attachments=render.files(job, _shown(cells, spots)))


def _shown(cells: Sequence[Cell], spots: Sequence[Spot]) -> list[Cell]:
    return [cell for cell in cells if cell.stored.cell in {spot.cell for spot in spots}]
