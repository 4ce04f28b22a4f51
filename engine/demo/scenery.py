"""How each scene of the picture world is drawn, behind the object."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import ImageDraw

from engine.demo.pen import CANVAS, SUPERSAMPLING, Rgb, mix
from engine.demo.world import Scene


def _band(draw: ImageDraw.ImageDraw, top: float, bottom: float, upper: Rgb, lower: Rgb) -> None:
    """A vertical gradient between two heights, both as shares of the picture from its top."""
    y0, y1 = round(top * CANVAS), round(bottom * CANVAS)
    for y in range(y0, y1, SUPERSAMPLING):
        colour = mix(upper, lower, (y - y0) / max(1, y1 - y0))
        draw.rectangle((0, y, CANVAS, y + SUPERSAMPLING), fill=colour)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, fill: Rgb) -> None:
    draw.ellipse(tuple(v * CANVAS for v in (x - r, y - r, x + r, y + r)), fill=fill)


def _box(draw: ImageDraw.ImageDraw, left: float, top: float, right: float, bottom: float, fill: Rgb) -> None:
    draw.rectangle(tuple(v * CANVAS for v in (left, top, right, bottom)), fill=fill)


def _night(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.78, (12, 18, 62), (44, 50, 112))
    for _ in range(14):
        _disc(draw, rng.random(), rng.uniform(0, 0.6), rng.uniform(0.008, 0.016), (240, 240, 215))
    _disc(
        draw,
        rng.choice((rng.uniform(0.1, 0.25), rng.uniform(0.75, 0.9))),
        rng.uniform(0.1, 0.22),
        0.085,
        (250, 240, 190),
    )
    _band(draw, 0.78, 1, (30, 62, 66), (20, 44, 50))


def _sunset(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.76, (120, 60, 130), (255, 160, 80))
    _disc(
        draw,
        rng.choice((rng.uniform(0.1, 0.25), rng.uniform(0.75, 0.9))),
        rng.uniform(0.6, 0.7),
        0.12,
        (255, 236, 150),
    )
    _band(draw, 0.76, 1, (104, 56, 70), (70, 40, 60))


def _snow(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.75, (160, 186, 212), (208, 222, 236))
    x = rng.uniform(0.1, 0.9)
    hill = [(x - 0.6, 0.78), (x, rng.uniform(0.42, 0.55)), (x + 0.6, 0.78)]
    draw.polygon([(a * CANVAS, b * CANVAS) for a, b in hill], fill=(226, 234, 243))
    _band(draw, 0.75, 1, (244, 248, 253), (222, 232, 244))
    for _ in range(18):
        _disc(draw, rng.random(), rng.uniform(0, 0.74), rng.uniform(0.009, 0.018), (255, 255, 255))


def _beach(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.55, (112, 196, 244), (190, 230, 250))
    x, y = rng.uniform(0.15, 0.85), rng.uniform(0.1, 0.25)
    for dx, r in ((-0.08, 0.05), (0, 0.07), (0.09, 0.055)):
        _disc(draw, x + dx, y, r, (250, 252, 255))
    _band(draw, 0.55, 0.76, (24, 120, 176), (64, 176, 200))
    _band(draw, 0.76, 1, (246, 226, 164), (232, 204, 136))


def _forest(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.78, (52, 104, 70), (118, 160, 104))
    for i in range(6):
        x, width = (i + rng.uniform(0.2, 0.8)) / 6, rng.uniform(0.025, 0.045)
        _box(draw, x - width, 0, x + width, 0.8, (70, 62, 48))
    for _ in range(7):
        _disc(draw, rng.random(), rng.uniform(-0.05, 0.08), rng.uniform(0.1, 0.16), (34, 80, 52))
    _band(draw, 0.78, 1, (104, 132, 62), (76, 104, 50))


def _city(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    _band(draw, 0, 0.8, (186, 194, 214), (224, 222, 226))
    for i in range(5):
        left, top = i / 5 + rng.uniform(-0.02, 0.02), rng.uniform(0.12, 0.45)
        shade = rng.randint(104, 140)
        _box(draw, left, top, left + 0.19, 0.8, (shade, shade + 4, shade + 18))
        for wx in (0.035, 0.11):
            for wy in (0.06, 0.16, 0.26):
                _box(draw, left + wx, top + wy, left + wx + 0.045, top + wy + 0.05, (232, 222, 160))
    _band(draw, 0.8, 1, (92, 94, 102), (70, 72, 80))


SCENERY: dict[Scene, Callable[[ImageDraw.ImageDraw, random.Random], None]] = {
    Scene.NIGHT: _night,
    Scene.SUNSET: _sunset,
    Scene.SNOW: _snow,
    Scene.BEACH: _beach,
    Scene.FOREST: _forest,
    Scene.CITY: _city,
}
