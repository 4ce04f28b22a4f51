"""Short ways to ask the engine for a small picture and to gather what it says."""

from __future__ import annotations

import itertools
from dataclasses import replace
from io import BytesIO

from PIL import Image

from engine.events import Event, Failed, Finished, Picture
from engine.executor import Executor
from engine.request import ImageRequest, PictureRequest, UpscaleMethod, UpscaleRequest

_ids = itertools.count()
_PLAIN = ImageRequest(
    id="",
    model="sd15",
    prompt="a red house",
    seed=1,
    width=64,
    height=64,
    steps=3,
    guidance=4.0,
    sampler="euler",
)


def a_request(**changes: object) -> ImageRequest:
    """A 64 × 64 picture in three steps, with an id of its own."""
    return replace(_PLAIN, **({"id": f"request-{next(_ids)}"} | changes))  # type: ignore[arg-type]


def an_upscale(image: bytes, **changes: object) -> UpscaleRequest:
    """Twice as large by the demo model in tiles, with an id of its own."""
    plain = UpscaleRequest(
        id=f"request-{next(_ids)}",
        model="demo",
        image=image,
        factor=2,
        prompt="a blue boat on the sea",
        seed=1,
        steps=10,
        guidance=3.0,
        method=UpscaleMethod.TILES,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def events_of(executor: Executor, request: PictureRequest) -> list[Event]:
    return [event async for event in executor.submit(request)]


async def picture_of(executor: Executor, request: PictureRequest) -> Picture:
    last = (await events_of(executor, request))[-1]
    assert isinstance(last, Finished), last
    return last.picture


async def failure_of(executor: Executor, request: PictureRequest) -> Failed:
    last = (await events_of(executor, request))[-1]
    assert isinstance(last, Failed), last
    return last


def a_png(colour: str = "orange", mode: str = "RGB", size: tuple[int, int] = (64, 64)) -> bytes:
    file = BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


def a_mask() -> bytes:
    """The left half is to be drawn anew."""
    mask, file = Image.new("L", (64, 64), 0), BytesIO()
    mask.paste(255, (0, 0, 32, 64))
    mask.save(file, "PNG")
    return file.getvalue()


def difference(one: bytes, other: bytes) -> int:
    """The largest between two pictures' bytes; 1 is what rounding may do."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
