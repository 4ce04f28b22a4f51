"""Lists with pages: a member's pictures, and what the studio has to offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import discord
from discord.ui import View

from bot.domain.album import Entry, Page
from bot.domain.inventory import Inventory
from bot.domain.text import code, cut_formatted
from bot.ui import buttons
from bot.ui.buttons import select
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from bot.ui.render import ACCENT
from engine.sentence import Sentence, say

_SHEET = "page.webp"
_PAGE_SIZE = 10
_TITLES = {
    "history": say("Your pictures"),
    "favorites": say("Your favourites"),
    "models": say("Models"),
    "styles": say("Styles"),
    "embeddings": say("Embeddings"),
}
_NOTHING = {
    "history": say("There is nothing here yet. Start with `/imagine`."),
    "favorites": say("There is nothing here yet. Press ❤️ under a picture."),
    "models": say("There is none here yet."),
    "styles": say("There is none here yet; the owner can add some to the settings."),
    "embeddings": say("There is none here yet; the owner can add some to the settings."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as a message."""

    embed: discord.Embed
    view: View
    files: list[discord.File] = field(default_factory=list)


def entries_page(name: str, page: Page, sheet: bytes | None, query: str, locale: str) -> Shown:
    """Jobs with what their pictures look like; the select shows one of them again, with live buttons."""
    lines = [_line(number, entry) for number, entry in enumerate(page.entries, 1)]
    embed = _embed(name, lines, page.page, page.pages, locale)
    view, files = View(timeout=None), []
    if page.entries:
        jobs = [entry.job for entry in page.entries]
        choices = [(job.id, f"{number}. {job.order.drawing.prompt}") for number, job in enumerate(jobs, 1)]
        title = translate(say("Show one of them again"), locale)
        view.add_item(select(Press(Action.SHOW, "chosen").custom_id, choices, placeholder=title))
    if sheet is not None:
        files.append(discord.File(BytesIO(sheet), _SHEET, description=translate(_TITLES[name], locale)))
        embed.set_image(url=f"attachment://{_SHEET}")
    return Shown(embed, buttons.pager(name, page.page, page.pages, query, locale, view), files=files)


def catalogue_page(name: str, inventory: Inventory, number: int, locale: str) -> Shown:
    """Models, styles or embeddings with how to ask for each."""
    lines = _catalogue_lines(name, inventory, locale)
    pages = max(1, -(-len(lines) // _PAGE_SIZE))
    number = min(max(1, number), pages)
    shown = lines[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
    embed = _embed(name, shown, number, pages, locale)
    return Shown(embed, buttons.pager(name, number, pages, "", locale))


def _catalogue_lines(name: str, inventory: Inventory, locale: str) -> list[str]:
    if name == "models":
        return [
            f"**{model.title or model.name}** · `--model {model.name}` · {model.width}x{model.height}, "
            f"`--steps {model.steps} --cfg {model.guidance:g}`"
            for model in inventory.models.values()
        ]
    if name == "styles":
        return [
            f"**{offer.title or offer.style.name}** · `--style {offer.style.name}` · {code(offer.style.prompt, 100)}"
            for offer in inventory.styles.values()
        ]
    word = translate(say("word"), locale)
    return [
        f"**{each.title or each.name}** · {word}: {code(each.trigger)}"
        for each in inventory.embeddings.values()
    ]


def _embed(name: str, lines: Sequence[str], number: int, pages: int, locale: str) -> discord.Embed:
    text = "\n".join(lines) or translate(_NOTHING[name], locale)
    embed = discord.Embed(
        title=translate(_TITLES[name], locale), description=cut_formatted(text, 4000), colour=ACCENT
    )
    footer: Sentence = say("Page {number} of {pages}", number=number, pages=pages)
    return embed.set_footer(text=translate(footer, locale))


def _line(number: int, entry: Entry) -> str:
    when = f"<t:{entry.job.created_at // 1000}:R>"
    return f"**{number}.** {code(entry.job.order.drawing.prompt, 120)} · `{entry.job.id}` · {when}"
