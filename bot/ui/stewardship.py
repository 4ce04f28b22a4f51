"""At the desk for the bot's owner: backups, what is kept how long, notices, and the servers that are let in."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.domain.text import code, cut
from bot.errors import AtelierError, BadRequest
from bot.service.notices import Heard, Notices
from bot.service.stewardship import GuestList, Stewardship
from bot.ui import buttons, keeping
from bot.ui.answers import Interaction, asker, guard, locale_of, think, update, whisper
from bot.ui.buttons import Key
from bot.ui.commands.choices import Choices, matching
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.policy_pages import sheet
from bot.ui.render import ACCENT, duration
from bot.ui.standing import moment
from engine.sentence import Sentence, say

_MOST_GUILDS = 40  # that one list names
_LARGEST_ID = 2**63


class StewardDesk:
    """Seen by the owner alone."""

    def __init__(self, stewardship: Stewardship, notices: Notices) -> None:
        self._stewardship, self._notices = stewardship, notices

    async def back_up(self, interaction: Interaction) -> None:
        async def work() -> None:
            await think(interaction)
            made = await self._stewardship.back_up(asker(interaction))
            await _list(interaction, keeping.made(made, moment))

        await guard(interaction, work)

    async def keeping(self, interaction: Interaction) -> None:
        async def work() -> None:
            await think(interaction)
            await _list(
                interaction, keeping.kept(await self._stewardship.keeping(asker(interaction)), moment)
            )

        await guard(interaction, work)

    async def allow(self, interaction: Interaction, guild: str | None, allowed: bool | None) -> None:
        """Open the bot to a server or close it, by default this one; the list where nothing is said."""

        async def work() -> None:
            who = asker(interaction)
            if guild is None and allowed is None:
                guests = await self._stewardship.guests(who)
            else:
                chosen = _id_of(guild) if guild is not None else who.venue.guild_id
                if chosen is None:
                    raise BadRequest(say("Say which server, or use this in one of its channels."))
                guests = await self._stewardship.allow(who, chosen, allowed=allowed is not False)
            await whisper(interaction, "", embed=sheet(_guests(guests, locale_of(interaction))))

        await guard(interaction, work)

    async def offer_guilds(self, interaction: Interaction, typed: str) -> Choices:
        """The servers that the bot is in, for those who may know."""
        try:
            guests = await self._stewardship.guests(asker(interaction))
        except AtelierError:
            return []
        return matching([(name, str(guild_id)) for guild_id, name in guests.names.items()], typed)

    async def announce(self, interaction: Interaction, text: str) -> None:
        """Show a notice as it will look, and ask whether it is meant."""

        async def work() -> None:
            proposal = await self._notices.propose(asker(interaction), text)
            locale = locale_of(interaction)
            question = say(
                "Servers that get this: {servers}, in about {time}. I may write nowhere in: {silent}. Send it?",
                servers=proposal.servers, time=duration(proposal.seconds), silent=proposal.silent,
            )  # fmt: skip
            keys = [
                Key(
                    Press(Action.ANNOUNCE, proposal.draft_id),
                    say("Send it"),
                    "📣",
                    discord.ButtonStyle.danger,
                ),
                Key(Press(Action.DISCARD, "notice"), say("Never mind")),
            ]
            embed = discord.Embed(description=proposal.text, colour=ACCENT)
            await whisper(interaction, question, buttons.rows([keys], locale), embed)

        await guard(interaction, work)

    async def announced(self, interaction: Interaction, press: Press) -> None:
        """The yes to that."""
        notice = await self._notices.confirm(asker(interaction), press.subject)
        await update(interaction, say("It is on its way to {count} servers.", count=len(notice.guild_ids)))
        heard = await self._notices.send(notice)
        await _tell(interaction, heard)


async def _tell(interaction: Interaction, heard: Heard) -> None:
    """In the message that was pressed, or directly where that took longer than Discord lets it be changed."""
    text = translate(
        say("The notice arrived in {arrived} servers; in {failed} it did not.",
            arrived=heard.arrived, failed=heard.failed),
        locale_of(interaction),
    )  # fmt: skip
    try:
        await interaction.edit_original_response(content=text)
    except discord.HTTPException:
        await interaction.user.send(text)


async def _list(interaction: Interaction, lines: Iterable[Sentence]) -> None:
    locale = locale_of(interaction)
    await whisper(interaction, "", embed=sheet(f"- {translate(line, locale)}" for line in lines))


def _id_of(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < _LARGEST_ID):
        raise BadRequest(
            say("{text} is no server; choose one that is offered, or give its id, such as {example}.",
                text=code(text, 40), example="1234567890123456789")
        )  # fmt: skip
    return int(digits)


def _guests(guests: GuestList, locale: str) -> list[str]:
    rule = (
        say("I answer in the servers on this list only (`discord.guilds` is `listed`).")
        if guests.holds
        else say("I answer in all servers; the list holds once `discord.guilds` is `listed` in the settings.")
    )
    allowed = [f"✅ {_named(guests, guild_id)}" for guild_id in sorted(guests.allowed)]
    others = [f"▫️ {_named(guests, each)}" for each in sorted(guests.names.keys() - guests.allowed)]
    named = [*allowed, *others]
    left = [f"… {len(named) - _MOST_GUILDS}"] if len(named) > _MOST_GUILDS else []
    return [translate(rule, locale), *named[:_MOST_GUILDS], *left]


def _named(guests: GuestList, guild_id: int) -> str:
    name = guests.names.get(guild_id)
    return f"`{guild_id}`" if name is None else f"{code(cut(name, 60))} `{guild_id}`"
