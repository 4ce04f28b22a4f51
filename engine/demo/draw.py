"""Draws a subject of the picture world: a scene, an object in front of it, in one of the styles."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw

from engine.demo.objects import OBJECTS
from engine.demo.pen import CANVAS, INK, PALETTE, SIZE, Pen, mix
from engine.demo.scenery import SCENERY
from engine.demo.world import Colour, Style, Subject

_PIXEL_GRID = 32  # blocks across in the pixel style


def render(subject: Subject, style: Style, rng: random.Random) -> Image.Image:
    """A 128x128 RGB picture of the subject; position, size and details come from `rng`."""
    canvas = Image.new("RGB", (CANVAS, CANVAS))
    draw = ImageDraw.Draw(canvas)
    SCENERY[subject.scene](draw, rng)
    if style is Style.OUTLINE:
        canvas = Image.blend(canvas, Image.new("RGB", canvas.size, (250, 246, 236)), 0.45)
        draw = ImageDraw.Draw(canvas)
    colour = PALETTE[subject.colour]
    OBJECTS[subject.thing](_pen(draw, style, subject.colour, rng), colour)
    if style is Style.PIXEL:
        blocks = canvas.resize((_PIXEL_GRID, _PIXEL_GRID), Image.Resampling.BOX)
        return blocks.resize((SIZE, SIZE), Image.Resampling.NEAREST)
    return canvas.resize((SIZE, SIZE), Image.Resampling.BOX)


def _pen(draw: ImageDraw.ImageDraw, style: Style, colour: Colour, rng: random.Random) -> Pen:
    scale = rng.uniform(0.29, 0.37) * CANVAS
    x = rng.uniform(0.4, 0.6) * CANVAS
    foot = rng.uniform(0.86, 0.94) * CANVAS
    ink = mix(PALETTE[colour], (150, 150, 160), 0.7) if colour is Colour.BLACK else INK
    soft = mix(PALETTE[colour], ink, 0.55)
    heavy = style is Style.OUTLINE
    return Pen(
        draw, (x, foot - scale), scale, rng.choice((-1, 1)), ink if heavy else soft, 16 if heavy else 6
    )
