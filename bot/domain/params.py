"""A member's words become a drawing: everything that decides the pictures, resolved and within its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import sqrt
from typing import TypeVar

from bot.domain.text import code
from bot.errors import BadRequest
from engine.request import MAX_GUIDANCE, MAX_SEED, MAX_SIDE, MIN_SIDE, SIDE_STEP, ImageRequest

_ASPECT = re.compile(r"\s*(\d{1,5})\s*([:x×])\s*(\d{1,5})\s*", re.IGNORECASE)
_MAX_RATIO = 4.0
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a member said, as they said it; none means they left it to us."""

    prompt: str
    negative: str | None = None
    aspect: str | None = None
    count: int | None = None
    seed: int | None = None
    model: str | None = None
    steps: int | None = None
    guidance: float | None = None
    image_sha256: str | None = None
    strength: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDefaults:
    """A model as members see it, and what it draws when they do not say; sides in pixels."""

    name: str
    title: str
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one request may ask for."""

    max_pixels: int
    max_steps: int
    max_count: int
    max_prompt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`count` pictures with the seeds `seed`, `seed + 1`, …; the other fields are those of `ImageRequest`.

    `image_sha256` names a start picture in the picture store.
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
    image_sha256: str | None = None
    strength: float = 0.6

    def cell_seed(self, cell: int) -> int:
        """The seed of the picture in this cell, from 0; it wraps at the largest seed."""
        return (self.seed + cell) % (MAX_SEED + 1)

    def request(
        self, request_id: str, cell: int, image: bytes | None = None, preview_every: int = 0
    ) -> ImageRequest:
        """What the engine is asked for one cell; `preview_every` is a number of denoising steps."""
        return ImageRequest(
            id=request_id,
            model=self.model,
            prompt=self.prompt,
            negative=self.negative,
            seed=self.cell_seed(cell),
            width=self.width,
            height=self.height,
            steps=self.steps,
            guidance=self.guidance,
            sampler=self.sampler,
            image=image,
            strength=self.strength,
            preview_every=preview_every,
        )


def resolve(words: Words, models: Mapping[str, ModelDefaults], limits: Limits, random_seed: int) -> Drawing:
    """The drawing that these words ask for. Raises `BadRequest` with a sentence that names a legal value."""
    model = _model(words.model, models)
    width, height = _size(words.aspect, model, limits.max_pixels)
    default_steps = min(model.steps, limits.max_steps)
    return Drawing(
        prompt=_text("prompt", words.prompt, limits.max_prompt, required=True),
        negative=_text("negative prompt", words.negative or "", limits.max_prompt),
        model=model.name,
        seed=_within("seed", random_seed if words.seed is None else words.seed, 0, MAX_SEED),
        count=_within("count", limits.max_count if words.count is None else words.count, 1, limits.max_count),
        width=width,
        height=height,
        steps=_within(
            "number of steps", default_steps if words.steps is None else words.steps, 1, limits.max_steps
        ),
        guidance=_within(
            "guidance", model.guidance if words.guidance is None else words.guidance, 0, MAX_GUIDANCE
        ),
        sampler=model.sampler,
        image_sha256=words.image_sha256,
        strength=_within("strength", 0.6 if words.strength is None else words.strength, 0.05, 1),
    )


def _model(name: str | None, models: Mapping[str, ModelDefaults]) -> ModelDefaults:
    if name is None:
        return next(iter(models.values()))
    if name in models:
        return models[name]
    near = get_close_matches(name, models, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"choose one of: {', '.join(f'`{m}`' for m in models)}."
    raise BadRequest(f"There is no model called {code(name, 40)}; {hint}")


def _text(name: str, text: str, longest: int, *, required: bool = False) -> str:
    text = " ".join(text.split())
    if required and not text:
        raise BadRequest(
            f"The {name} is empty; say what the picture should show, such as `a red house at night`."
        )
    if len(text) > longest:
        raise BadRequest(f"The {name} has {len(text):,} characters; at most {longest:,} are allowed.")
    return text


def _within(name: str, value: _Number, low: _Number, high: _Number) -> _Number:
    if not low <= value <= high:
        raise BadRequest(f"The {name} is {value}; it must be from {low} to {high}.")
    return value


def _size(aspect: str | None, model: ModelDefaults, max_pixels: int) -> tuple[int, int]:
    """A ratio such as 3:2 keeps the model's own number of pixels; WxH asks for exact pixels."""
    if aspect is None or not aspect.strip():
        return model.width, model.height
    match = _ASPECT.fullmatch(aspect)
    if match is None or not int(match[1]) or not int(match[3]):
        raise BadRequest(
            f"The aspect {code(aspect, 20)} is not one I know; write `3:2` or `{model.width}x{model.height}`."
        )
    first, second = int(match[1]), int(match[3])
    if match[2] != ":":
        return _exact(first, second, max_pixels)
    ratio = first / second
    if not 1 / _MAX_RATIO <= ratio <= _MAX_RATIO:
        raise BadRequest(
            f"The aspect {first}:{second} is too narrow; it must be from 1:{_MAX_RATIO:.0f} to {_MAX_RATIO:.0f}:1."
        )
    area = model.width * model.height
    return _snap(sqrt(area * ratio)), _snap(sqrt(area / ratio))


def _exact(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    for name, side in (("width", width), ("height", height)):
        if side % SIDE_STEP or not MIN_SIDE <= side <= MAX_SIDE:
            near = min(max(_snap(side), MIN_SIDE), MAX_SIDE)
            raise BadRequest(
                f"The {name} is {side} pixels; it must be a multiple of {SIDE_STEP} from {MIN_SIDE} to {MAX_SIDE}, "
                f"such as {near}."
            )
    if width * height > max_pixels:
        side = int(sqrt(max_pixels)) // SIDE_STEP * SIDE_STEP
        raise BadRequest(
            f"{width}x{height} is {width * height:,} pixels; at most {max_pixels:,} are allowed, such as {side}x{side}."
        )
    return width, height


def _snap(side: float) -> int:
    return max(MIN_SIDE, round(side / SIDE_STEP) * SIDE_STEP)
