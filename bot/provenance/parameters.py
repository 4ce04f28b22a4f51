"""How a picture was made: a line that every tool of the field reads, and a record of all the rest."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.domain.drawing import Drawing
from engine.events import Finished


def parameters(drawing: Drawing, cell: int, finished: Finished, request_id: str = "") -> str:
    """The `parameters` text that AUTOMATIC1111's web UI writes and every tool of the field reads.

    With a `request_id` it says that instead of the words.
    """
    settings: dict[str, object] = {
        "Steps": drawing.steps,
        "Sampler": drawing.sampler or "default",
        "CFG scale": drawing.cell_guidance(cell),
        "Seed": drawing.cell_seed(cell),
        "Size": f"{drawing.width}x{drawing.height}",
    }
    if finished.model_hash:
        settings["Model hash"] = finished.model_hash[:10]
    settings["Model"] = drawing.model
    if drawing.image_sha256 is not None:
        settings["Denoising strength"] = drawing.strength
    if drawing.tile:
        settings["Tiling"] = True
    if drawing.stop < 100:
        settings["Stopped at"] = f"{drawing.stop} %"
    if finished.upscaled_by:
        settings |= {"Upscale by": drawing.upscale, "Upscaler": finished.upscaled_by}
    if finished.rows:
        settings["Rows"] = finished.rows
    if request_id:
        settings["Request"] = request_id
    words = [] if request_id else _words(drawing, cell)
    return "\n".join([*words, ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items())])


def record(drawing: Drawing, cell: int, finished: Finished, request_id: str = "") -> str:
    """The same and more as JSON, for ourselves; `request` is there where the words are not."""
    words: dict[str, Any] = {"prompt": drawing.cell_prompt(cell), "negative": drawing.full_negative}
    values = ({"request": request_id} if request_id else words) | {
        "model": drawing.model,
        "model_hash": finished.model_hash,
        "seed": drawing.cell_seed(cell),
        "steps": drawing.steps,
        "guidance": drawing.cell_guidance(cell),
        "sampler": drawing.sampler,
        "width": drawing.width,
        "height": drawing.height,
        "strength": drawing.strength,
        "image": drawing.image_sha256 or "",
        "mask": drawing.mask_sha256 or "",
        "tile": drawing.tile,
        "stop": drawing.stop,
        "style": drawing.style.name if drawing.style else "",
        "upscale": drawing.upscale,
        "upscaled_by": finished.upscaled_by,
        "rows": finished.rows,
        "adapters": [asdict(adapter) for adapter in finished.adapters],
    }
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def _words(drawing: Drawing, cell: int) -> list[str]:
    negative = drawing.full_negative
    return [drawing.cell_prompt(cell), *([f"Negative prompt: {negative}"] if negative else [])]


def _quoted(value: object) -> str:
    """A value that would end too early is quoted, as the web UI does."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(mark in text for mark in ',:\n"') else text
