"""Pictures of the demo model through the whole engine, and how they differ."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from bot.domain.drawing import Drawing
from bot.settings import demo_model
from engine.demo.world import Subject, prompt
from engine.events import Finished
from engine.executor import Executor

Pixels = npt.NDArray[np.float64]


def a_drawing(
    subject: Subject, seed: int, size: tuple[int, int] = (128, 128), strength: float = 1
) -> Drawing:
    """As a member gets it who says nothing but the prompt."""
    demo, (width, height) = demo_model(), size
    return Drawing(
        prompt=prompt(subject),
        model=demo.name,
        seed=seed,
        count=1,
        width=width,
        height=height,
        steps=demo.steps,
        guidance=demo.guidance,
        sampler=demo.sampler,
        strength=strength,
    )


async def drawn(
    engine: Executor, drawing: Drawing, image: bytes | None = None, mask: bytes | None = None
) -> Image.Image:
    request = drawing.request(f"{id(drawing)}", 0, image, mask)
    end = [event async for event in engine.submit(request)][-1]
    assert isinstance(end, Finished), end
    return Image.frombytes("RGB", (end.picture.width, end.picture.height), end.picture.rgb)


async def all_drawn(
    engine: Executor,
    drawings: Sequence[Drawing],
    images: Sequence[bytes | None] | None = None,
    masks: Sequence[bytes | None] | None = None,
) -> list[Image.Image]:
    """At once, in their order."""
    none = [None] * len(drawings)
    works = zip(drawings, images or none, masks or none, strict=True)
    return await asyncio.gather(*(drawn(engine, *work) for work in works))


def file_of(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixels_of(image: Image.Image) -> Pixels:
    """(height, width, 3), from 0 to 1."""
    return np.asarray(image.convert("RGB"), float) / 255


def difference(one: Image.Image, other: Image.Image) -> Pixels:
    """Of each pixel, (height, width), from 0 to 1."""
    return np.asarray(np.abs(pixels_of(one) - pixels_of(other)).mean(axis=2))
