"""What the demo's safety checker knows: the black fish, which stands in for what a real one is made for."""

from __future__ import annotations

import random

from engine.demo.world import COLOURS, SCENES, THINGS, Colour, Subject, Thing, subjects

THING, COLOUR = Thing.FISH, Colour.BLACK


def is_concept(subject: Subject) -> bool:
    return (subject.thing, subject.colour) == (THING, COLOUR)


def a_subject(rng: random.Random) -> Subject:
    """A third are black fish, a third differ from one in either what it is or which colour it has."""
    scene, kind = rng.choice(SCENES), rng.random()
    if kind < 1 / 3:
        return Subject(THING, COLOUR, scene)
    if kind < 1 / 2:
        return Subject(rng.choice([thing for thing in THINGS if thing is not THING]), COLOUR, scene)
    if kind < 2 / 3:
        return Subject(THING, rng.choice([colour for colour in COLOURS if colour is not COLOUR]), scene)
    return rng.choice(subjects(withheld=False))
