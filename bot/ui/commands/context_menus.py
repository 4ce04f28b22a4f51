"""What a right-click on a message offers: its record, Upscale, Vary, use as a start image, and Report."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.job import Job, Origin
from bot.domain.policy import actors as policy
from bot.domain.text import code, cut
from bot.errors import BadRequest
from bot.service.album import Album
from bot.service.asker import Spot
from bot.service.provenance import Provenance
from bot.service.retouching import Retouching
from bot.ui import buttons, modals, render
from bot.ui.answers import Interaction, asker, guard, locale_of, whisper
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.render import ACCENT
from bot.ui.requests import RequestDesk
from engine.sentence import say

_LONGEST_FIELD = 1000


class MenuDesk:
    """Each works on pictures of ours, which it knows by their file names, and on anybody else's."""

    def __init__(
        self, album: Album, retouching: Retouching, provenance: Provenance, requests: RequestDesk
    ) -> None:
        self._album, self._retouching = album, retouching
        self._provenance, self._requests = provenance, requests

    async def info(self, interaction: Interaction, message: discord.Message) -> None:
        async def work() -> None:
            spots = self._spots(interaction, message)
            job = await self._job(interaction, message, spots)
            if job is not None:
                cell = spots[0].cell if len(spots) == 1 else 0
                await whisper(interaction, "", embed=_record(job, cell, locale_of(interaction)))
                return
            (data,) = await self._requests.fetch(_picture(message))
            text = await self._provenance.parameters(data)
            if not text:
                raise BadRequest(say("This picture says nothing about how it was made."))
            shown = cut(text.replace("```", "ˋˋˋ"), 1900)
            await whisper(interaction, f"```\n{shown}\n```")

        await guard(interaction, work)

    async def upscale(self, interaction: Interaction, message: discord.Message) -> None:
        async def work() -> None:
            spots = self._spots(interaction, message)
            if len(spots) == 1:
                submitted = await self._retouching.upscale(asker(interaction), spots[0], 2)
                await self._requests.begin(interaction, submitted)
            elif spots:
                await self._which(interaction, Action.UPSCALE, spots, "2")
            else:
                await self._requests.upscale(interaction, _picture(message), 2)

        await guard(interaction, work)

    async def vary(self, interaction: Interaction, message: discord.Message) -> None:
        async def work() -> None:
            spots = self._spots(interaction, message)
            if len(spots) == 1:
                submitted = await self._retouching.vary(asker(interaction), spots[0], Origin.VARY_STRONG)
                await self._requests.begin(interaction, submitted)
            elif spots:
                await self._which(interaction, Action.VARY_STRONG, spots)
            else:
                await self._open_start(interaction, message)

        await guard(interaction, work)

    async def start(self, interaction: Interaction, message: discord.Message) -> None:
        async def work() -> None:
            spots = self._spots(interaction, message)
            if len(spots) > 1:
                await self._which(interaction, Action.START, spots)
            elif spots:
                job = await self._album.job_of_picture(asker(interaction), spots[0], policy.Action.SHOW)
                press = Press(Action.START, spots[0].job_id, spots[0].cell)
                form = modals.start(press, job.order.drawing.prompt, locale_of(interaction))
                await interaction.response.send_modal(form)
            else:
                await self._open_start(interaction, message)

        await guard(interaction, work)

    async def report(self, interaction: Interaction, message: discord.Message) -> None:
        async def work() -> None:
            spots = self._spots(interaction, message)
            press = Press(Action.REPORT, str(message.id), extra=spots[0].job_id if spots else "")
            await interaction.response.send_modal(modals.report(press, locale_of(interaction)))

        await guard(interaction, work)

    async def _open_start(self, interaction: Interaction, message: discord.Message) -> None:
        """Somebody's picture is kept before the form opens, so that the form only needs its hash."""
        (kept,) = await self._requests.keep(_picture(message))
        form = modals.start(Press(Action.UPLOADED, kept.sha256), "", locale_of(interaction))
        await interaction.response.send_modal(form)

    async def _which(
        self, interaction: Interaction, action: Action, spots: list[Spot], extra: str = ""
    ) -> None:
        cells = [spot.cell for spot in spots]
        view = buttons.cells(action, spots[0].job_id, cells, locale_of(interaction), extra)
        await whisper(interaction, say("Which one?"), view)

    async def _job(self, interaction: Interaction, message: discord.Message, spots: list[Spot]) -> Job | None:
        if spots:
            return await self._album.job(asker(interaction), spots[0], policy.Action.SHOW)
        return await self._album.by_message(asker(interaction), message.id)

    def _spots(self, interaction: Interaction, message: discord.Message) -> list[Spot]:
        """The pictures of ours in this message; somebody else may have called a file like one."""
        if message.author.id != interaction.application_id:
            return []
        return render.spots(message)


def context_menus(desk: MenuDesk) -> list[app_commands.ContextMenu]:
    """All five that Discord's app shows for a message."""
    named: list[tuple[str, Any]] = [
        ("Picture info", desk.info),
        ("Upscale", desk.upscale),
        ("Vary", desk.vary),
        ("Use as start image", desk.start),
        ("Report", desk.report),
    ]
    return [
        app_commands.ContextMenu(name=name, callback=callback, type=discord.AppCommandType.message)
        for name, callback in named
    ]


def _picture(message: discord.Message) -> discord.Attachment:
    for file in message.attachments:
        if (file.content_type or "").startswith("image/"):
            return file
    raise BadRequest(say("There is no picture in this message."))


def _record(job: Job, cell: int, locale: str) -> discord.Embed:
    drawing = job.order.drawing
    embed = discord.Embed(description=code(drawing.prompt, 2000), colour=ACCENT)
    values = {
        say("Without"): drawing.negative and code(drawing.negative, _LONGEST_FIELD),
        say("Model"): drawing.model,
        say("Style"): drawing.style and drawing.style.name,
        say("Seed"): str(drawing.cell_seed(cell)),
        say("Steps"): str(drawing.steps),
        say("Guidance"): f"{drawing.guidance:g}",
        say("Sampler"): drawing.sampler,
        say("Size"): f"{drawing.width}x{drawing.height}",
        say("Made from"): job.order.parent_id and code(job.order.parent_id),
        say("Asked for by"): f"<@{job.order.user_id}>",
    }
    for name, value in values.items():
        if value:
            embed.add_field(name=translate(name, locale), value=value)
    return embed.set_footer(text=job.id)
