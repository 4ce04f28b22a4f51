"""How each object of the picture world is drawn, in a colour."""

from __future__ import annotations

from collections.abc import Callable

from engine.demo.pen import INK, Pen, Rgb, dark, light
from engine.demo.world import Thing

GLASS: Rgb = (190, 225, 240)
WOOD: Rgb = (120, 90, 66)
CREAM: Rgb = (245, 230, 200)


def _house(pen: Pen, c: Rgb) -> None:
    pen.rectangle(0.35, 0.4, 0.58, 0.95, dark(c))
    pen.rectangle(-0.75, -1, 0.75, 0.2, c)
    pen.polygon([(-0.95, 0.15), (0.95, 0.15), (0, 1)], dark(c))
    pen.rectangle(-0.5, -0.45, -0.1, -0.05, GLASS)
    pen.rectangle(0.15, -1, 0.5, -0.25, CREAM)


def _tree(pen: Pen, c: Rgb) -> None:
    pen.rectangle(-0.14, -1, 0.14, -0.1, WOOD)
    pen.ellipse(-0.42, 0.05, 0.45, 0.42, c)
    pen.ellipse(0.42, 0.05, 0.45, 0.42, c)
    pen.ellipse(0, 0.48, 0.55, 0.52, c)


def _car(pen: Pen, c: Rgb) -> None:
    pen.polygon([(-0.6, -0.25), (-0.4, 0.3), (0.35, 0.3), (0.62, -0.25)], c)
    pen.polygon([(-0.42, -0.18), (-0.3, 0.18), (-0.04, 0.18), (-0.04, -0.18)], GLASS)
    pen.polygon([(0.06, -0.18), (0.06, 0.18), (0.28, 0.18), (0.44, -0.18)], GLASS)
    pen.rectangle(-1, -0.75, 1, -0.2, c)
    for x in (-0.52, 0.52):
        pen.ellipse(x, -0.75, 0.25, 0.25, (50, 50, 58))
        pen.ellipse(x, -0.75, 0.1, 0.1, (200, 200, 205))


def _boat(pen: Pen, c: Rgb) -> None:
    pen.line([(0, -0.5), (0, 1)], WOOD, 0.08)
    pen.polygon([(0.06, -0.35), (0.06, 0.95), (0.75, -0.35)], light(c))
    pen.polygon([(-0.06, -0.35), (-0.06, 0.7), (-0.55, -0.35)], light(c))
    pen.polygon([(-1, -0.45), (1, -0.45), (0.65, -1), (-0.65, -1)], c)


def _fish(pen: Pen, c: Rgb) -> None:
    pen.polygon([(-0.45, -0.2), (-1, 0.3), (-1, -0.7)], dark(c))
    pen.polygon([(-0.2, 0.2), (0.3, 0.2), (-0.15, 0.6)], dark(c))
    pen.ellipse(0.15, -0.2, 0.75, 0.5, c)
    pen.ellipse(0.55, -0.08, 0.13, 0.13, (250, 250, 250))
    pen.ellipse(0.58, -0.08, 0.05, 0.05, INK)


def _cat(pen: Pen, c: Rgb) -> None:
    pen.line([(0.4, -0.85), (0.8, -0.75), (0.85, -0.3), (0.7, -0.05)], pen.edge, 0.2)
    pen.line([(0.4, -0.85), (0.8, -0.75), (0.85, -0.3), (0.7, -0.05)], c, 0.13)
    pen.ellipse(0, -0.5, 0.5, 0.52, c)
    pen.polygon([(-0.5, 0.35), (-0.45, 0.95), (-0.08, 0.68)], c)
    pen.polygon([(0.5, 0.35), (0.45, 0.95), (0.08, 0.68)], c)
    pen.ellipse(0, 0.3, 0.52, 0.44, c)
    for x in (-0.2, 0.2):
        pen.ellipse(x, 0.36, 0.1, 0.12, (235, 235, 140))
    pen.polygon([(-0.07, 0.18), (0.07, 0.18), (0, 0.08)], (240, 160, 170))


def _flower(pen: Pen, c: Rgb) -> None:
    pen.line([(0, -1), (0, 0.2)], (50, 120, 60), 0.12)
    pen.polygon([(0, -0.8), (0.5, -0.4), (0.45, -0.75)], (60, 140, 70))
    for x, y in ((0, 0.78), (0.44, 0.5), (0.28, 0.02), (-0.28, 0.02), (-0.44, 0.5)):
        pen.ellipse(x, y, 0.3, 0.3, c)
    pen.ellipse(0, 0.38, 0.22, 0.22, (120, 84, 40))


def _mushroom(pen: Pen, c: Rgb) -> None:
    pen.rectangle(-0.24, -1, 0.24, 0.05, CREAM)
    pen.dome(0, -0.1, 0.95, 1.0, c)
    for x, y, r in ((-0.45, 0.2, 0.15), (0.1, 0.5, 0.18), (0.5, 0.12, 0.13)):
        pen.ellipse(x, y, r, r, (252, 240, 225))


def _rocket(pen: Pen, c: Rgb) -> None:
    pen.polygon([(-0.2, -0.7), (0.2, -0.7), (0, -1.05)], (255, 180, 40))
    pen.polygon([(-0.3, -0.2), (-0.7, -0.8), (-0.3, -0.65)], dark(c))
    pen.polygon([(0.3, -0.2), (0.7, -0.8), (0.3, -0.65)], dark(c))
    pen.polygon(
        [(-0.3, -0.7), (0.3, -0.7), (0.36, 0.1), (0.22, 0.65), (0, 1), (-0.22, 0.65), (-0.36, 0.1)], c
    )
    pen.ellipse(0, 0.25, 0.16, 0.16, GLASS)


def _umbrella(pen: Pen, c: Rgb) -> None:
    pen.line([(0, 0.1), (0, -0.8), (0.08, -0.93), (0.22, -0.93), (0.28, -0.78)], WOOD, 0.1)
    pen.dome(0, 0.05, 0.95, 0.9, c)
    pen.dome(0, 0.05, 0.35, 0.9, light(c))
    pen.line([(0, 0.9), (0, 1.02)], WOOD, 0.08)


OBJECTS: dict[Thing, Callable[[Pen, Rgb], None]] = {
    Thing.HOUSE: _house,
    Thing.TREE: _tree,
    Thing.CAR: _car,
    Thing.BOAT: _boat,
    Thing.FISH: _fish,
    Thing.CAT: _cat,
    Thing.FLOWER: _flower,
    Thing.MUSHROOM: _mushroom,
    Thing.ROCKET: _rocket,
    Thing.UMBRELLA: _umbrella,
}
