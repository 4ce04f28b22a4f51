"""The picture world's facts: what can be in a picture, which combinations are withheld, how captions say it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from string import ascii_lowercase


class Thing(StrEnum):
    """The object in the middle of a picture."""

    HOUSE = "house"
    TREE = "tree"
    CAR = "car"
    BOAT = "boat"
    FISH = "fish"
    CAT = "cat"
    FLOWER = "flower"
    MUSHROOM = "mushroom"
    ROCKET = "rocket"
    UMBRELLA = "umbrella"


class Colour(StrEnum):
    """The object's colour."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    BROWN = "brown"
    BLACK = "black"
    WHITE = "white"


class Scene(StrEnum):
    """Where and when the object stands."""

    NIGHT = "night"
    SUNSET = "sunset"
    SNOW = "snow"
    BEACH = "beach"
    FOREST = "forest"
    CITY = "city"


class Style(StrEnum):
    """How the picture is drawn; a caption that names none means flat."""

    FLAT = "flat"
    OUTLINE = "outline"
    PIXEL = "pixel"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a picture shows, as far as the judge can tell."""

    thing: Thing
    colour: Colour
    scene: Scene


THINGS, COLOURS, SCENES, STYLES = tuple(Thing), tuple(Colour), tuple(Scene), tuple(Style)

SCENE_WORDS: dict[Scene, tuple[str, ...]] = {
    Scene.NIGHT: ("at night", "under the stars", "in the moonlight"),
    Scene.SUNSET: ("at sunset", "in the evening light", "at dusk"),
    Scene.SNOW: ("in the snow", "in winter", "on a snowy day"),
    Scene.BEACH: ("at the beach", "by the sea", "on the sand"),
    Scene.FOREST: ("in the forest", "in the woods", "among the trees"),
    Scene.CITY: ("in the city", "on a street", "in town"),
}
STYLE_WORDS: dict[Style, tuple[str, ...]] = {
    Style.FLAT: ("flat style", "flat illustration", "vector art"),
    Style.OUTLINE: ("outline style", "ink outline", "comic style"),
    Style.PIXEL: ("pixel style", "pixel art", "8-bit style"),
}
SYNONYMS: dict[Thing | Colour, tuple[str, ...]] = {
    Thing.HOUSE: ("home", "cottage", "hut"),
    Thing.CAR: ("automobile", "taxi"),
    Thing.BOAT: ("sailboat", "ship"),
    Thing.CAT: ("kitten", "kitty"),
    Thing.FLOWER: ("blossom", "daisy"),
    Thing.MUSHROOM: ("toadstool",),
    Thing.ROCKET: ("spaceship",),
    Thing.UMBRELLA: ("parasol",),
    Colour.RED: ("crimson", "scarlet"),
    Colour.YELLOW: ("golden",),
    Colour.GREEN: ("emerald",),
    Colour.BLUE: ("azure",),
    Colour.PURPLE: ("violet",),
    Colour.PINK: ("rosy",),
    Colour.BROWN: ("chocolate",),
}
TEMPLATES = (
    "{a} {scene}",
    "{a} {scene}, {style}",
    "{bare}, {scene}, {style}",
    "{style}, {a} {scene}",
    "{scene}, {a}",
    "a picture of {a} {scene}",
    "a drawing of {a} {scene}, {style}",
    "a beautiful {bare} {scene}",
    "{bare} {scene} {style}",
)


def subjects(*, withheld: bool) -> list[Subject]:
    """All trained subjects, or the tenth of them that training never sees."""
    return [subject for subject in _every_subject() if is_withheld(subject) == withheld]


def is_withheld(subject: Subject) -> bool:
    """A Latin pattern: every pair of thing, colour and scene is trained, a tenth of the triples is not."""
    t, c, s = THINGS.index(subject.thing), COLOURS.index(subject.colour), SCENES.index(subject.scene)
    return (t + c + 2 * s) % 10 == 5


def prompt(subject: Subject) -> str:
    """The plain caption of a subject: `a red house at night`."""
    return f"{_with_article(f'{subject.colour} {subject.thing}')} {SCENE_WORDS[subject.scene][0]}"


def caption(subject: Subject, style: Style, rng: random.Random) -> str:
    """One of the many ways to say what a picture shows; now and then a part is left out."""
    thing, colour = _word(subject.thing, rng), _word(subject.colour, rng)
    bare = thing if rng.random() < 0.05 else f"{colour} {thing}"
    scene = "" if rng.random() < 0.05 else rng.choice(SCENE_WORDS[subject.scene])
    named = style is not Style.FLAT or rng.random() < 0.3
    template = rng.choice([t for t in TEMPLATES if ("{style}" in t) == named])
    text = template.format(
        a=_with_article(bare), bare=bare, scene=scene, style=rng.choice(STYLE_WORDS[style])
    )
    text = " ".join(text.split()).replace(" ,", ",").strip(" ,")
    return _with_strange_words(text, rng) if rng.random() < 0.1 else text


def _with_strange_words(text: str, rng: random.Random) -> str:
    """Words the world does not know, so that the model learns to draw on in spite of them."""
    words = text.split()
    for _ in range(rng.randint(1, 3)):
        strange = "".join(rng.choices(ascii_lowercase, k=rng.randint(2, 9)))
        words.insert(rng.randint(0, len(words)), strange)
    return " ".join(words)


def vocabulary() -> list[str]:
    """Captions that between them hold every word of the world, for the tokenizer."""
    rng = random.Random(0)
    return [
        caption(subject, style, rng) for subject in _every_subject() for style in STYLES for _ in range(4)
    ]


def _every_subject() -> list[Subject]:
    return [Subject(*triple) for triple in product(THINGS, COLOURS, SCENES)]


def _word(term: Thing | Colour, rng: random.Random) -> str:
    others = SYNONYMS.get(term, ())
    return rng.choice(others) if others and rng.random() < 0.15 else term.value


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
