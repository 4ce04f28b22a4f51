"""At the desk for requests: each becomes one message that its pictures will appear in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import discord

from bot.domain.job import Placeholder
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.service.asker import Kept, Pending, Submitted
from bot.service.orders import Orders
from bot.service.studio import Studio
from bot.ui import buttons, render
from bot.ui.answers import (
    NETWORK_ERRORS,
    Interaction,
    answer,
    arguments,
    asker,
    guard,
    locale_of,
    update,
    whisper,
)
from bot.ui.languages import translate
from bot.ui.poster import DiscordPoster
from engine.sentence import Sentence, say

_DOWNLOAD_S = 1.8  # of the 3 s in which Discord wants its answer


class RequestDesk:
    """One method for each thing that a member can ask for with words; each is the UI boundary for its own errors."""

    def __init__(self, studio: Studio, orders: Orders, poster: DiscordPoster) -> None:
        self._studio, self._orders, self._poster = studio, orders, poster

    async def imagine(
        self,
        interaction: Interaction,
        words: Words,
        image: discord.Attachment | None = None,
        mask: discord.Attachment | None = None,
    ) -> None:
        async def work() -> None:
            if image is not None or mask is not None:
                await self._studio.check(asker(interaction), words)
            said = await self._with_files(words, image, mask)
            result = await self._studio.imagine(asker(interaction), said)
            if isinstance(result, Pending):
                await self._ask(interaction, result)
            else:
                await self.begin(interaction, result)

        await guard(interaction, work)

    async def blend(
        self, interaction: Interaction, images: Sequence[discord.Attachment], words: Words
    ) -> None:
        async def work() -> None:
            kept = await self.keep(*images)
            await self.begin(interaction, await self._studio.blend(asker(interaction), kept, words))

        await guard(interaction, work)

    async def upscale(self, interaction: Interaction, image: discord.Attachment, factor: int) -> None:
        async def work() -> None:
            (kept,) = await self.keep(image)
            await self.begin(interaction, await self._studio.upscale_upload(asker(interaction), kept, factor))

        await guard(interaction, work)

    async def confirm(self, interaction: Interaction, draft_id: str) -> None:
        """Draw what waited for a yes: every request gets a message of its own."""

        async def work() -> None:
            readings = await self._studio.confirm(asker(interaction), draft_id)
            await update(interaction, say("Requests on their way: {count}.", count=len(readings)))
            for part, reading in enumerate(readings):
                submitted = await self._studio.submit_part(asker(interaction), reading, part)
                await self._begin_part(interaction, submitted)

        await guard(interaction, work)

    async def discard(self, interaction: Interaction) -> None:
        async def work() -> None:
            await update(interaction, say("Never mind, then. Nothing has happened."))

        await guard(interaction, work)

    async def cancel(self, interaction: Interaction, job_id: str) -> None:
        async def work() -> None:
            if job_id == "all":
                count = await self._studio.cancel_all(asker(interaction))
                await whisper(
                    interaction, say("Requests of yours that were cancelled: {count}.", count=count)
                )
            else:
                await self._studio.cancel(asker(interaction), job_id)
                await whisper(interaction, say("Cancelled."))

        await guard(interaction, work)

    async def begin(self, interaction: Interaction, submitted: Submitted) -> None:
        """Answer with the job's one message."""

        async def post() -> Placeholder:
            placeholder = await answer(interaction, render.status(submitted.job, submitted.status))
            self._poster.remember(submitted.job.id, interaction)
            return placeholder

        if _goes_to_dm(interaction, submitted):
            await interaction.response.defer(ephemeral=True)
        await self._place(interaction, submitted, post)
        if _goes_to_dm(interaction, submitted):
            await whisper(interaction, say("It is on its way, in our direct messages."))
        if submitted.notes:
            await whisper(interaction, _lines(interaction, *submitted.notes))

    async def keep(self, *images: discord.Attachment) -> list[Kept]:
        """Check and store uploaded pictures. Raises `BadRequest`."""
        return [
            await self._studio.keep_picture(data, image.filename)
            for image, data in zip(images, await self.fetch(*images), strict=True)
        ]

    async def fetch(self, *images: discord.Attachment) -> list[bytes]:
        """Uploaded files that declare to be pictures of a legal size. Raises `BadRequest`."""
        for image in images:
            self._studio.check_upload(image.filename, image.size, image.content_type)
        return await _download(images)

    async def _with_files(
        self, words: Words, image: discord.Attachment | None, mask: discord.Attachment | None
    ) -> Words:
        if mask is not None and image is None:
            raise BadRequest(say("There is a mask but no picture; add the picture that it belongs to."))
        if image is not None:
            (kept,) = await self.keep(image)
            words = replace(words, image_sha256=kept.sha256)
            if mask is not None:
                words = replace(words, mask_sha256=await self.keep_mask(mask, kept.width, kept.height))
        return words

    async def keep_mask(self, mask: discord.Attachment, width: int, height: int) -> str:
        """The sha256 of an uploaded mask for a picture of this size, checked and stored. Raises `BadRequest`."""
        self._studio.check_upload(mask.filename, mask.size, mask.content_type)
        (data,) = await _download([mask])
        return await self._studio.keep_mask(data, mask.filename, width, height)

    async def _ask(self, interaction: Interaction, pending: Pending) -> None:
        seconds = "" if pending.seconds is None else f" · ~{render.duration(pending.seconds)}"
        sentence = say(
            "These words are {requests} requests with {pictures} pictures{time}. Draw them all?",
            requests=pending.requests,
            pictures=pending.pictures,
            time=seconds,
        )
        text = _lines(interaction, sentence, *pending.notes)
        await whisper(interaction, text, buttons.confirm(pending.draft_id, locale_of(interaction)))

    async def _begin_part(self, interaction: Interaction, submitted: Submitted) -> None:
        """One of several jobs, whose message follows the answer."""

        async def post() -> Placeholder:
            message = render.status(submitted.job, submitted.status)
            sent = await interaction.followup.send(**arguments(message), wait=True)
            return Placeholder(sent.channel.id, sent.id)

        await self._place(interaction, submitted, post)

    async def _place(
        self, interaction: Interaction, submitted: Submitted, post: Callable[[], Awaitable[Placeholder]]
    ) -> None:
        """Give the job its message, by `post` where all may see it; without one it is never drawn."""
        private = _goes_to_dm(interaction, submitted)
        try:
            placeholder = await (self._post_privately(interaction, submitted) if private else post())
        except (BadRequest, discord.HTTPException, *NETWORK_ERRORS):
            await self._orders.unanswered(submitted.job)
            raise
        await self._orders.answered(submitted.job, placeholder)

    async def _post_privately(self, interaction: Interaction, submitted: Submitted) -> Placeholder:
        """The message is a direct one, which can be changed for longer than an answer that only one member sees."""
        try:
            sent = await interaction.user.send(**arguments(render.status(submitted.job, submitted.status)))
        except discord.Forbidden:
            raise BadRequest(
                say(
                    "I cannot send you direct messages; allow them for this server, or ask without `private`."
                )
            ) from None
        return Placeholder(sent.channel.id, sent.id)


def _goes_to_dm(interaction: Interaction, submitted: Submitted) -> bool:
    return submitted.job.order.private and interaction.guild_id is not None


def _lines(interaction: Interaction, *sentences: Sentence) -> str:
    return "\n".join(translate(each, locale_of(interaction)) for each in sentences)


async def _download(images: Sequence[discord.Attachment]) -> list[bytes]:
    try:
        async with asyncio.timeout(_DOWNLOAD_S):
            return list(await asyncio.gather(*(image.read() for image in images)))
    except (discord.HTTPException, *NETWORK_ERRORS) as error:
        raise BadRequest(
            say("Your picture could not be fetched from Discord in time; please try again.")
        ) from error
