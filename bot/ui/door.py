"""Where the owner has not opened the bot to a server, all that is asked there is answered with one sentence."""

from __future__ import annotations

from typing import Any

import discord

from bot.service.warden import Warden
from bot.ui.answers import Interaction, asker, guard
from bot.ui.custom_ids import Action, parse

# What is stored of a member is theirs to see and delete, wherever they are.
_COMMANDS, _PRESSES = frozenset({"privacy"}), frozenset({Action.FORGET, Action.DISCARD})


class Door:
    """Asked before every command, press and form."""

    def __init__(self, warden: Warden) -> None:
        self._warden = warden

    async def opens(self, interaction: Interaction) -> bool:
        """Whether it goes on; where not, the member has been told why."""
        if not self._warden.listed or interaction.type is discord.InteractionType.autocomplete:
            return True
        if _is_for_all(interaction):
            return True
        entered = False

        async def work() -> None:
            nonlocal entered
            await self._warden.enter(asker(interaction))
            entered = True

        await guard(interaction, work)
        return entered


def _is_for_all(interaction: Interaction) -> bool:
    data: Any = interaction.data or {}
    press = parse(str(data.get("custom_id", "")))
    return data.get("name") in _COMMANDS or (press is not None and press.action in _PRESSES)
