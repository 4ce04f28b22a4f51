"""At the desk for members' own data: a copy of it, its end, and what is kept why."""

from __future__ import annotations

from io import BytesIO

import discord

from bot.service.privacy import Privacy
from bot.ui import buttons
from bot.ui.answers import Interaction, asker, guard, locale_of, think, whisper
from bot.ui.buttons import Key
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.render import ACCENT
from engine.sentence import say

_POLICY = (
    say(
        "What you ask for, its settings and its pictures, so that they can be drawn, shown again and answered for."
    ),
    say("What you set for yourself: `/settings`, `/prefer` and favourites."),
    say("How much you have used, and whether you are blocked, by a code that only this studio can read."),
    say(
        "Pictures go after some weeks; their records stay until you delete them. Nothing leaves the owner's machine."
    ),
    say("`/privacy export` hands all of it to you; `/privacy delete` deletes it, here and in the backups."),
    say(
        "Messages in channels are Discord's: delete those with 🗑️ first. Blocks, today's quota and what an admin has "
        "set for you outlive a deletion, by that code; so does a name that `/optout` has moderators refuse."
    ),
)


class PrivacyDesk:
    """Seen by the member alone."""

    def __init__(self, privacy: Privacy) -> None:
        self._privacy = privacy

    async def policy(self, interaction: Interaction) -> None:
        async def work() -> None:
            locale = locale_of(interaction)
            text = "\n".join(f"- {translate(line, locale)}" for line in _POLICY)
            title = translate(say("What is stored of you"), locale)
            await whisper(interaction, "", embed=discord.Embed(title=title, description=text, colour=ACCENT))

        await guard(interaction, work)

    async def export(self, interaction: Interaction) -> None:
        """As a file; it may take a while."""

        async def work() -> None:
            await think(interaction)
            export = await self._privacy.export(asker(interaction))
            file = discord.File(BytesIO(export.archive), "my-data.zip")
            text = say("Everything that is stored of you, with {count} pictures.", count=export.pictures)
            await whisper(interaction, text, files=[file])
            if export.left_out:
                await whisper(
                    interaction,
                    say(
                        "{count} pictures did not fit into the file; `/history` shows them.",
                        count=export.left_out,
                    ),
                )

        await guard(interaction, work)

    async def ask(self, interaction: Interaction) -> None:
        """Whether a member means it: nothing brings it back."""

        async def work() -> None:
            keys = [
                Key(Press(Action.FORGET, "me"), say("Delete all of it"), "🗑️", discord.ButtonStyle.danger),
                Key(Press(Action.DISCARD, "forget"), say("Never mind")),
            ]
            question = say(
                "This deletes your requests, pictures, favourites and settings for good, and cancels what waits. "
                "Delete all of it?"
            )
            await whisper(interaction, question, buttons.rows([keys], locale_of(interaction)))

        await guard(interaction, work)

    async def forget(self, interaction: Interaction, _press: Press) -> None:
        """The yes to that."""
        await interaction.response.defer()
        deleted = await self._privacy.delete(asker(interaction))
        text = say(
            "Deleted: {jobs} requests, {pictures} pictures, {files} files. Nothing of yours is left here.",
            jobs=deleted.jobs, pictures=deleted.pictures, files=deleted.files,
        )  # fmt: skip
        await interaction.edit_original_response(content=translate(text, locale_of(interaction)), view=None)
