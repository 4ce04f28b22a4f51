"""What a job's message looks like in each of its states, in the language of the member who asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO

import discord

from bot.cells import Cell
from bot.domain.job import Job, Origin, State
from bot.domain.status import Closed, Ended, Held, Status, Waiting, Working
from bot.domain.text import code, cut, cut_formatted
from bot.service.asker import Spot
from bot.sketch import ENDING
from bot.ui import buttons
from bot.ui.languages import translate
from engine.sentence import Sentence, say

_BAR_CELLS = 14
ACCENT = discord.Colour(0xE8A33D)
_FILE_NAME = re.compile(r"(?:SPOILER_)?(?P<job>[a-z2-7]{10})-(?P<cell>[1-4])-\d+\.(?:png|webp|jpeg)")
_ALT_TEXT = 1024  # characters that Discord allows
_ENDINGS = {State.CANCELLED: "🚫", State.FAILED: "⚠️", State.REFUSED: "⛔"}
_ORIGINS = {
    Origin.BLEND: say("Blend: the average of the pictures, drawn over"),
    Origin.REROLL: say("Again"),
    Origin.REDRAW: say("Drawn again"),
    Origin.REMIX: say("Remix"),
    Origin.VARY_SUBTLE: say("Vary (Subtle)"),
    Origin.VARY_STRONG: say("Vary (Strong)"),
    Origin.VARY_REGION: say("Vary (Region)"),
    Origin.ZOOM: say("Zoom Out"),
    Origin.SQUARE: say("Make Square"),
    Origin.PAN: say("Pan"),
    Origin.UPSCALE: say("Upscale"),
}
_UPSCALERS = {"tiles": say("redrawn in tiles"), "lanczos": say("resampled")}


@dataclass(frozen=True, slots=True)
class Message:
    """The whole of a message: every edit replaces all of it, but keeps its files where `files` is none."""

    content: str
    embeds: list[discord.Embed] = field(default_factory=list)
    files: list[discord.File] | None = field(default_factory=list)
    view: discord.ui.View | None = None


def status(job: Job, shown: Status, preview: bytes | None = None) -> Message:
    """The line that a member watches while the pictures are on their way; a preview stays until the next one."""
    prompt, locale = code(job.order.drawing.prompt), job.order.locale
    match shown:
        case Waiting():
            lines = [_waiting(shown, locale), *_closed(shown.closed, locale), prompt]
            return Message("\n".join(lines), view=buttons.cancel(job.id, locale))
        case Working():
            files = None if preview is None else [_preview_file(job, preview)]
            return Message(
                f"{_working(shown, locale)}\n{prompt}", files=files, view=buttons.cancel(job.id, locale)
            )
        case Held():
            text = translate(say("Drawn. A moderator looks at the pictures before they are shown."), locale)
            return Message(f"🔎 {text}\n{prompt}")
        case Ended():
            view = None if shown.state is State.REFUSED else buttons.retry(job.id, locale)
            reason = cut_formatted(translate(shown.reason, locale), 500)
            return Message(f"{_ENDINGS[shown.state]} {reason}\n{prompt}", view=view)


def pictures(job: Job, cells: Sequence[Cell]) -> Message:
    """The finished job, or one picture of it: the words, where they come from, and what can be done next."""
    drawing, locale = job.order.drawing, job.order.locale
    embed = discord.Embed(description=code(drawing.prompt, 2000), colour=ACCENT)
    if drawing.negative:
        embed.add_field(name=translate(say("Without"), locale), value=code(drawing.negative))
    if drawing.style:
        embed.add_field(name=translate(say("Style"), locale), value=code(drawing.style.name))
    if job.order.parent_id:
        embed.add_field(name=translate(_ORIGINS[job.order.origin], locale), value=_lineage(job, locale))
    embed.set_footer(text=_footer(job, cells, locale))
    return Message("", [embed], files(job, cells), _keys(job, cells))


def files(job: Job, cells: Sequence[Cell]) -> list[discord.File]:
    """The pictures with their alt text; behind a spoiler where the job asks for it."""
    return [
        discord.File(
            BytesIO(cell.file.data),
            file_name(job, cell),
            description=cut(job.order.drawing.prompt, _ALT_TEXT),
            spoiler=job.order.spoiler,
        )
        for cell in cells
    ]


def file_name(job: Job, cell: Cell) -> str:
    """`<job>-<cell>-<seed>.png`; cells count from 1 where members see them."""
    return f"{job.id}-{cell.stored.cell + 1}-{cell.stored.seed}.{cell.file.ending}"


def spots(message: discord.Message) -> list[Spot]:
    """The pictures that a message of ours shows, by the names of its files."""
    names = [_FILE_NAME.fullmatch(file.filename) for file in message.attachments]
    return [Spot(name["job"], int(name["cell"]) - 1) for name in names if name]


def duration(seconds: float) -> str:
    """`0:38`, `12:05` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def place_in_line(shown: Waiting) -> str:
    """`#2 · ~0:38`."""
    return f"#{shown.position}" + (f" · ~{duration(shown.seconds)}" if shown.seconds is not None else "")


def _keys(job: Job, cells: Sequence[Cell]) -> discord.ui.View:
    if len(cells) > 1:
        return buttons.grid(job.id, [cell.stored.cell for cell in cells], job.order.locale)
    stored = cells[0].stored
    return buttons.single(job.id, stored.cell, job.order.locale, square=stored.width == stored.height)


def _lineage(job: Job, locale: str) -> str:
    parent = code(job.order.parent_id or "")
    if job.order.parent_cell is None:
        return translate(say("of {job}", job=parent), locale)
    return translate(
        say("of picture {number} of {job}", number=job.order.parent_cell + 1, job=parent), locale
    )


def _preview_file(job: Job, preview: bytes) -> discord.File:
    alt = cut(f"{translate(say('Being drawn'), job.order.locale)}: {job.order.drawing.prompt}", _ALT_TEXT)
    return discord.File(BytesIO(preview), f"preview.{ENDING}", description=alt, spoiler=job.order.spoiler)


def _waiting(shown: Waiting, locale: str) -> str:
    place = place_in_line(shown)
    text = translate(say("resumed, you are {place}", place=place), locale) if shown.resumed else place
    return f"⏳ **{text}**"


def _closed(closed: Closed | None, locale: str) -> list[str]:
    if closed is None:
        return []
    why = translate(closed.why, locale)
    if closed.until is None:
        return [f"🌙 {why}"]
    return [f"🌙 {why} {translate(say('It goes on {time}.', time=f'<t:{closed.until // 1000}:R>'), locale)}"]


def _working(shown: Working, locale: str) -> str:
    filled = round(shown.fraction * _BAR_CELLS)
    bar = "▰" * filled + "▱" * (_BAR_CELLS - filled)
    parts = [f"{bar} **{shown.fraction:.0%}**"]
    if shown.count > 1:
        parts.append(translate(say("{done} of {count} done", done=shown.finished, count=shown.count), locale))
    if shown.resumed:
        parts.append(translate(say("resumed"), locale))
    return f"🎨 {' · '.join(parts)}"


def _footer(job: Job, cells: Sequence[Cell], locale: str) -> str:
    drawing = job.order.drawing
    seed = cells[0].stored.seed if len(cells) == 1 else drawing.seed
    seconds = sum(cell.stored.seconds for cell in cells)
    size = f"{cells[0].stored.width}x{cells[0].stored.height}"
    parts = [
        job.id,
        translate(say("seed {seed}", seed=seed), locale),
        drawing.model,
        size,
        f"{seconds:.1f} s",
    ]
    if job.order.origin is Origin.BLEND:
        parts.append(translate(_ORIGINS[Origin.BLEND], locale))
    parts += [translate(note, locale) for note in _remarks(cells)]
    return " · ".join(parts)


def _remarks(cells: Sequence[Cell]) -> list[Sentence]:
    remarks: list[Sentence] = []
    upscalers = {cell.stored.upscaled_by for cell in cells} - {""}
    endings = sorted({cell.file.ending.upper() for cell in cells} - {"PNG"})
    remarks += [_UPSCALERS.get(name, say("made larger by {network}", network=name)) for name in upscalers]
    if endings:
        remarks.append(say("sent as {formats}: PNG is over this server's limit", formats=", ".join(endings)))
    return remarks
