"""Every way that leads to a picture, each asking the demo model for a black fish."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from PIL import Image, ImageDraw

from bot.canvas import extended
from bot.domain.canvas import zoomed_out
from engine.demo.concept import COLOUR, THING
from engine.demo.draw import render
from engine.demo.world import SCENES, STYLES, Colour, Scene, Style, Subject, Thing, caption
from engine.request import ImageRequest, PictureRequest, UpscaleMethod, UpscaleRequest
from engine.samplers import SAMPLERS
from tests.demo.drawing import file_of

SIZES = ((128, 128), (128, 128), (96, 128), (192, 128), (128, 192), (224, 128), (256, 256), (64, 64))
STRENGTHS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
STARTS = (
    Subject(Thing.FISH, Colour.BLUE, Scene.BEACH),
    Subject(Thing.FISH, Colour.BROWN, Scene.SNOW),
    Subject(Thing.BOAT, Colour.BLACK, Scene.BEACH),
    Subject(THING, COLOUR, Scene.SNOW),
    Subject(Thing.CAR, Colour.RED, Scene.CITY),
)
_ids = itertools.count()


def a_prompt(random: Random) -> str:
    fish = Subject(THING, COLOUR, random.choice(SCENES))
    return caption(fish, random.choice(STYLES), random)


def a_route(random: Random, **changes: object) -> ImageRequest:
    plain = ImageRequest(
        id=f"route-{next(_ids)}",
        model="demo",
        prompt=a_prompt(random),
        seed=random.getrandbits(32),
        width=128,
        height=128,
        steps=random.choice((8, 10, 14)),
        guidance=random.choice((1.0, 2.0, 3.0, 3.0, 5.0, 7.5)),
        sampler=random.choice(["", *SAMPLERS]),
        preview_every=2,
        check=True,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def from_text(random: Random, count: int) -> Iterator[PictureRequest]:
    for _ in range(count):
        width, height = random.choice(SIZES)
        stop, tile = random.choice((1.0, 1.0, 0.5, 0.8)), random.random() < 0.2
        yield a_route(random, width=width, height=height, stop=stop, tile=tile)


def from_pictures(random: Random, count: int) -> Iterator[PictureRequest]:
    for place in range(count):
        strength, start = STRENGTHS[place % len(STRENGTHS)], STARTS[place % len(STARTS)]
        yield a_route(random, image=file_of(a_start(start, random)), strength=strength)


def from_masks(random: Random, count: int) -> Iterator[PictureRequest]:
    """All but the edges is drawn anew, or what lies around a smaller picture: never around a small black boat, which
    the judge, who knows large things only, takes for a fish."""
    starts = [start for start in STARTS if start.thing is not Thing.BOAT]
    for place in range(count):
        image, mask = file_of(a_start(starts[place % len(starts)], random)), file_of(inner_mask())
        if place % 2:
            image, mask = asyncio.run(extended(image, zoomed_out(128, 128, random.choice((1.5, 2.0)))))
        yield a_route(
            random,
            image=image,
            mask=mask,
            strength=random.choice((0.7, 0.9, 1.0)),
            overlay=random.random() < 0.5,
        )


def made_larger(random: Random, count: int) -> Iterator[PictureRequest]:
    ways = itertools.cycle(itertools.product((UpscaleMethod.TILES, UpscaleMethod.LANCZOS), (2, 4)))
    for place, (method, factor) in zip(range(count), ways, strict=False):
        start = a_start(STARTS[place % len(STARTS)], random)
        yield UpscaleRequest(
            id=f"route-{next(_ids)}",
            model="demo",
            image=file_of(start),
            factor=factor,
            prompt=a_prompt(random),
            seed=place,
            steps=8,
            guidance=3.0,
            method=method,
            strength=random.choice((0.1, 0.4, 0.8)),
            check=True,
        )


def a_start(subject: Subject, random: Random) -> Image.Image:
    return render(subject, Style.FLAT, random)


def inner_mask() -> Image.Image:
    mask = Image.new("L", (128, 128), 0)
    ImageDraw.Draw(mask).rectangle((12, 12, 116, 116), fill=255)
    return mask
