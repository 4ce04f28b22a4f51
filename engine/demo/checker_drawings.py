"""Pictures that the demo model draws for its checker to learn from, in all the ways that members may ask for."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from engine.catalogue import ModelCatalogue, ModelSource
from engine.demo import MODEL_FOLDER
from engine.demo.concept import a_subject
from engine.demo.draw import render
from engine.demo.pen import SIZE
from engine.demo.world import STYLES, Subject, caption
from engine.events import Finished, Picture, Progress
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.request import ImageRequest
from engine.samplers import SAMPLERS

_MODEL = "demo"
_SIZES = ((SIZE, SIZE),) * 7 + ((96, 128), (128, 96), (192, 128), (128, 192), (192, 192))
_GUIDANCES = (1.0, 2.0, 3.0, 3.0, 4.0, 7.5)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture, its previews with the share of the steps that were done (0 to 1), and what its prompt asked for."""

    wanted: Subject
    picture: Image.Image
    previews: Sequence[tuple[float, Image.Image]]


def draw(count: int, rng: random.Random, threads: int) -> list[Drawing]:
    """By the engine itself; takes about half a second each on one core."""
    return asyncio.run(_draw([_a_request(number, rng) for number in range(count)], threads))


async def _draw(requests: Sequence[tuple[ImageRequest, Subject]], threads: int) -> list[Drawing]:
    catalogue = ModelCatalogue([ModelSource(name=_MODEL, source=str(MODEL_FOLDER), width=SIZE, height=SIZE)])
    options = EngineOptions(device="cpu", threads=threads, mode=Mode.FAST)
    async with Executor(catalogue, options) as engine:
        return await asyncio.gather(*(_drawn(engine, request, wanted) for request, wanted in requests))


async def _drawn(engine: Executor, request: ImageRequest, wanted: Subject) -> Drawing:
    previews: list[tuple[float, Image.Image]] = []
    async for event in engine.submit(request):
        if isinstance(event, Progress) and event.preview is not None:
            previews.append((event.step / event.total, _image_of(event.preview)))
        if isinstance(event, Finished):
            return Drawing(wanted, _image_of(event.picture), previews)
    raise RuntimeError(f"The demo model did not draw {request.prompt!r}.")


def _a_request(number: int, rng: random.Random) -> tuple[ImageRequest, Subject]:
    wanted, (width, height) = a_subject(rng), rng.choice(_SIZES)
    start, mask = _a_start(wanted, rng)
    request = ImageRequest(
        id=str(number),
        model=_MODEL,
        prompt=caption(wanted, rng.choice(STYLES), rng),
        seed=rng.getrandbits(32),
        width=width,
        height=height,
        steps=rng.randint(6, 14),
        guidance=rng.choice(_GUIDANCES),
        sampler=rng.choice(["", *SAMPLERS]),
        image=start,
        mask=mask,
        strength=rng.uniform(0.05, 1),
        preview_every=1,
        stop=rng.choice((1, 1, 1, 0.6)),
    )
    return request, wanted


def _a_start(wanted: Subject, rng: random.Random) -> tuple[bytes | None, bytes | None]:
    """Picture and mask, where there are such."""
    task = rng.random()
    if task < 0.5:
        return None, None
    shown = wanted if rng.random() < 0.3 else a_subject(rng)
    start = render(shown, rng.choice(STYLES), rng)
    if task < 0.85:
        return _png(start), None
    mask = Image.new("L", start.size, 0)
    left, top = rng.randrange(SIZE // 2), rng.randrange(SIZE // 2)
    ImageDraw.Draw(mask).rectangle((left, top, left + SIZE // 2, top + SIZE // 2), fill=255)
    return _png(start), _png(mask)


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _image_of(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
