"""Brings the catalogues up to date with the texts in the source: `make messages`."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import discord
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from discord import app_commands
from discord.app_commands import TranslationContextTypes as Place

from bot.ui.admin_room import AdminRoom
from bot.ui.commands.admin import admin_group
from bot.ui.commands.choices import Chooser
from bot.ui.commands.context_menus import MenuDesk, context_menus
from bot.ui.commands.drawing import drawing_commands
from bot.ui.commands.looking import looking_commands
from bot.ui.commands.owner import owner_commands
from bot.ui.commands.rights import add_review_commands, rights_commands
from bot.ui.gallery import GalleryDesk
from bot.ui.languages.commands import context_of
from bot.ui.machine import MachineDesk
from bot.ui.panels import PanelDesk
from bot.ui.privacy import PrivacyDesk
from bot.ui.provenance import ProvenanceDesk
from bot.ui.requests import RequestDesk
from bot.ui.reviews import ReviewDesk
from bot.ui.stewardship import StewardDesk

ROOT = Path(__file__).parents[3]
RULES = {
    "command": "Lower case, no spaces, at most 32 characters.",
    "option": "Lower case, no spaces, at most 32 characters.",
    "menu": "At most 32 characters.",
    "description": "At most 100 characters.",
    "choice": "At most 100 characters.",
}


def gather() -> Catalog:
    """Every template of `say(...)`, and every text of the commands under its context."""
    found = Catalog()
    for path in sorted(path for room in ("bot", "engine") for path in (ROOT / room).rglob("*.py")):
        source = path.read_text("utf-8")
        if "from engine.sentence import" in source:
            for line, template in templates(source):
                found.add(template, locations=[(str(path.relative_to(ROOT)), line)])
    asyncio.run(_gather_commands(found))
    return found


def templates(source: str) -> list[tuple[int, str]]:
    """The line and the template of each `say(...)`, wherever it stands; Babel does not look into f-strings.

    Raises `ValueError` where a template is not one literal.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            template = node.args[0]
            if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
                raise ValueError(
                    f"The template in line {node.lineno} must be one literal, as in say('Done.')."
                )
            found.append((node.lineno, template.value))
    return sorted(found)


async def _gather_commands(found: Catalog) -> None:
    """Whatever discord.py asks a translator for."""
    tree = command_tree()
    for command in tree.get_commands():
        await command.get_translated_payload(tree, _Recorder(found))


def command_tree() -> app_commands.CommandTree[discord.Client]:
    """All commands, with nobody at the desks."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    chooser, reviews = Chooser.__new__(Chooser), ReviewDesk.__new__(ReviewDesk)
    admin = admin_group(AdminRoom.__new__(AdminRoom))
    add_review_commands(admin, reviews)
    commands = [
        *drawing_commands(RequestDesk.__new__(RequestDesk), chooser),
        *looking_commands(GalleryDesk.__new__(GalleryDesk), PanelDesk.__new__(PanelDesk), chooser),
        *rights_commands(PrivacyDesk.__new__(PrivacyDesk), reviews, ProvenanceDesk.__new__(ProvenanceDesk)),
        *owner_commands(MachineDesk.__new__(MachineDesk), StewardDesk.__new__(StewardDesk), chooser),
        admin,
        *context_menus(MenuDesk.__new__(MenuDesk)),
    ]
    for command in commands:
        tree.add_command(command)
    return tree


class _Recorder(app_commands.Translator):
    def __init__(self, found: Catalog) -> None:
        self._found = found

    async def translate(self, text: app_commands.locale_str, locale: discord.Locale, context: Place) -> None:
        kind = context_of(context)
        self._found.add(text.message, context=kind, auto_comments=[RULES[kind]])


def main() -> None:
    """New texts come in empty, texts that are gone are dropped, translations stay."""
    template = gather()
    for file in sorted(Path(__file__).parent.glob("*.po")):
        catalogue = read_po(file.read_bytes().splitlines(), locale=file.stem)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        missing = [message.id for message in catalogue if message.id and not message.string]
        with file.open("wb") as out:
            write_po(out, catalogue, width=100, include_lineno=False, ignore_obsolete=True)
        print(f"{file.name}: {len(catalogue)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
