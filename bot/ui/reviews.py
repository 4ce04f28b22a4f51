"""At the desk for moderators: what waits for a yes or no, one thing at a time, and what is to be taken down."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO

import discord

from bot.cells import Cell
from bot.domain.job import Job
from bot.domain.moderation import ItemKind, ReviewItem
from bot.domain.text import code, cut
from bot.service.moderation import Moderation
from bot.ui import buttons
from bot.ui.answers import Interaction, asker, guard, locale_of, think, whisper
from bot.ui.buttons import Key
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.pages import Shown
from bot.ui.render import ACCENT
from bot.ui.standing import moment
from engine.sentence import Sentence, say

_LINK = re.compile(r"https://(?:\w+\.)?discord\.com/channels/(?:\d+|@me)/\d+/(?P<message>\d+)/?")
_TITLES = {
    ItemKind.HELD: say("Pictures that the safety check flagged"),
    ItemKind.REPORT: say("A report"),
    ItemKind.OPTOUT: say("A name that wants to be left out"),
}
_YES = {
    ItemKind.HELD: say("Show them"),
    ItemKind.REPORT: say("Take it down"),
    ItemKind.OPTOUT: say("Refuse the name"),
}
_NO = {
    ItemKind.HELD: say("Never show them"),
    ItemKind.REPORT: say("Leave it"),
    ItemKind.OPTOUT: say("Leave it"),
}


class ReviewDesk:
    """Seen by the moderator alone."""

    def __init__(self, moderation: Moderation) -> None:
        self._moderation = moderation

    async def show(self, interaction: Interaction, number: int) -> None:
        """The item that waits longest, or another one by its number."""

        async def work() -> None:
            await think(interaction)
            shown = await self._page(interaction, number)
            await whisper(interaction, "", shown.view, shown.embed, shown.files)

        await guard(interaction, work)

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """To another item."""
        await interaction.response.defer()
        await self._edit(interaction, press.cell, None)

    async def decide(self, interaction: Interaction, press: Press) -> None:
        """Yes or no to the item, and on to the next one."""
        await interaction.response.defer()
        approved, item_id = press.action is Action.APPROVE, f"{press.subject[:1]}:{press.subject[1:]}"
        decide = self._moderation.approve if approved else self._moderation.reject
        item = await decide(asker(interaction), item_id)
        await self._edit(interaction, press.cell, (_YES if approved else _NO)[item.kind])

    async def decide_by_id(self, interaction: Interaction, item_id: str, *, approved: bool) -> None:
        """The same by the id that the item shows."""

        async def work() -> None:
            await think(interaction)
            decide = self._moderation.approve if approved else self._moderation.reject
            item = await decide(asker(interaction), item_id.strip().lower())
            await whisper(interaction, (_YES if approved else _NO)[item.kind])

        await guard(interaction, work)

    async def take_down(self, interaction: Interaction, message: str) -> None:
        """By the link to a message of ours, or by a request's id."""

        async def work() -> None:
            await think(interaction)
            job_id = await self._job_id(interaction, message.strip())
            count = await self._moderation.take_down(asker(interaction), job_id)
            await whisper(
                interaction, say("Taken down, with all that was made from it: {count} requests.", count=count)
            )

        await guard(interaction, work)

    async def opt_out(self, interaction: Interaction, name: str, note: str) -> None:
        """A member asks that nothing is drawn by a name."""

        async def work() -> None:
            await self._moderation.opt_out(asker(interaction), name, note)
            await whisper(
                interaction, say("Noted. The moderators will decide about {name}.", name=code(name, 80))
            )

        await guard(interaction, work)

    async def _job_id(self, interaction: Interaction, message: str) -> str:
        link = _LINK.fullmatch(message)
        if link is None:
            return message.lower()
        job: Job = await self._moderation.job_of_message(asker(interaction), int(link["message"]))
        return job.id

    async def _edit(self, interaction: Interaction, number: int, done: Sentence | None) -> None:
        shown = await self._page(interaction, number)
        text = "" if done is None else f"✅ {translate(done, locale_of(interaction))}"
        await interaction.edit_original_response(
            content=text, embed=shown.embed, attachments=shown.files, view=shown.view
        )

    async def _page(self, interaction: Interaction, number: int) -> Shown:
        locale = locale_of(interaction)
        page = await self._moderation.items(asker(interaction), number)
        if not page.items:
            nothing = f"🌱 {translate(say('Nothing waits for you.'), locale)}"
            return Shown(discord.Embed(description=nothing, colour=ACCENT), buttons.rows([], locale))
        (item,) = page.items
        embed = _embed(item, locale).set_footer(text=f"{page.page} / {page.pages} · {item.id}")
        keys = _keys(item, page.page, page.pages, locale)
        files = _files(item, await self._moderation.pictures(asker(interaction), item))
        if item.job_id is not None and not files:
            missing = translate(say("None of them can be shown now."), locale)
            embed.add_field(name=translate(say("Pictures"), locale), value=missing)
        return Shown(embed, keys, files)


def _files(item: ReviewItem, cells: Iterable[Cell]) -> list[discord.File]:
    """Behind a spoiler, whatever they are."""
    return [
        discord.File(
            BytesIO(cell.file.data), f"{item.job_id}-{cell.stored.cell + 1}.{cell.file.ending}", spoiler=True
        )
        for cell in cells
    ]


def _embed(item: ReviewItem, locale: str) -> discord.Embed:
    embed = discord.Embed(
        title=translate(_TITLES[item.kind], locale), description=code(item.text, 2000), colour=ACCENT
    )
    values = {
        say("Note"): item.note and code(item.note),
        say("By"): f"<@{item.user_id}>",
        say("When"): moment(item.created_at),
        say("Request"): item.job_id and code(item.job_id),
        say("Message"): item.message_id
        and f"https://discord.com/channels/{item.guild_id or '@me'}/{item.channel_id}/{item.message_id}",
    }
    for name, value in values.items():
        if value:
            embed.add_field(name=translate(name, locale), value=cut(str(value), 1024))
    return embed


def _keys(item: ReviewItem, number: int, pages: int, locale: str) -> discord.ui.View:
    subject = item.id.replace(":", "")
    deciding = [
        Key(Press(Action.APPROVE, subject, number), _YES[item.kind], "✅", discord.ButtonStyle.success),
        Key(Press(Action.REJECT, subject, number), _NO[item.kind], "⛔", discord.ButtonStyle.danger),
    ]
    turning = [
        Key(Press(Action.REVIEW, "before", max(1, number - 1)), None, "⬅️", disabled=number == 1),
        Key(Press(Action.REVIEW, "after", min(99, number + 1)), None, "➡️", disabled=number == pages),
    ]
    return buttons.rows([[*deciding, *turning]], locale)
