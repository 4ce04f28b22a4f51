"""`atelier imagine`: one request straight to the engine, with the same words, seeds and files as on Discord."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from bot.compose import build_engine
from bot.domain.drawing import Drawing
from bot.domain.preferences import Preferences
from bot.domain.words import Words
from bot.errors import AtelierError, BadRequest
from bot.ingest import to_png
from bot.inventory import build_inventory
from bot.provenance import png
from bot.service.making import read
from bot.settings import Settings
from engine.events import Failed, Finished
from engine.events import Progress as Step
from engine.executor import Executor
from engine.request import MAX_SEED


async def draw(settings: Settings, words: Words, image: Path | None, out: Path, console: Console) -> None:
    """Write `out`, or `out-1`, `out-2`, … for several pictures. Raises `AtelierError` with a sentence."""
    if not out.parent.is_dir():
        raise BadRequest(f"The folder {out.parent} does not exist; make it first, or choose another --out.")
    start = await _start_picture(image) if image else None
    words = replace(words, image_sha256=sha256(start).hexdigest()) if start else words
    drawing = _drawing(settings, words, start is not None, console)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    async with build_engine(settings) as engine:
        with Progress(*columns, console=console, transient=True) as bar:

            async def draw_and_save(cell: int) -> None:
                path = out if drawing.count == 1 else out.with_stem(f"{out.stem}-{cell + 1}")
                path.write_bytes(await _draw_cell(engine, drawing, cell, start, bar))
                console.print(f"{path}  seed {drawing.cell_seed(cell)}", highlight=False)

            await asyncio.gather(*map(draw_and_save, range(drawing.count)))


def _drawing(settings: Settings, words: Words, started: bool, console: Console) -> Drawing:
    """With the flags of the prompt; what of them could not be taken as it was said is printed."""
    inventory = build_inventory(settings)
    reading = read(words, Preferences(count=1), {}, inventory, secrets.randbelow(MAX_SEED + 1))
    for note in reading.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    drawing = reading.drawing
    if drawing.mask_sha256 or drawing.upscale > 1 or (drawing.image_sha256 and not started):
        raise BadRequest(
            "The flags --image, --mask and --upscale name pictures of the bot, which are not known here; start from a "
            "file with the option --image."
        )
    return drawing


async def _draw_cell(
    engine: Executor, drawing: Drawing, cell: int, image: bytes | None, bar: Progress
) -> bytes:
    task = bar.add_task(f"picture {cell + 1} of {drawing.count}", total=drawing.steps)
    async for event in engine.submit(drawing.request(f"cli-{cell}", cell, image)):
        match event:
            case Step(step=step, total=total):
                bar.update(task, completed=step, total=total)
            case Finished():
                return png(event, drawing, cell)
            case Failed():
                raise AtelierError(event.sentence)
    raise AtelierError("The engine ended without a picture.")


async def _start_picture(path: Path) -> bytes:
    try:
        return (await to_png(await asyncio.to_thread(path.read_bytes), path.name)).png
    except OSError as error:
        raise BadRequest(f"{path} cannot be read; name a PNG, JPEG or WebP file.") from error
