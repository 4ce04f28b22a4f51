"""The benchmark's requests, each with words and a seed of its own, and the times at which they come."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import accumulate, count, cycle, islice
from typing import TypeVar

from PIL import Image

from bot.benchmarks.engine.plan import Plan
from engine.catalogue import ModelSource
from engine.demo.world import prompt, subjects
from engine.request import MAX_SIDE, ImageRequest

T = TypeVar("T")
_SAMPLERS = ("euler_a", "dpmpp_2m", "ddim")
_GUIDANCES = (1.0, 3.0, 5.0, 7.5, 12.0)
_LEVELS = 6  # different step counts in the crowd, as members take the usual ones
_WORDS = random.Random(0).sample([prompt(each) for each in subjects(withheld=False)], k=256)


@dataclass(frozen=True, slots=True)
class Desk:
    """Makes requests for one model; no two have the same words or seed, so nobody can remember an answer."""

    source: ModelSource
    plan: Plan
    numbers: Iterator[int] = field(default_factory=count)

    def job(
        self,
        steps: int,
        *,
        guidance: float | None = None,
        sampler: str | None = None,
        image: bytes | None = None,
        side: int | None = None,
        preview_every: int = 0,
    ) -> ImageRequest:
        """What is left out is the model's own."""
        source, number = self.source, next(self.numbers)
        return ImageRequest(
            id=f"bench-{number}",
            model=source.name,
            prompt=f"{_WORDS[number % len(_WORDS)]}, number {number}",
            seed=number,
            width=side or source.width,
            height=side or source.height,
            steps=steps,
            guidance=source.guidance if guidance is None else guidance,
            sampler=source.sampler if sampler is None else sampler,
            image=image,
            preview_every=preview_every,
        )

    def crowd(self, repeat: int, preview_every: int = 0) -> list[ImageRequest]:
        """Mixed requests, a fifth of them image-to-image; the mixture depends on `repeat` alone."""
        rng, plan = random.Random(repeat), self.plan
        low, span = min(2 * plan.short, plan.long), max(0, plan.long - 2 * plan.short)
        levels = [low + round(span * level / (_LEVELS - 1)) for level in range(_LEVELS)]
        picture = start_picture(self.source.width, self.source.height)
        return [
            self.job(steps, guidance=guidance, sampler=sampler, image=image, preview_every=preview_every)
            for steps, guidance, sampler, image in zip(
                _dealt(levels, plan.requests, rng),
                _dealt(_GUIDANCES, plan.requests, rng),
                _dealt(_SAMPLERS, plan.requests, rng),
                _dealt((picture, None, None, None, None), plan.requests, rng),
                strict=True,
            )
        ]

    def arrivals(self, repeat: int) -> list[ImageRequest]:
        """Short and long jobs, half of each, in an order that depends on `repeat` alone; alike otherwise."""
        steps = (self.plan.short, self.plan.long)
        return [self.job(each) for each in _dealt(steps, self.plan.arrivals, random.Random(repeat))]

    @property
    def large_side(self) -> int:
        """1024 for the demo model's 128 pixels, four times its own side for any other model."""
        side = max(self.source.width, self.source.height)
        return min(MAX_SIDE, (8 if side == 128 else 4) * side)


def arrival_times(number: int, rate: float, seed: int) -> list[float]:
    """Seconds from the first one, ascending: a Poisson process of `rate` arrivals a second."""
    rng = random.Random(seed)
    return list(accumulate((rng.expovariate(rate) for _ in range(number - 1)), initial=0.0))


def start_picture(width: int, height: int) -> bytes:
    """A PNG file with light around its middle."""
    file = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return file.getvalue()


def _dealt(options: Sequence[T], number: int, rng: random.Random) -> list[T]:
    """Each option as often as any other, in a random order."""
    dealt = list(islice(cycle(options), number))
    rng.shuffle(dealt)
    return dealt
