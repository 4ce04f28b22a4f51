"""The front desk: turns interactions into use cases and answers each one, in time and once."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import discord
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from bot.domain.job import Place, Placeholder
from bot.domain.params import Words
from bot.domain.text import code, cut
from bot.errors import AtelierError, BadRequest
from bot.service import Asker, Studio, Submitted
from bot.ui import render
from bot.ui.buttons import CANCEL, REROLL
from bot.ui.poster import DiscordPoster

_log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION = 40060, 10062
_TOO_LATE = (_ALREADY_ACKNOWLEDGED, _UNKNOWN_INTERACTION)
_DOWNLOAD_S = 1.8  # of the 3 s in which Discord wants its answer
_DEFAULT_UPLOAD_LIMIT = 10 * 2**20


class Desk:
    """One method for each thing that a member can do; each is the UI boundary for its own errors."""

    def __init__(self, studio: Studio, poster: DiscordPoster) -> None:
        self._studio, self._poster = studio, poster

    async def imagine(self, interaction: Interaction, words: Words, image: discord.Attachment | None) -> None:
        async def work() -> None:
            self._studio.check(words)
            picked = words if image is None else await self._with_image(words, image)
            await self._begin(interaction, await self._studio.imagine(asker(interaction), picked))

        await self._guard(interaction, work)

    async def press(self, interaction: Interaction, action: str, job_id: str) -> None:
        async def work() -> None:
            if action == REROLL.name:
                await self._begin(interaction, await self._studio.reroll(asker(interaction), job_id))
            elif action == CANCEL.name:
                await self._studio.cancel(asker(interaction), job_id)
                await whisper(interaction, "Cancelled.")
            else:
                raise BadRequest(
                    "This button is from another version of Atelier; start anew with `/imagine`."
                )

        await self._guard(interaction, work)

    async def queue(self, interaction: Interaction) -> None:
        async def work() -> None:
            running, waiting, seconds = await self._studio.load()
            left = f", about {render.duration(seconds)} to go" if seconds else ""
            lines = [f"**{running}** at work, **{waiting}** waiting{left}."]
            for job, place in await self._studio.own_jobs(interaction.user.id):
                where = render.place_in_line(place) if place else "at work"
                lines.append(f"- `{job.id}` {where}: {code(job.order.drawing.prompt, 100)}")
            if len(lines) == 1:
                lines.append("None of them is yours. Start one with `/imagine`.")
            await whisper(interaction, "\n".join(lines))

        await self._guard(interaction, work)

    async def cancel(self, interaction: Interaction, job_id: str) -> None:
        async def work() -> None:
            if job_id == "all":
                count = await self._studio.cancel_all(asker(interaction))
                await whisper(interaction, f"Cancelled {count} request{'s' * (count != 1)} of yours.")
            else:
                await self._studio.cancel(asker(interaction), job_id)
                await whisper(interaction, f"Cancelled `{job_id}`.")

        await self._guard(interaction, work)

    async def own_choices(
        self, interaction: Interaction, typed: str
    ) -> list[discord.app_commands.Choice[str]]:
        """The member's own active jobs, for the option of `/cancel`."""
        jobs = [job for job, _ in await self._studio.own_jobs(interaction.user.id)]
        choices = [(f"{job.id} · {job.order.drawing.prompt}", job.id) for job in jobs] + [
            ("all of mine", "all")
        ]
        return _choices(choices, typed)

    async def model_choices(
        self, interaction: Interaction, typed: str
    ) -> list[discord.app_commands.Choice[str]]:
        return _choices(
            [(f"{model.title or model.name} ({model.name})", model.name) for model in self._studio.models],
            typed,
        )

    async def _with_image(self, words: Words, image: discord.Attachment) -> Words:
        self._studio.check_upload(image.filename, image.size, image.content_type)
        try:
            data = await asyncio.wait_for(image.read(), _DOWNLOAD_S)
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            raise BadRequest(
                "Your picture could not be fetched from Discord in time; please try again."
            ) from error
        return replace(words, image_sha256=await self._studio.keep_picture(data, image.filename))

    async def _begin(self, interaction: Interaction, submitted: Submitted) -> None:
        """Answer with the job's one message; a job whose answer did not arrive is never drawn."""
        message = render.status(submitted.job, submitted.status)
        try:
            placeholder = await _answer(interaction, message)
        except (discord.HTTPException, *NETWORK_ERRORS):
            await self._studio.unanswered(submitted.job)
            raise
        self._poster.remember(submitted.job.id, interaction)
        await self._studio.answered(submitted.job, placeholder)

    async def _guard(self, interaction: Interaction, work: Callable[[], Awaitable[None]]) -> None:
        """The UI boundary: a member gets a sentence, the log gets the rest."""
        try:
            await work()
        except AtelierError as error:
            await whisper(interaction, error.sentence)
        except Exception as error:
            if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
                _log.warning("an interaction was answered too late or twice: %s", error.code)
                return
            reference = secrets.token_hex(4)
            _log.exception("an interaction failed, reference %s", reference)
            await whisper(
                interaction, f"Something went wrong on our side. Tell the owner: reference `{reference}`."
            )


def asker(interaction: Interaction) -> Asker:
    """Who asks, as the use cases know them."""
    return Asker(
        interaction_id=interaction.id,
        user_id=interaction.user.id,
        place=Place(interaction.guild_id, interaction.channel_id or 0),
        locale=str(interaction.locale),
        upload_limit=interaction.filesize_limit or _DEFAULT_UPLOAD_LIMIT,
        moderator=interaction.permissions.manage_messages and interaction.guild_id is not None,
    )


async def whisper(interaction: Interaction, sentence: str) -> None:
    """A sentence that only this member sees; a lost one is logged, since nothing else depends on it."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(cut(sentence, 2000), ephemeral=True)
        else:
            await interaction.response.send_message(cut(sentence, 2000), ephemeral=True)
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        _log.warning("an answer was lost: %r", error)


async def _answer(interaction: Interaction, message: render.Message) -> Placeholder:
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
                sent = await interaction.response.send_message(
                    message.content, view=message.view or discord.utils.MISSING
                )
        message_id = sent.message_id
    except discord.HTTPException as error:
        if error.code != _ALREADY_ACKNOWLEDGED:
            raise
        message_id = (await interaction.original_response()).id
    return Placeholder(interaction.channel_id or 0, message_id or 0)


def _choices(named: list[tuple[str, str]], typed: str) -> list[discord.app_commands.Choice[str]]:
    matching = [pair for pair in named if typed.casefold() in pair[0].casefold()]
    return [discord.app_commands.Choice(name=cut(name, 100), value=value) for name, value in matching[:25]]
