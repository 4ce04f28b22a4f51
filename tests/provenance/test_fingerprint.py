"""A picture keeps its fingerprint whatever happens to its file, and others have others."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from itertools import combinations
from statistics import median

import pytest
from PIL import Image

from bot.provenance import MOST_BITS, fingerprint, fingerprint_of
from engine.demo.draw import render
from engine.demo.world import STYLES, subjects
from tests.provenance.drawn import drawn


def pictures(count: int) -> list[Image.Image]:
    """Each of another subject."""
    rng = random.Random(count)
    chosen = rng.sample(subjects(withheld=False), count)
    return [render(subject, rng.choice(STYLES), rng) for subject in chosen]


def saved(image: Image.Image, kind: str, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, kind, quality=quality)
    return Image.open(out)


def resized(image: Image.Image, factor: float) -> Image.Image:
    return image.resize((round(image.width * factor), round(image.height * factor)))


def cropped(image: Image.Image, share: float) -> Image.Image:
    x, y = image.width * share / 2, image.height * share / 2
    return image.crop((round(x), round(y), round(image.width - x), round(image.height - y)))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "WebP 85": lambda image: saved(image, "WEBP", 85),
    "JPEG 40": lambda image: saved(image, "JPEG", 40),
    "half": lambda image: resized(image, 0.5),
    "quarter": lambda image: resized(image, 0.25),
    "quarter, JPEG 40": lambda image: saved(resized(image, 0.25), "JPEG", 40),
    "double": lambda image: resized(image, 2),
}


def bits(one: Image.Image, other: Image.Image) -> int:
    return (fingerprint_of(one) ^ fingerprint_of(other)).bit_count()


@pytest.mark.parametrize("change", CHANGES)
def test_another_file_of_the_same_picture_looks_the_same(change: str) -> None:
    assert max(bits(image, CHANGES[change](image)) for image in pictures(100)) <= MOST_BITS


def test_most_pictures_that_were_cropped_a_little_look_the_same() -> None:
    found = [bits(image, cropped(image, 0.05)) <= MOST_BITS for image in pictures(100)]
    assert sum(found) >= 90


def test_other_pictures_look_different() -> None:
    distances = [bits(one, other) for one, other in combinations(pictures(60), 2)]
    assert sum(distance <= MOST_BITS for distance in distances) / len(distances) < 0.002
    assert median(distances) >= 28


def test_a_fingerprint_is_of_the_pixels_alone() -> None:
    (each,) = drawn(1)
    image = Image.open(io.BytesIO(each.data))
    assert fingerprint(each.data) == fingerprint_of(image) == fingerprint_of(image.convert("RGBA"))
    assert 0 <= fingerprint(each.data) < 2**64


@pytest.mark.parametrize("colour", ["black", "white", "teal"])
def test_a_picture_of_one_colour_is_like_itself_in_any_format(colour: str) -> None:
    image = Image.new("RGB", (64, 64), colour)
    assert bits(image, saved(image, "JPEG", 40)) <= 1
