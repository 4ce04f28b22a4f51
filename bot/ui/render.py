"""What a job's message looks like in each of its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import discord

from bot.delivery import Cell
from bot.domain.job import Job, State
from bot.domain.status import Ended, Status, Waiting, Working
from bot.domain.text import code, cut
from bot.sketch import ENDING
from bot.ui.buttons import CANCEL, REROLL, buttons

_BAR_CELLS = 14
_ACCENT = discord.Colour(0xE8A33D)
_ALT_TEXT = 1024  # characters that Discord allows
_ENDINGS = {State.CANCELLED: "🚫", State.FAILED: "⚠️", State.REFUSED: "⛔"}


@dataclass(frozen=True, slots=True)
class Message:
    """The whole of a message: every edit replaces all of it, but keeps its files where `files` is none."""

    content: str
    embeds: list[discord.Embed] = field(default_factory=list)
    files: list[discord.File] | None = field(default_factory=list)
    view: discord.ui.View | None = None


def status(job: Job, shown: Status, preview: bytes | None = None) -> Message:
    """The line that a member watches while the pictures are on their way; a preview stays until the next one."""
    prompt = code(job.order.drawing.prompt)
    match shown:
        case Waiting():
            return Message(f"{_waiting(shown)}\n{prompt}", view=buttons(CANCEL, job.id))
        case Working():
            files = None if preview is None else [_preview_file(job, preview)]
            return Message(f"{_working(shown)}\n{prompt}", files=files, view=buttons(CANCEL, job.id))
        case Ended():
            view = None if shown.state is State.REFUSED else buttons(REROLL, job.id)
            return Message(f"{_ENDINGS[shown.state]} {cut(shown.reason, 500)}\n{prompt}", view=view)


def pictures(job: Job, cells: Sequence[Cell]) -> Message:
    """The finished job: its pictures, the words, and where they come from."""
    drawing = job.order.drawing
    embed = discord.Embed(description=code(drawing.prompt, 2000), colour=_ACCENT)
    if drawing.negative:
        embed.add_field(name="Without", value=code(drawing.negative))
    embed.set_footer(text=_footer(job, cells))
    alt = cut(drawing.prompt, _ALT_TEXT)
    files = [discord.File(BytesIO(cell.file.data), file_name(job, cell), description=alt) for cell in cells]
    return Message("", [embed], files, buttons(REROLL, job.id))


def _preview_file(job: Job, preview: bytes) -> discord.File:
    alt = cut(f"Being drawn: {job.order.drawing.prompt}", _ALT_TEXT)
    return discord.File(BytesIO(preview), f"preview.{ENDING}", description=alt)


def file_name(job: Job, cell: Cell) -> str:
    """`<job>-<cell>-<seed>.png`; cells count from 1 where members see them."""
    return f"{job.id}-{cell.stored.cell + 1}-{cell.stored.seed}.{cell.file.ending}"


def duration(seconds: float) -> str:
    """`0:38`, `12:05` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def place_in_line(shown: Waiting) -> str:
    """`#2 · ~0:38`."""
    return f"#{shown.position}" + (f" · ~{duration(shown.seconds)}" if shown.seconds is not None else "")


def _waiting(shown: Waiting) -> str:
    place = place_in_line(shown)
    return f"⏳ **resumed, you are {place}**" if shown.resumed else f"⏳ **{place}**"


def _working(shown: Working) -> str:
    filled = round(shown.fraction * _BAR_CELLS)
    bar = "▰" * filled + "▱" * (_BAR_CELLS - filled)
    tally = f" · {shown.finished} of {shown.count} done" if shown.count > 1 else ""
    return f"🎨 {'resumed ' if shown.resumed else ''}{bar} **{shown.fraction:.0%}**{tally}"


def _footer(job: Job, cells: Sequence[Cell]) -> str:
    drawing = job.order.drawing
    seconds = sum(cell.stored.seconds for cell in cells)
    parts = [
        job.id,
        f"seed {drawing.seed}",
        drawing.model,
        f"{drawing.width}x{drawing.height}",
        f"{seconds:.1f} s",
    ]
    endings = {cell.file.ending for cell in cells} - {"png"}
    if endings:
        parts.append(
            f"sent as {' and '.join(sorted(e.upper() for e in endings))}: PNG is over this server's limit"
        )
    return " · ".join(parts)
