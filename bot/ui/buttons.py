"""Buttons that never die: the custom_id says version, action and job, and everything else is looked up at the click."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, View

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does, and how it looks."""

    name: str
    emoji: str
    label: str
    style: discord.ButtonStyle = discord.ButtonStyle.secondary


CANCEL = Action("cancel", "✖️", "Cancel")
REROLL = Action("reroll", "🔄", "Again")
_ACTIONS = {action.name: action for action in (CANCEL, REROLL)}


class JobButton(
    DynamicItem[Button[View]],
    template=r"im(?P<version>\d{1,3}):(?P<action>[a-z_]{1,20}):(?P<job>[a-z0-9]{1,32})",
):
    """`im1:reroll:k3j5x7ab2c`"""

    def __init__(self, action: Action, job_id: str) -> None:
        self.action, self.job_id = action, job_id
        custom_id = f"im{_VERSION}:{action.name}:{job_id}"
        super().__init__(
            Button(label=action.label, emoji=action.emoji, style=action.style, custom_id=custom_id)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """An action of another version, which we may not know, still gets an answer."""
        action = _ACTIONS.get(match["action"], Action(match["action"], "❔", "?"))
        return cls(action, match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """The client carries the desk, as `AtelierClient` does."""
        await interaction.client.desk.press(interaction, self.action.name, self.job_id)


def buttons(action: Action, job_id: str) -> View:
    """A row with one button. The view is stopped so that discord.py keeps nothing of it in memory."""
    view = View(timeout=None)
    view.add_item(JobButton(action, job_id))
    view.stop()
    return view
