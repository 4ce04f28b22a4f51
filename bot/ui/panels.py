"""At the desk for everything to look at and to set: the line, lists with pages, a member's settings, and help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord.ui import View

from bot.domain.album import Page
from bot.domain.drawing import Drawing
from bot.domain.inventory import ASPECTS, Inventory
from bot.domain.policy.layers import explain
from bot.domain.preferences import Preferences
from bot.domain.text import code
from bot.errors import BadRequest
from bot.service.album import Album
from bot.service.members import Members
from bot.service.studio import Studio
from bot.service.warden import Warden
from bot.ui import buttons, help_pages, render, standing
from bot.ui.answers import Interaction, asker, chosen, guard, locale_of, remember_locale, whisper
from bot.ui.buttons import Key, select
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import LANGUAGES, translate
from bot.ui.modals import Choices
from bot.ui.pages import Shown, catalogue_page, entries_page
from engine.samplers import SAMPLERS
from engine.sentence import Sentence, say

_UNTOLD = ("words", "names")  # to members
_TOGGLES = (
    ("remix", say("Remix")),
    ("notify", say("Notify")),
    ("private", say("Private")),
    ("auto_dm", say("Copy by DM")),
)


class PanelDesk:
    """Everything here is seen by the one who asked alone."""

    def __init__(
        self, studio: Studio, album: Album, members: Members, warden: Warden, inventory: Inventory
    ) -> None:
        self._studio, self._album, self._members = studio, album, members
        self._warden, self._inventory = warden, inventory

    async def queue(self, interaction: Interaction) -> None:
        async def work() -> None:
            locale = locale_of(interaction)
            running, waiting, seconds = await self._studio.load()
            left = f" · ~{render.duration(seconds)}" if seconds else ""
            head = say(
                "At work: **{running}**, waiting: **{waiting}**{left}",
                running=running,
                waiting=waiting,
                left=left,
            )
            lines, view = [translate(head, locale)], View(timeout=None)
            own = await self._studio.own_jobs(interaction.user.id)
            for job, place in own:
                where = render.place_in_line(place) if place else translate(say("at work"), locale)
                lines.append(f"- {code(job.id)} {where}: {code(job.order.drawing.prompt, 100)}")
            if own:
                choices = [(job.id, f"{job.id} {job.order.drawing.prompt}") for job, _ in own]
                title = translate(say("Cancel one of them"), locale)
                view.add_item(select(Press(Action.CANCEL, "chosen").custom_id, choices, placeholder=title))
            else:
                lines.append(translate(say("None of them is yours. Start one with `/imagine`."), locale))
            view.stop()
            await whisper(interaction, "\n".join(lines), view if own else None)

        await guard(interaction, work)

    async def info(self, interaction: Interaction) -> None:
        async def work() -> None:
            locale, who = locale_of(interaction), asker(interaction)
            holding = await self._warden.standing(who.actor, who.venue)
            used, window = await self._warden.usage(holding)
            drawn = await self._members.usage(who.user_id)
            waiting = (await self._studio.load())[1]
            lines = [
                *standing.used(holding.rules, used, window, unlimited=False),
                say("In the last 24 hours: {pictures} pictures, {seconds:.0f} seconds of the GPU.",
                    pictures=drawn.pictures, seconds=drawn.seconds),
                say("Waiting here and elsewhere: {waiting} requests.", waiting=waiting),
                *standing.limits(holding, (await self._warden.offer(who)).inventory.limits),
            ]  # fmt: skip
            told = [each for each in explain(holding.resolved) if each.setting.name not in _UNTOLD]
            text = [*(translate(line, locale) for line in lines), *standing.reasons(told, locale)]
            await whisper(interaction, "\n".join(text))

        await guard(interaction, work)

    async def help(self, interaction: Interaction, topic: str) -> None:
        async def work() -> None:
            embed = help_pages.page(topic, locale_of(interaction))
            await whisper(interaction, "", embed=embed)

        await guard(interaction, work)

    async def listing(self, interaction: Interaction, name: str, query: str = "") -> None:
        """A list by its name, from its first page."""

        async def work() -> None:
            shown = await self._page(interaction, name, 1, query)
            await whisper(interaction, "", shown.view, shown.embed, shown.files)

        await guard(interaction, work)

    async def turn(self, interaction: Interaction, press: Press) -> None:
        """To another page of a list."""
        shown = await self._page(interaction, press.subject, press.cell, press.extra)
        await interaction.response.edit_message(embed=shown.embed, attachments=shown.files, view=shown.view)

    async def settings(self, interaction: Interaction) -> None:
        async def work() -> None:
            preferences = await self._members.preferences(interaction.user.id)
            locale = locale_of(interaction)
            await whisper(interaction, _SETTINGS_TITLE, self._settings_view(preferences, locale))

        await guard(interaction, work)

    async def set(self, interaction: Interaction, press: Press) -> None:
        """A select or a switch of the settings panel."""
        preferences = await self._members.preferences(interaction.user.id)
        change = _change(press, preferences, chosen(interaction))
        preferences = await self._members.change(interaction.user.id, **change)
        remember_locale(interaction, preferences.locale)
        locale = locale_of(interaction)
        await interaction.response.edit_message(
            content=translate(_SETTINGS_TITLE, locale), view=self._settings_view(preferences, locale)
        )

    async def prefer(self, interaction: Interaction, done: str, **values: str | bool) -> None:
        """Set preferences by command, and say so."""

        async def work() -> None:
            await self._members.change(interaction.user.id, **values)
            await whisper(interaction, done)

        await guard(interaction, work)

    async def set_option(self, interaction: Interaction, name: str, flags: str) -> None:
        async def work() -> None:
            kept = await self._members.set_shortcut(interaction.user.id, name, flags)
            await whisper(
                interaction,
                say("`--{name}` in a prompt now stands for {flags}", name=kept, flags=code(flags, 500)),
            )

        await guard(interaction, work)

    async def delete_option(self, interaction: Interaction, name: str) -> None:
        async def work() -> None:
            await self._members.delete_shortcut(interaction.user.id, name)
            await whisper(interaction, say("That option is gone."))

        await guard(interaction, work)

    async def list_options(self, interaction: Interaction) -> None:
        async def work() -> None:
            shortcuts = await self._members.shortcuts(interaction.user.id)
            lines = [f"- `--{name}` → {code(flags, 300)}" for name, flags in sorted(shortcuts.items())]
            none = say("You have no options of your own yet; make one with `/prefer option set`.")
            await whisper(interaction, "\n".join(lines) or none)

        await guard(interaction, work)

    def tweaks(self, drawing: Drawing, locale: str) -> Choices:
        """What a drawing can be changed to; what it is stays a choice."""
        size = f"{drawing.width}x{drawing.height}"
        own = translate(say("the model's own"), locale)
        styles = [(name, offer.title or name) for name, offer in self._inventory.styles.items()]
        return Choices(
            models=[(model.name, model.title or model.name) for model in self._inventory.models.values()],
            aspects=[(size, size), *((aspect, aspect) for aspect in ASPECTS)],
            samplers=[("-", own), *((name, name) for name in SAMPLERS)],
            styles=[("-", translate(say("none"), locale)), *styles],
        )

    async def _page(self, interaction: Interaction, name: str, number: int, query: str) -> Shown:
        locale = locale_of(interaction)
        lists: dict[str, Callable[[], Awaitable[Page]]] = {
            "history": lambda: self._album.history(asker(interaction), query, number),
            "favorites": lambda: self._album.favourites(asker(interaction), query, number),
        }
        if name in lists:
            page = await lists[name]()
            return entries_page(
                name, page, await self._album.thumbnails(asker(interaction), page), query, locale
            )
        if name in ("models", "styles", "embeddings"):
            return catalogue_page(name, self._inventory, number, locale)
        raise BadRequest(say("This list is from another version of Atelier; ask for it again."))

    def _settings_view(self, preferences: Preferences, locale: str) -> View:
        own = translate(say("the studio's choice"), locale)
        models = [(model.name, model.title or model.name) for model in self._inventory.models.values()]
        counts = [(str(count), str(count)) for count in range(1, self._inventory.limits.max_count + 1)]
        languages = [
            ("en", "English"),
            *((name, _LANGUAGE_NAMES.get(name, name)) for name in sorted(LANGUAGES)),
        ]
        aspects = [(aspect, aspect) for aspect in ASPECTS]
        view = View(timeout=None)
        for name, label, choices, current in (
            ("model", say("Model"), models, preferences.model),
            ("aspect", say("Aspect"), aspects, preferences.aspect),
            ("count", say("How many pictures"), counts, preferences.count and str(preferences.count)),
            ("locale", say("Language"), languages, preferences.locale),
        ):
            title = translate(label, locale)
            named = [("-", f"{title}: {own}"), *((value, f"{title}: {text}") for value, text in choices)]
            view.add_item(select(Press(Action.SETTING, name).custom_id, named, current or "-"))
        switches = [_switch(name, label, on=getattr(preferences, name)) for name, label in _TOGGLES]
        return buttons.rows([switches], locale, view, first=4)


_SETTINGS_TITLE = say("Your settings; they fill in what your words leave open.")
_LANGUAGE_NAMES = {"de": "Deutsch", "fr": "Français"}


def _switch(name: str, label: Sentence, *, on: bool) -> Key:
    style = discord.ButtonStyle.success if on else discord.ButtonStyle.secondary
    return Key(Press(Action.SETTING, name.replace("_", "")), label, "✅" if on else "⬜", style)


def _change(press: Press, preferences: Preferences, values: Sequence[str]) -> dict[str, Any]:
    """What a select or a switch of the panel sets. Raises `BadRequest` for one that we do not know."""
    for name, _ in _TOGGLES:
        if press.subject == name.replace("_", ""):
            return {name: not getattr(preferences, name)}
    value = None if not values or values[0] == "-" else values[0]
    if press.subject in ("model", "aspect", "locale"):
        return {press.subject: value}
    if press.subject == "count" and (value is None or value.isdigit()):
        return {"count": None if value is None else min(4, max(1, int(value)))}
    raise BadRequest(say("This setting is from another version of Atelier; open `/settings` again."))
