"""A picture says what it is: PNG text in the field's convention, and the same in the smaller formats."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from bot.domain.drawing import Drawing
from engine.events import Finished

_USER_COMMENT_CODE = b"UNICODE\0"
_SMALLER_FORMATS = (("webp", 95), ("webp", 85), ("jpeg", 85), ("jpeg", 65), ("jpeg", 40))


@dataclass(frozen=True, slots=True)
class PictureFile:
    """An encoded picture and its file name's ending, such as `png`."""

    data: bytes
    ending: str


def parameters(drawing: Drawing, cell: int, finished: Finished) -> str:
    """The `parameters` text that AUTOMATIC1111's web UI writes and every tool of the field reads."""
    settings = {
        "Steps": drawing.steps,
        "Sampler": drawing.sampler or "default",
        "CFG scale": drawing.cell_guidance(cell),
        "Seed": drawing.cell_seed(cell),
        "Size": f"{drawing.width}x{drawing.height}",
        "Model hash": finished.model_hash[:10],
        "Model": drawing.model,
    }
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
    lines = [drawing.cell_prompt(cell)]
    if drawing.full_negative:
        lines.append(f"Negative prompt: {drawing.full_negative}")
    lines.append(", ".join(f"{key}: {value}" for key, value in settings.items()))
    return "\n".join(lines)


def png(finished: Finished, drawing: Drawing, cell: int) -> bytes:
    """The picture as a PNG file; the same drawing and cell give the same bytes, whoever asked and when."""
    picture = finished.picture
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    info = PngInfo()
    info.add_itxt("parameters", parameters(drawing, cell, finished))
    record = _record(drawing, cell, finished)
    info.add_itxt("atelier", json.dumps(record, sort_keys=True, ensure_ascii=False))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=info)
    return out.getvalue()


def fit(data: bytes, limit: int) -> PictureFile | None:
    """The PNG itself where it fits into `limit` bytes, else a WebP or JPEG with its text kept; none if none fits."""
    if len(data) <= limit:
        return PictureFile(data, "png")
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        exif = Image.Exif()
        text = str(getattr(image, "text", {}).get("parameters", ""))
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = _USER_COMMENT_CODE + text.encode(
            "utf-16-be"
        )
        for kind, quality in _SMALLER_FORMATS:
            out = io.BytesIO()
            image.convert("RGB").save(out, kind.upper(), quality=quality, exif=exif)
            if out.tell() <= limit:
                return PictureFile(out.getvalue(), kind)
    return None


def read_parameters(data: bytes) -> str:
    """What a PNG says about itself in the field's convention; empty where it says nothing or is no picture."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
            return str(getattr(image, "text", {}).get("parameters", ""))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""


def _record(drawing: Drawing, cell: int, finished: Finished) -> dict[str, Any]:
    return {
        "prompt": drawing.cell_prompt(cell),
        "negative": drawing.full_negative,
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
