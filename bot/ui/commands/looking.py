"""Commands that show and set: /show, /queue, /history, /settings, /prefer, lists and help."""

from __future__ import annotations

from typing import Any

from discord import app_commands

from bot.ui.answers import Interaction, locale_of
from bot.ui.commands.choices import Choices, Chooser
from bot.ui.gallery import GalleryDesk
from bot.ui.help_pages import TOPICS
from bot.ui.languages import translate
from bot.ui.panels import PanelDesk
from engine.sentence import say

Command = app_commands.Command[Any, ..., None] | app_commands.Group


def looking_commands(gallery: GalleryDesk, panels: PanelDesk, chooser: Chooser) -> list[Command]:
    """Every command of this file."""
    return [
        _show(gallery),
        _queue(panels),
        _history(panels),
        _favorites(panels),
        _settings(panels),
        _info(panels),
        _models(panels),
        _styles(panels),
        _embeddings(panels),
        _help(panels),
        _prefer(panels),
    ]


def _show(gallery: GalleryDesk) -> Command:
    @app_commands.command(name="show", description="Show the pictures of a request again, with live buttons.")
    @app_commands.describe(job="The id in the footer of its message")
    async def show(interaction: Interaction, job: str) -> None:
        await gallery.show(interaction, job)

    return show


def _queue(panels: PanelDesk) -> Command:
    @app_commands.command(name="queue", description="See what is being drawn, and your place in line.")
    async def queue(interaction: Interaction) -> None:
        await panels.queue(interaction)

    return queue


def _history(panels: PanelDesk) -> Command:
    @app_commands.command(name="history", description="Your own pictures, newest first.")
    @app_commands.describe(search="Words of the prompt")
    async def history(interaction: Interaction, search: app_commands.Range[str, 0, 50] = "") -> None:
        await panels.listing(interaction, "history", search)

    return history


def _favorites(panels: PanelDesk) -> Command:
    @app_commands.command(name="favorites", description="The pictures that you keep.")
    @app_commands.describe(search="Words of the prompt")
    async def favorites(interaction: Interaction, search: app_commands.Range[str, 0, 50] = "") -> None:
        await panels.listing(interaction, "favorites", search)

    return favorites


def _settings(panels: PanelDesk) -> Command:
    @app_commands.command(name="settings", description="Your own defaults: model, shape, language and more.")
    async def settings(interaction: Interaction) -> None:
        await panels.settings(interaction)

    return settings


def _info(panels: PanelDesk) -> Command:
    @app_commands.command(
        name="info", description="What you have left, what you used, and what is allowed here."
    )
    async def info(interaction: Interaction) -> None:
        await panels.info(interaction)

    return info


def _models(panels: PanelDesk) -> Command:
    @app_commands.command(name="models", description="The models that draw here.")
    async def models(interaction: Interaction) -> None:
        await panels.listing(interaction, "models")

    return models


def _styles(panels: PanelDesk) -> Command:
    @app_commands.command(name="styles", description="The looks that can be added to your words.")
    async def styles(interaction: Interaction) -> None:
        await panels.listing(interaction, "styles")

    return styles


def _embeddings(panels: PanelDesk) -> Command:
    @app_commands.command(name="embeddings", description="The words that were trained here.")
    async def embeddings(interaction: Interaction) -> None:
        await panels.listing(interaction, "embeddings")

    return embeddings


def _help(panels: PanelDesk) -> Command:
    @app_commands.command(name="help", description="How to use this bot.")
    @app_commands.describe(topic="What about")
    async def show_help(interaction: Interaction, topic: str = "start") -> None:
        await panels.help(interaction, topic)

    @show_help.autocomplete("topic")
    async def topics(interaction: Interaction, typed: str) -> Choices:
        named = {name: translate(topic.title, locale_of(interaction)) for name, topic in TOPICS.items()}
        return [
            app_commands.Choice(name=title, value=name)
            for name, title in named.items()
            if typed.casefold() in title.casefold() or typed.casefold() in name
        ]

    return show_help


def _prefer(panels: PanelDesk) -> Command:
    prefer = app_commands.Group(name="prefer", description="What is added to every request of yours.")
    option = app_commands.Group(name="option", description="Your own flags.", parent=prefer)

    @prefer.command(name="suffix", description="Words and flags that are added to every prompt of yours.")
    @app_commands.describe(text="Such as: --style watercolour. Leave it out to add nothing")
    async def suffix(interaction: Interaction, text: str = "") -> None:
        await panels.prefer(interaction, say("Your suffix is set."), suffix=text)

    @prefer.command(name="remix", description="Ask for words when you press a variation or zoom button.")
    @app_commands.describe(on="On or off")
    async def remix(interaction: Interaction, on: bool) -> None:
        await panels.prefer(interaction, say("Remix is set."), remix=on)

    @prefer.command(name="auto_dm", description="Send a copy of all your pictures as a direct message.")
    @app_commands.describe(on="On or off")
    async def auto_dm(interaction: Interaction, on: bool) -> None:
        await panels.prefer(interaction, say("Copies by direct message are set."), auto_dm=on)

    @option.command(name="set", description="A flag of your own that stands for others.")
    @app_commands.describe(
        name="Its name, such as: mylook", flags="What it stands for, such as: --ar 3:2 --steps 30"
    )
    async def set_option(interaction: Interaction, name: str, flags: str) -> None:
        await panels.set_option(interaction, name, flags)

    @option.command(name="list", description="Your own flags.")
    async def list_options(interaction: Interaction) -> None:
        await panels.list_options(interaction)

    @option.command(name="delete", description="Take a flag of your own away.")
    @app_commands.describe(name="Its name")
    async def delete_option(interaction: Interaction, name: str) -> None:
        await panels.delete_option(interaction, name)

    return prefer
