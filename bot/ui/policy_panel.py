"""The panel for a server's policy: choose a setting and where it holds, then a value, again and again.

All of its state is in its custom_ids: the scope, and the setting that is looked at, if any.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
from discord.ui import (
    ChannelSelect,
    Label,
    Modal,
    RoleSelect,
    Select,
    TextDisplay,
    TextInput,
    UserSelect,
    View,
)

from bot.domain.policy.layers import Layer, Rule, Source
from bot.domain.policy.rules import SETTINGS, Setting
from bot.domain.text import cut, units
from bot.errors import BadRequest
from bot.service.policies import Policies, known_setting
from bot.ui import buttons, modals, policy_pages, scopes
from bot.ui.answers import Interaction, asker, chosen, locale_of, whisper
from bot.ui.buttons import Key
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.pages import Shown
from bot.ui.policies import OTHER_VERSION, done
from engine.sentence import Sentence, say

_MOST_OPTIONS, _LONGEST_OPTION, _LONGEST_INPUT = 25, 100, 4000
_LET_GO = say("`/admin review reject` lets such a name go, by its id in `/admin audit`.")


class PolicyPanel:
    """Seen by the admin alone. Handlers of presses; whoever calls guards."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def open(self, interaction: Interaction, scope: Source) -> None:
        """All that is set for this scope, and the ways on."""
        shown = await self._page(interaction, scope, None)
        await whisper(interaction, "", shown.view, shown.embed)

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """To a setting that was chosen, or back to all of them."""
        await self._show(interaction, _scope(interaction, press), (chosen(interaction) or [press.extra])[0])

    async def move(self, interaction: Interaction, press: Press) -> None:
        """To another scope, with the same setting."""
        scope = scopes.picked(interaction, press.subject)
        if scope is None:
            raise BadRequest(OTHER_VERSION)
        await self._show(interaction, scope, press.extra)

    async def change(self, interaction: Interaction, press: Press) -> None:
        """What was chosen is set; a button opens the form instead."""
        scope, setting = _scope(interaction, press), known_setting(press.extra)
        if values := chosen(interaction):
            await self._set(interaction, scope, setting.name, ", ".join(values))
            return
        rules = await self._policies.rules(asker(interaction), scope)
        value = next(
            (rule.value for rule in rules if (rule.source, rule.setting) == (scope, setting.name)), None
        )
        text = "" if value is None else setting.show(value)
        await interaction.response.send_modal(_form(press, setting, text, locale_of(interaction)))

    async def submitted(self, interaction: Interaction, press: Press) -> None:
        """The form, filled in."""
        text = modals.filled(interaction).text("value")
        await self._set(interaction, _scope(interaction, press), press.extra, text)

    async def take_back(self, interaction: Interaction, press: Press) -> None:
        """What is set for this scope no longer holds there."""
        scope = _scope(interaction, press)
        await self._policies.reset(asker(interaction), scope, press.extra)
        where = scopes.shown(scope, locale_of(interaction))
        sentence = say("↩️ {setting} is no longer set for {scope}.", setting=f"`{press.extra}`", scope=where)
        await self._show(interaction, scope, press.extra, sentence)

    async def _set(self, interaction: Interaction, scope: Source, setting: str, text: str) -> None:
        value = await self._policies.set(asker(interaction), scope, setting, text)
        await self._show(interaction, scope, setting, done(setting, value, scope, locale_of(interaction)))

    async def _show(
        self, interaction: Interaction, scope: Source, setting: str, note: Sentence | None = None
    ) -> None:
        shown = await self._page(interaction, scope, setting or None)
        text = None if note is None else translate(note, locale_of(interaction))
        await interaction.response.edit_message(content=text, embed=shown.embed, view=shown.view)

    async def _page(self, interaction: Interaction, scope: Source, name: str | None) -> Shown:
        locale, rules = locale_of(interaction), await self._policies.rules(asker(interaction), scope)
        if name is None:
            embed = policy_pages.overview(rules, self._policies.defaults, scope, locale)
            first: Select[Any] | None = _settings(scope, rules, locale)
        else:
            setting = known_setting(name)
            around = scopes.around(interaction, scope)
            embed = policy_pages.one(setting, rules, self._policies.defaults, scope, around, locale)
            if name == "names" and (number := await self._policies.asked_names(asker(interaction))):
                lines = embed.description, policy_pages.asked_for(number, locale), translate(_LET_GO, locale)
                embed.description = "\n".join(map(str, lines))
            first = self._values(scope, setting, rules, locale)
        view = View(timeout=None)
        for item in (first, *_scopes(scope, name or "", locale)):
            if item is not None:
                view.add_item(item)
        keys = _keys(scope, name, rules, form=first is None)
        return Shown(embed, buttons.rows([keys], locale, view, first=4))

    def _values(
        self, scope: Source, setting: Setting[Any], rules: Iterable[Rule], locale: str
    ) -> Select[Any] | None:
        """None where a value has to be typed, or cannot be set for this scope."""
        offers = self._policies.offers(setting.name)
        if not offers.closed or len(offers.values) > _MOST_OPTIONS or not _possible(scope, setting):
            return None
        item: Select[Any] = Select(
            custom_id=Press(Action.POLICY_VALUE, scopes.encoded(scope), 0, setting.name).custom_id,
            placeholder=translate(say("Choose a value"), locale),
            max_values=len(offers.values) if offers.several else 1,
        )
        own = [rule.value for rule in rules if (rule.source, rule.setting) == (scope, setting.name)]
        held = set(setting.show(own[0]).split(", ")) if own else set()
        for value in offers.values:
            meaning = policy_pages.MEANINGS.get((setting.name, value))
            item.add_option(
                label=cut(value, _LONGEST_OPTION),
                value=value,
                description=meaning and translate(meaning, locale),
                default=value in held,
            )
        return item


def _scope(interaction: Interaction, press: Press) -> Source:
    """Raises `BadRequest`."""
    scope = scopes.decoded(interaction, press.subject)
    if scope is None:
        raise BadRequest(OTHER_VERSION)
    return scope


def _possible(scope: Source, setting: Setting[Any]) -> bool:
    return scope.layer is Layer.GUILD or not setting.guild_only


def _settings(scope: Source, rules: Iterable[Rule], locale: str) -> Select[Any]:
    """Each with what is set for this scope, and what it is for."""
    item: Select[Any] = Select(
        custom_id=Press(Action.POLICY, scopes.encoded(scope)).custom_id,
        placeholder=translate(say("Choose a setting"), locale),
    )
    own = {rule.setting: SETTINGS[rule.setting].show(rule.value) for rule in rules if rule.source == scope}
    for name, setting in SETTINGS.items():
        label = f"{name}: {own[name]}" if name in own else name
        about = cut(translate(setting.help, locale), _LONGEST_OPTION)
        item.add_option(label=cut(label, _LONGEST_OPTION), value=name, description=about)
    return item


def _scopes(scope: Source, setting: str, locale: str) -> list[discord.ui.Item[Any]]:
    """One select for each kind of scope, with the present one in it."""

    def common(kind: str, title: Sentence, *layers: Layer) -> dict[str, Any]:
        present = _Present(scope.target_id or 0, discord.SelectDefaultValueType[kind])
        return {
            "custom_id": Press(Action.POLICY_SCOPE, kind, 0, setting).custom_id,
            "placeholder": translate(title, locale),
            "default_values": [present] if scope.layer in layers else [],
        }

    channel = common("channel", say("For a channel or a category"), Layer.CHANNEL, Layer.CATEGORY)
    return [
        ChannelSelect(**channel),
        RoleSelect(**common("role", say("For a role"), Layer.ROLE)),
        UserSelect(**common("user", say("For a member"), Layer.USER)),
    ]


class _Present(discord.SelectDefaultValue):
    """discord.py writes ids as numbers, but Discord asks for strings."""

    def __init__(self, target_id: int, kind: discord.SelectDefaultValueType) -> None:
        super().__init__(id=target_id, type=kind)

    def to_dict(self) -> Any:
        return {"id": str(self.id), "type": self.type.value}


def _keys(scope: Source, name: str | None, rules: Iterable[Rule], *, form: bool) -> list[Key]:
    """`form` says that a value has to be typed."""
    here, guild = scopes.encoded(scope), scopes.encoded(Source(Layer.GUILD, 0))
    whole = Key(
        Press(Action.POLICY_WHOLE, guild, 0, name or ""),
        say("The whole server"),
        "🌐",
        disabled=scope.layer is Layer.GUILD,
    )
    if name is None:
        return [whole]
    is_set = any((rule.source, rule.setting) == (scope, name) for rule in rules)
    change = Key(
        Press(Action.POLICY_VALUE, here, 0, name),
        say("Change it"),
        "✏️",
        discord.ButtonStyle.primary,
        disabled=not _possible(scope, SETTINGS[name]),
    )
    return [
        Key(Press(Action.POLICY, here), say("All settings"), "◀️"),
        *([change] if form else []),
        Key(Press(Action.POLICY_TAKE, here, 0, name), say("Take it back"), "↩️", disabled=not is_set),
        whole,
    ]


def _form(press: Press, setting: Setting[Any], text: str, locale: str) -> Modal:
    """The present value, what it is for, and what it may be; too long a list is begun anew."""
    field: TextInput[Any] = TextInput(
        custom_id="value",
        style=discord.TextStyle.paragraph if setting.adds_up else discord.TextStyle.short,
        default=text if units(text) <= _LONGEST_INPUT else "",
        max_length=_LONGEST_INPUT,
    )
    legal = translate(say("It may be {legal}.", legal=setting.form.legal), locale)
    modal = Modal(title=setting.name, custom_id=press.custom_id, timeout=None)
    modal.add_item(TextDisplay(f"{translate(setting.help, locale)}\n{legal}"))
    modal.add_item(Label(text=translate(say("Value"), locale), component=field))
    modal.stop()
    return modal
