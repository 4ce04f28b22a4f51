"""Lists with pages for admins: what is set in a server, who is shut out of it, and the log of what was done."""

from __future__ import annotations

import re

import discord

from bot.domain.moderation import AuditEntry, Block
from bot.domain.policy.layers import Layer, Source
from bot.domain.text import code
from bot.errors import AtelierError, BadRequest
from bot.service.administration import Administration
from bot.service.policies import Policies
from bot.ui import buttons, policy_pages, scopes
from bot.ui.answers import Interaction, asker, locale_of, whisper
from bot.ui.buttons import Key
from bot.ui.commands.choices import Choices, matching
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.pages import Shown
from bot.ui.policies import OTHER_VERSION
from bot.ui.standing import moment
from engine.sentence import say

POLICY, BLOCKED, AUDIT = "policy", "blocked", "audit"
_BLOCKS_A_PAGE = 10
_NOTHING_SUCH = say("Nothing of this kind was done here so far.")
_WHERE = re.compile(r"(?:(?P<channel>channel|category)|role) (?P<id>\d+): ")


class AdminLists:
    """Seen by the admin alone; whoever calls guards."""

    def __init__(self, policies: Policies, administration: Administration) -> None:
        self._policies, self._administration = policies, administration

    async def show(
        self, interaction: Interaction, name: str, scope: Source, number: int = 1, act: str = ""
    ) -> None:
        """A list by its name, from this page on, which count from 1.

        `scope` is what a policy is shown for, or the member whom the log is looked through for; `act` is of the log.
        """
        shown = await self._page(interaction, name, scope, number, act)
        await whisper(interaction, "", shown.view, shown.embed)

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """To another page."""
        number, scope, act, *_ = (*press.extra.split(" ", 2), "", "")
        found = scopes.decoded(interaction, scope)
        if found is None or not (number.isascii() and number.isdigit()):
            raise BadRequest(OTHER_VERSION)
        shown = await self._page(interaction, press.subject, found, int(number), act)
        await interaction.response.edit_message(embed=shown.embed, view=shown.view)

    async def _page(self, interaction: Interaction, name: str, scope: Source, number: int, act: str) -> Shown:
        locale, number = locale_of(interaction), max(1, number)
        if name == POLICY:
            rules = await self._policies.rules(asker(interaction), scope)
            pages = policy_pages.everything(rules, self._policies.defaults, scope, locale)
        elif name == BLOCKED:
            blocks = await self._administration.blocks(asker(interaction))
            pages = [policy_pages.sheet(lines) for lines in _blocked(blocks, locale)]
        elif name == AUDIT:
            return await self._audit(interaction, scope, number, act)
        else:
            raise BadRequest(OTHER_VERSION)
        number = min(number, len(pages))
        return Shown(pages[number - 1], _pager(name, scope, number, locale, more=number < len(pages)))

    async def offer_acts(self, interaction: Interaction, typed: str) -> Choices:
        """What was done in this server, for those who may know."""
        try:
            return matching(
                ((act, act) for act in await self._administration.acts(asker(interaction))), typed
            )
        except AtelierError:
            return []

    async def _audit(self, interaction: Interaction, scope: Source, number: int, act: str) -> Shown:
        """How many pages there are nobody counts: the log is never shortened."""
        locale, who = locale_of(interaction), asker(interaction)
        wanted = (act or None, scope.target_id if scope.layer is Layer.USER else None)
        page = await self._administration.log(who, number, *wanted)
        lines = [_entry(entry, locale) for entry in page.entries]
        nothing = say("Nothing was done here so far.") if wanted == (None, None) else _NOTHING_SUCH
        embed = policy_pages.sheet(lines or [translate(nothing, locale)])
        return Shown(embed, _pager(AUDIT, scope, number, locale, more=page.more, act=act))


def _pager(
    name: str, scope: Source, number: int, locale: str, *, more: bool, act: str = ""
) -> discord.ui.View:
    def press(cell: int, page: int) -> Press:
        return Press(Action.LIST, name, cell, f"{page} {scopes.encoded(scope)} {act}".rstrip())

    keys = [
        Key(press(0, max(1, number - 1)), say("Back"), "◀️", disabled=number == 1),
        Key(press(1, number + 1), say("Next"), "▶️", disabled=not more),
    ]
    return buttons.rows([keys] if more or number > 1 else [], locale)


def _blocked(blocks: list[Block], locale: str) -> list[list[str]]:
    if not blocks:
        return [[translate(say("Nobody is blocked here."), locale)]]
    lines = [_block(block, locale) for block in blocks]
    return [lines[start : start + _BLOCKS_A_PAGE] for start in range(0, len(lines), _BLOCKS_A_PAGE)]


def _block(block: Block, locale: str) -> str:
    end = say("for good") if block.until is None else say("until {time}", time=moment(block.until))
    parts = [_person(block.user_id, locale), translate(end, locale)]
    return "- " + " · ".join([*parts, code(block.reason, 200)] if block.reason else parts)


def _entry(entry: AuditEntry, locale: str) -> str:
    """When, who, what, whom, and the rest."""
    where = _WHERE.match(entry.detail)
    detail = entry.detail[where.end() :] if where else entry.detail
    parts = [f"<t:{entry.at // 1000}:f>", _person(entry.actor_id, locale), f"**{entry.act}**"]
    if entry.target_id is not None:
        parts.append(f"<@{entry.target_id}>")
    if entry.job_id is not None:
        parts.append(code(entry.job_id))
    if where:
        parts.append(f"<#{where['id']}>" if where["channel"] else f"<@&{where['id']}>")
    return "- " + " · ".join([*parts, code(detail, 150)] if detail else parts)


def _person(user_id: int | None, locale: str) -> str:
    return translate(say("somebody who is forgotten"), locale) if user_id is None else f"<@{user_id}>"
