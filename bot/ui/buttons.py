"""The rows of buttons under each kind of message; a button carries its custom_id and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord.ui import Button, Select, View

from bot.domain.canvas import Direction
from bot.domain.text import cut
from bot.ui.custom_ids import Action, Press
from bot.ui.languages import translate
from engine.sentence import Sentence, say

_GREY, _BLUE, _GREEN = (
    discord.ButtonStyle.secondary,
    discord.ButtonStyle.primary,
    discord.ButtonStyle.success,
)
_MOST_OPTIONS, _LONGEST_OPTION, _LONGEST_PLACEHOLDER = 25, 100, 150


@dataclass(frozen=True, slots=True)
class Key:
    """A button: what it does, and how it looks."""

    press: Press
    label: str | Sentence | None = None
    emoji: str | None = None
    style: discord.ButtonStyle = _GREY
    disabled: bool = False


def rows(keys: Iterable[Iterable[Key]], locale: str | None, view: View | None = None, first: int = 0) -> View:
    """A view of these rows. It is stopped so that discord.py keeps nothing of it in memory."""
    view = view or View(timeout=None)
    for number, row in enumerate(keys, first):
        for key in row:
            label = None if key.label is None else translate(key.label, locale)
            view.add_item(
                Button(
                    label=label,
                    emoji=key.emoji,
                    style=key.style,
                    disabled=key.disabled,
                    custom_id=key.press.custom_id,
                    row=number,
                )
            )
    view.stop()
    return view


def select(
    custom_id: str, choices: Sequence[tuple[str, str]], chosen: str = "", placeholder: str | None = None
) -> Select[Any]:
    """Values and their titles, as many as Discord shows; `placeholder` stands there until one is chosen."""
    text = None if placeholder is None else cut(placeholder, _LONGEST_PLACEHOLDER)
    item: Select[Any] = Select(custom_id=custom_id, placeholder=text)
    for value, title in choices[:_MOST_OPTIONS]:
        item.add_option(label=cut(title, _LONGEST_OPTION), value=value, default=value == chosen)
    return item


def cancel(job_id: str, locale: str | None) -> View:
    """Under a request that waits or is being drawn."""
    return rows([[Key(Press(Action.CANCEL, job_id), say("Cancel"), "❌")]], locale)


def retry(job_id: str, locale: str | None) -> View:
    """Under a request that ended without pictures."""
    return rows([[Key(Press(Action.REROLL, job_id), say("Again"), "🔄")]], locale)


def redraw(job_id: str, locale: str | None) -> View:
    """Under the sentence that a file has expired."""
    return rows([[Key(Press(Action.REDRAW, job_id), say("Draw it again"), "🖼️", _BLUE)]], locale)


def grid(job_id: str, cells: Sequence[int], locale: str | None) -> View:
    """Under two to four pictures; one that was withheld has no buttons."""
    return rows(
        [
            [
                *(Key(Press(Action.PICK, job_id, cell), f"U{cell + 1}") for cell in cells),
                Key(Press(Action.REROLL, job_id), None, "🔄", _BLUE),
            ],
            [
                *(Key(Press(Action.VARY_STRONG, job_id, cell), f"V{cell + 1}") for cell in cells),
                Key(Press(Action.REMIX, job_id), None, "✏️"),
            ],
            _keeping(job_id, cells[0]),
        ],
        locale,
    )


def single(job_id: str, cell: int, locale: str | None, *, square: bool) -> View:
    """Under one picture; a square one is not made square."""
    return rows(
        [
            [
                Key(Press(Action.VARY_SUBTLE, job_id, cell), say("Vary (Subtle)"), "🪄"),
                Key(Press(Action.VARY_STRONG, job_id, cell), say("Vary (Strong)"), "🪄"),
                Key(Press(Action.REGION, job_id, cell), say("Vary (Region)"), "🖌️"),
                Key(Press(Action.REROLL, job_id), None, "🔄", _BLUE),
                Key(Press(Action.TWEAK, job_id, cell), say("Tweak"), "🔧"),
            ],
            [
                Key(Press(Action.UPSCALE, job_id, cell, "2"), say("Upscale 2x"), "🔍"),
                Key(Press(Action.UPSCALE, job_id, cell, "4"), say("Upscale 4x"), "🔍"),
                Key(Press(Action.ZOOM, job_id, cell, "1.5"), say("Zoom Out 1.5x"), "🔭"),
                Key(Press(Action.ZOOM, job_id, cell, "2"), say("Zoom Out 2x"), "🔭"),
                Key(Press(Action.CUSTOM_ZOOM, job_id, cell), say("Custom Zoom"), "🔭"),
            ],
            [
                *(
                    Key(Press(Action.PAN, job_id, cell, direction), None, arrow)
                    for direction, arrow in zip(Direction, ("⬅️", "➡️", "⬆️", "⬇️"), strict=True)
                ),
                Key(Press(Action.SQUARE, job_id, cell), say("Make Square"), "↔️", disabled=square),
            ],
            [Key(Press(Action.REMIX, job_id, cell), say("Remix"), "✏️"), *_keeping(job_id, cell)],
        ],
        locale,
    )


def _keeping(job_id: str, cell: int) -> list[Key]:
    return [
        Key(Press(Action.FAVOURITE, job_id, cell), None, "❤️"),
        Key(Press(Action.COPY, job_id, cell), None, "📋"),
        Key(Press(Action.SEND, job_id, cell), None, "✉️"),
        Key(Press(Action.DELETE, job_id, cell), None, "🗑️"),
    ]


def cells(action: Action, job_id: str, cells: Sequence[int], locale: str | None, extra: str = "") -> View:
    """One button for each of these, where an action needs to know which picture."""
    keys = [
        Key(Press(action, job_id, cell, extra), say("Picture {number}", number=cell + 1), style=_BLUE)
        for cell in cells
    ]
    return rows([keys], locale)


def confirm(draft_id: str, locale: str | None) -> View:
    """Under the question whether several requests are wanted."""
    keys = [
        Key(Press(Action.CONFIRM, draft_id), say("Draw them all"), "✅", _GREEN),
        Key(Press(Action.DISCARD, draft_id), say("Never mind")),
    ]
    return rows([keys], locale)


def pager(
    listing: str, page: int, pages: int, query: str, locale: str | None, view: View | None = None
) -> View:
    """Under a list with several pages, which count from 1; `query` is cut to what a custom_id can carry."""
    keys = [
        Key(Press(Action.PAGE, listing, max(1, page - 1), query[:50]), say("Back"), "◀️", disabled=page <= 1),
        Key(
            Press(Action.PAGE, listing, min(99, page + 1), query[:50]),
            say("Next"),
            "▶️",
            disabled=page >= pages,
        ),
    ]
    return rows([keys] if pages > 1 else [], locale, view, first=4)
