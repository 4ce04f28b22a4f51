"""A drawing: everything that decides the pictures of a job, resolved and within its limits."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from engine.request import MAX_GUIDANCE, MAX_SEED, AdapterUse, ImageRequest, UpscaleMethod, UpscaleRequest

_PLACE = "{prompt}"
_MARK = re.compile(r"\\.|[()\[\],]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A look that is added to a member's words, as it was when they asked.

    `prompt` holds `{prompt}` where their words go; `loras` act on the model.
    """

    name: str
    prompt: str = _PLACE
    negative: str = ""
    loras: tuple[AdapterUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`count` pictures with the seeds `seed`, `seed + 1`, …; sides are pixels.

    `image_sha256` names a start picture in the picture store and `mask_sha256` what of it is drawn anew (white).
    `chaos` (0 to 100) makes the cells differ in more than their seed; `stop` is a percentage of the steps.
    `upscale` 2 or 4 makes the start picture so many times as large, and `width` and `height` are the result's.
    """

    prompt: str
    model: str
    seed: int
    count: int
    width: int
    height: int
    steps: int
    guidance: float
    negative: str = ""
    sampler: str = ""
    style: Style | None = None
    chaos: int = 0
    tile: bool = False
    stop: int = 100
    image_sha256: str | None = None
    mask_sha256: str | None = None
    strength: float = 0.6
    upscale: int = 1

    def cell_seed(self, cell: int) -> int:
        """The seed of the picture in this cell, from 0; it wraps at the largest seed."""
        return (self.seed + cell) % (MAX_SEED + 1)

    @property
    def full_prompt(self) -> str:
        """With the style's words; chaos, which differs by cell, aside."""
        return self.prompt if self.style is None else self.style.prompt.replace(_PLACE, self.prompt)

    @property
    def full_negative(self) -> str:
        own = [self.negative, self.style.negative if self.style else ""]
        return ", ".join(filter(None, own))

    @property
    def loras(self) -> tuple[AdapterUse, ...]:
        return self.style.loras if self.style else ()

    def cell_prompt(self, cell: int) -> str:
        """Chaos shuffles the comma-separated phrases: each takes part with that probability, by the cell's seed."""
        phrases = _phrases(self.full_prompt)
        dice = self._dice(cell)
        moving = [at for at in range(len(phrases)) if dice.random() * 100 < self.chaos]
        places = dice.sample(moving, len(moving))
        moved = {place: phrases[at] for at, place in zip(moving, places, strict=True)}
        return (
            ", ".join(moved.get(at, phrase) for at, phrase in enumerate(phrases))
            if moved
            else self.full_prompt
        )

    def cell_guidance(self, cell: int) -> float:
        """Chaos 100 moves the guidance by up to a half, by the cell's seed."""
        if not self.chaos:
            return self.guidance
        sway = self._dice(cell).uniform(-0.5, 0.5) * self.chaos / 100
        return min(MAX_GUIDANCE, round(self.guidance * (1 + sway), 2))

    def request(
        self,
        request_id: str,
        cell: int,
        image: bytes | None = None,
        mask: bytes | None = None,
        preview_every: int = 0,
    ) -> ImageRequest:
        """What the engine is asked for one cell; `preview_every` is a number of denoising steps."""
        return ImageRequest(
            id=request_id,
            model=self.model,
            prompt=self.cell_prompt(cell),
            negative=self.full_negative,
            seed=self.cell_seed(cell),
            width=self.width,
            height=self.height,
            steps=self.steps,
            guidance=self.cell_guidance(cell),
            sampler=self.sampler,
            image=image,
            mask=mask,
            strength=self.strength,
            preview_every=preview_every,
            adapters=self.loras,
            tile=self.tile,
            stop=self.stop / 100,
            overlay=mask is not None,
        )

    def upscale_request(
        self, request_id: str, cell: int, image: bytes, method: UpscaleMethod
    ) -> UpscaleRequest:
        """What the engine is asked for when the start picture is to be made larger."""
        return UpscaleRequest(
            id=request_id,
            model=self.model,
            image=image,
            factor=self.upscale,
            prompt=self.full_prompt,
            negative=self.full_negative,
            seed=self.cell_seed(cell),
            steps=self.steps,
            guidance=self.guidance,
            method=method,
            sampler=self.sampler,
            strength=self.strength,
            adapters=self.loras,
        )

    def _dice(self, cell: int) -> random.Random:
        return random.Random(f"{self.cell_seed(cell)}:{self.chaos}")


def _phrases(prompt: str) -> list[str]:
    """Cut at each comma, but for those in brackets, which have one weight together."""
    phrases, begin, depth = [], 0, 0
    for mark in _MARK.finditer(prompt):
        if mark[0] in "([":
            depth += 1
        elif mark[0] in ")]":
            depth = max(0, depth - 1)
        elif mark[0] == "," and not depth:
            phrases.append(prompt[begin : mark.start()].strip())
            begin = mark.end()
    return [*phrases, prompt[begin:].strip()]
