"""At the desk for pictures that are there: showing, keeping, copying, sending, deleting and reporting them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from io import BytesIO

import discord

from bot.cells import Cell
from bot.domain.album import Report
from bot.domain.job import Job, Placeholder
from bot.domain.text import units
from bot.errors import BadRequest
from bot.service.album import Album
from bot.service.moderation import Moderation
from bot.ui import modals, render
from bot.ui.answers import NETWORK_ERRORS, Interaction, answer, arguments, asker, chosen, guard, whisper
from bot.ui.custom_ids import Press
from engine.sentence import say

_log = logging.getLogger(__name__)
_LONGEST_LINE = 1900  # units that fit into a message


class GalleryDesk:
    """Handlers of presses; the switchboard guards them. Those of commands guard themselves."""

    def __init__(self, album: Album, moderation: Moderation) -> None:
        self._album, self._moderation = album, moderation

    async def show(self, interaction: Interaction, job_id: str) -> None:
        async def work() -> None:
            await self._show(interaction, job_id.strip().lower())

        await guard(interaction, work)

    async def show_chosen(self, interaction: Interaction, press: Press) -> None:
        """From the select under a list, or from a button."""
        await self._show(interaction, (chosen(interaction) or [press.subject])[0])

    async def pick(self, interaction: Interaction, press: Press) -> None:
        """One picture of a grid in a message of its own: the grid's own file, not a new drawing."""
        job, cell = await self._album.show_one(asker(interaction), press.spot)
        await self._post(interaction, job, [cell])

    async def favourite(self, interaction: Interaction, press: Press) -> None:
        kept = await self._album.toggle_favourite(asker(interaction), press.spot)
        await whisper(
            interaction,
            say("❤️ Kept. `/favorites` shows all of them.")
            if kept
            else say("No longer one of your favourites."),
        )

    async def copy(self, interaction: Interaction, press: Press) -> None:
        """The words that draw the pictures of the message again, every letter of them."""
        whole = interaction.message is not None and len(interaction.message.attachments) > 1
        line = f"/imagine prompt:{await self._album.line(asker(interaction), press.spot, whole=whole)}"
        if units(line) <= _LONGEST_LINE and "```" not in line:
            await whisper(interaction, f"```\n{line}\n```")
        else:
            file = discord.File(BytesIO(line.encode()), "imagine.txt")
            await whisper(
                interaction, say("A message cannot show this line; copy it from the file."), files=[file]
            )

    async def send(self, interaction: Interaction, press: Press) -> None:
        """One picture where the message shows one, else all of the job, as a direct message."""
        alone = interaction.message is not None and len(interaction.message.attachments) == 1
        job, cells = await self._album.letter(
            asker(interaction), press.subject, press.cell if alone else None
        )
        try:
            sent = await interaction.user.send(**arguments(render.pictures(job, cells)))
        except discord.Forbidden:
            raise BadRequest(say("I cannot send you direct messages; allow them for this server.")) from None
        await self._album.shown_in(job.id, Placeholder(sent.channel.id, sent.id))
        await whisper(interaction, say("✉️ Sent to you."))

    async def delete(self, interaction: Interaction, press: Press) -> None:
        """The message, and the pictures of its job."""
        await self._album.delete(asker(interaction), press.subject)
        try:  # as an answer: that needs no right in the channel, and reaches what only one member sees
            await interaction.response.defer()
            await interaction.delete_original_response()
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            _log.warning("a message could not be deleted: %r", error)
        await whisper(interaction, say("🗑️ Deleted."))

    async def reported(self, interaction: Interaction, press: Press) -> None:
        """What a member filled into the form of `Report`; the subject is the message, the extra its job."""
        reason = modals.filled(interaction).text("reason")
        message_id = int(press.subject) if press.subject.isdigit() else 0
        await self._moderation.report(
            Report(
                user_id=interaction.user.id,
                job_id=press.extra or await self._album.job_id(message_id),
                guild_id=interaction.guild_id,
                channel_id=interaction.channel_id or 0,
                message_id=message_id,
                reason=reason,
            )
        )
        await whisper(interaction, say("Thank you. The moderators will look at it."))

    async def _show(self, interaction: Interaction, job_id: str) -> None:
        job, cells = await self._album.show(asker(interaction), job_id)
        await self._post(interaction, job, cells)

    async def _post(self, interaction: Interaction, job: Job, cells: Sequence[Cell]) -> None:
        """For all to see, but for a private job, which stays with the one who asked."""
        message = render.pictures(job, cells)
        if job.order.private and interaction.guild_id is not None:
            await interaction.response.send_message(**arguments(message), ephemeral=True)
        else:
            await self._album.shown_in(job.id, await answer(interaction, message))
