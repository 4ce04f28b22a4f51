"""At the desk for a server's policy: setting, taking back, explaining it, and whole sets to begin with."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.job import Place
from bot.domain.policy.layers import Layer, Source
from bot.domain.policy.rules import SETTINGS, Setting
from bot.domain.text import code
from bot.errors import BadRequest
from bot.service.policies import Policies
from bot.ui import buttons, policy_pages, scopes
from bot.ui.answers import Interaction, asker, locale_of, think, update, whisper
from bot.ui.buttons import Key
from bot.ui.commands.choices import Choices, matching
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from engine.sentence import Sentence, say

EVERYWHERE = "all"  # in place of a scope
_MOST_CHOICES, _LONGEST_CHOICE = 25, 100
_RED, _GREEN = discord.ButtonStyle.danger, discord.ButtonStyle.success


class PolicyDesk:
    """Seen by the admin alone; whoever calls guards."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def set(self, interaction: Interaction, scope: Source, setting: str, text: str) -> None:
        value = await self._policies.set(asker(interaction), scope, setting, text)
        await whisper(interaction, done(setting, value, scope, locale_of(interaction)))

    async def reset(self, interaction: Interaction, scope: Source | None, setting: str | None) -> None:
        """One setting at once; all of them after a question. Without a scope, in all of them."""
        if setting is not None:
            count = await self._policies.reset(asker(interaction), scope, setting)
            await whisper(interaction, say("Values that were taken back: {count}.", count=count))
            return
        count = await self._policies.count(asker(interaction), scope)
        if not count:
            raise BadRequest(say("Nothing is set there, so there is nothing to take back."))
        subject = EVERYWHERE if scope is None else scopes.encoded(scope)
        question = say("Values that will be taken back: {count}. Do it?", count=count)
        await self._ask(
            interaction, question, Key(Press(Action.POLICY_RESET, subject), say("Take them back"), "↩️", _RED)
        )

    async def reset_confirmed(self, interaction: Interaction, press: Press) -> None:
        """The yes to that."""
        scope = scopes.decoded(interaction, press.subject)
        if scope is None and press.subject != EVERYWHERE:
            raise BadRequest(OTHER_VERSION)
        count = await self._policies.reset(asker(interaction), scope, None)
        await update(interaction, say("Values that were taken back: {count}.", count=count))

    async def explain(self, interaction: Interaction, user_id: int, where: Source | None) -> None:
        """What holds for a member there, or here."""
        await think(interaction)
        if where is not None and where.layer is Layer.CATEGORY:
            raise BadRequest(say("Choose one of the channels in this category."))
        place = Place(interaction.guild_id, where.target_id or 0) if where else asker(interaction).place
        explained = await self._policies.explain(asker(interaction), user_id, place)
        await whisper(interaction, "", embed=policy_pages.explanation(explained, locale_of(interaction)))

    async def preset(self, interaction: Interaction, name: str) -> None:
        """What it would change, and whether that is wanted."""
        found = await self._policies.preview(asker(interaction), name)
        if not found:
            raise BadRequest(say("Everything of {name} holds already.", name=code(name)))
        question = say("{name} would change this for the whole server. Do it?", name=f"**{name}**")
        key = Key(Press(Action.PRESET, name), say("Set it all"), "✅", _GREEN)
        await self._ask(interaction, question, key, policy_pages.sheet(policy_pages.changes(found)))

    async def preset_confirmed(self, interaction: Interaction, press: Press) -> None:
        """The yes to that."""
        await self._policies.apply(asker(interaction), press.subject)
        sentence = say("{name} holds from now on, for this whole server.", name=f"**{press.subject}**")
        text = translate(sentence, locale_of(interaction))
        await interaction.response.edit_message(content=f"✅ {text}", embed=None, view=None)

    async def offer_settings(self, interaction: Interaction, typed: str) -> Choices:
        """Names and what they are for."""
        locale = locale_of(interaction)
        named = ((f"{name} · {translate(setting.help, locale)}", name) for name, setting in SETTINGS.items())
        return matching(named, typed)

    async def offer_values(self, interaction: Interaction, typed: str) -> Choices:
        """What is typed, as it will be kept, and what else the chosen setting may be."""
        name = str(getattr(interaction.namespace, "setting", ""))
        if name not in SETTINGS:
            return []
        offers = [
            (self._titled(interaction, name, value), value) for value in self._policies.offers(name).values
        ]
        others = [choice for choice in matching(offers, typed) if choice.value != typed]
        return [*_as_kept(SETTINGS[name], typed), *others][:_MOST_CHOICES]

    def _titled(self, interaction: Interaction, setting: str, value: str) -> str:
        meaning = policy_pages.MEANINGS.get((setting, value))
        return value if meaning is None else f"{value} · {translate(meaning, locale_of(interaction))}"

    async def _ask(
        self, interaction: Interaction, question: Sentence, key: Key, embed: discord.Embed | None = None
    ) -> None:
        keys = [key, Key(Press(Action.DISCARD, "admin"), say("Never mind"))]
        await whisper(interaction, question, buttons.rows([keys], locale_of(interaction)), embed)


OTHER_VERSION = say("This button is from another version of Atelier; start anew with `/admin policy panel`.")


def _as_kept(setting: Setting[Any], typed: str) -> Choices:
    """What is typed, where it is legal and short enough for Discord to offer."""
    if not 0 < len(typed) <= _LONGEST_CHOICE:
        return []
    try:
        return matching([(setting.show(setting.parse(typed)), typed)], "")
    except BadRequest:
        return []


def done(setting: str, value: str, scope: Source, locale: str) -> Sentence:
    """What was set."""
    return say(
        "✅ {setting} is {value} from now on, for {scope}. It holds for waiting requests, too.",
        setting=code(setting), value=code(value, 500), scope=scopes.shown(scope, locale),
    )  # fmt: skip
