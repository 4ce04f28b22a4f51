"""All desks for admins, and the presses that they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import discord

from bot.service.administration import Administration
from bot.service.policies import Policies
from bot.ui.admin_lists import AdminLists
from bot.ui.administration import AdminDesk
from bot.ui.answers import Interaction
from bot.ui.custom_ids import Action, Press
from bot.ui.policies import PolicyDesk
from bot.ui.policy_panel import PolicyPanel

Handler = Callable[[Interaction, Press], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AdminRoom:
    """One of each."""

    desk: AdminDesk
    policies: PolicyDesk
    panel: PolicyPanel
    lists: AdminLists

    def presses(self) -> Mapping[Action, Handler]:
        return {
            Action.POLICY: self.panel.turn,
            Action.POLICY_SCOPE: self.panel.move,
            Action.POLICY_WHOLE: self.panel.turn,
            Action.POLICY_VALUE: self.panel.change,
            Action.POLICY_TAKE: self.panel.take_back,
            Action.POLICY_RESET: self.policies.reset_confirmed,
            Action.PRESET: self.policies.preset_confirmed,
            Action.CLEAR: self.desk.clear,
            Action.LIST: self.lists.turn,
        }

    def forms(self) -> Mapping[Action, Handler]:
        return {Action.POLICY_VALUE: self.panel.submitted}


def build_admin_room(
    administration: Administration, policies: Policies, needed: discord.Permissions
) -> AdminRoom:
    """`needed` are the permissions without which the bot does not work."""
    return AdminRoom(
        AdminDesk(administration, policies, needed),
        PolicyDesk(policies),
        PolicyPanel(policies),
        AdminLists(policies, administration),
    )
