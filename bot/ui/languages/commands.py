"""Tells Discord the names and descriptions of the commands in every language that has a catalogue."""

from __future__ import annotations

from typing import Final

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes as Place

from bot.ui.languages import language

_CONTEXTS: Final = {
    Location.command_name: "command",
    Location.group_name: "command",
    Location.parameter_name: "option",
    Location.choice_name: "choice",
}


def context_of(place: Place) -> str:
    """What a catalogue files a text of this place under, so that the command `queue` is not the word."""
    if isinstance(place.data, app_commands.ContextMenu):
        return "menu"
    return _CONTEXTS.get(place.location, "description")


class CommandTranslator(app_commands.Translator):
    """Set it with `CommandTree.set_translator` before the tree is synced; plain names and descriptions do."""

    async def translate(
        self, text: app_commands.locale_str, locale: discord.Locale, context: Place
    ) -> str | None:
        known = language(locale.value)
        return known.term(text.message, context_of(context)) if known else None
