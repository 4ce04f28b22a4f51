"""The pen that objects are drawn with, the palette, and mixing colours."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import ImageDraw

from engine.demo.world import Colour

SIZE = 128  # pixels, the demo model's native picture
SUPERSAMPLING = 4
CANVAS = SIZE * SUPERSAMPLING

Rgb = tuple[int, int, int]
Point = tuple[float, float]

INK: Rgb = (24, 24, 34)
PALETTE: dict[Colour, Rgb] = {
    Colour.RED: (214, 40, 40),
    Colour.ORANGE: (247, 137, 20),
    Colour.YELLOW: (252, 220, 50),
    Colour.GREEN: (40, 165, 70),
    Colour.BLUE: (40, 95, 225),
    Colour.PURPLE: (135, 55, 185),
    Colour.PINK: (252, 130, 185),
    Colour.BROWN: (128, 76, 40),
    Colour.BLACK: (28, 28, 32),
    Colour.WHITE: (246, 246, 246),
}


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws shapes given in an object's own coordinates (x right, y up, both about -1 to 1)."""

    draw: ImageDraw.ImageDraw
    centre: Point
    scale: float
    flip: int
    edge: Rgb
    edge_width: int

    def at(self, x: float, y: float) -> Point:
        return self.centre[0] + self.flip * x * self.scale, self.centre[1] - y * self.scale

    def polygon(self, points: list[Point], fill: Rgb) -> None:
        corners = [self.at(*p) for p in points]
        self.draw.polygon(corners, fill=fill)
        self.draw.line(
            [*corners, corners[0], corners[1]], fill=self.edge, width=self.edge_width, joint="curve"
        )

    def rectangle(self, left: float, bottom: float, right: float, top: float, fill: Rgb) -> None:
        self.polygon([(left, bottom), (right, bottom), (right, top), (left, top)], fill)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Rgb) -> None:
        self.draw.ellipse(self._box(x, y, rx, ry), fill=fill, outline=self.edge, width=self.edge_width)

    def dome(self, x: float, y: float, rx: float, ry: float, fill: Rgb) -> None:
        """The upper half of an ellipse."""
        box = self._box(x, y, rx, ry)
        self.draw.pieslice(box, 180, 360, fill=fill, outline=self.edge, width=self.edge_width)

    def line(self, points: list[Point], fill: Rgb, width: float) -> None:
        thick = round(width * self.scale)
        self.draw.line([self.at(*p) for p in points], fill=fill, width=thick, joint="curve")

    def _box(self, x: float, y: float, rx: float, ry: float) -> tuple[float, float, float, float]:
        cx, cy = self.at(x, y)
        return cx - rx * self.scale, cy - ry * self.scale, cx + rx * self.scale, cy + ry * self.scale


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    r, g, b_ = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return r, g, b_


def dark(c: Rgb) -> Rgb:
    return mix(c, (0, 0, 0), 0.22)


def light(c: Rgb) -> Rgb:
    return mix(c, (255, 255, 255), 0.22)
