"""A member's words become a drawing: everything that decides the pictures, resolved and within its limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from bot.domain.drawing import Drawing, Style
from bot.domain.hints import hint
from bot.domain.inventory import Inventory, ModelDefaults
from bot.domain.text import code
from bot.domain.words import Words
from bot.errors import BadRequest
from engine.request import MAX_GUIDANCE, MAX_SEED, MAX_SIDE, MIN_SIDE, SIDE_STEP, UPSCALE_FACTORS
from engine.samplers import SAMPLERS
from engine.sentence import Sentence, say

_ASPECT = re.compile(r"\s*(\d{1,5})\s*([:x×])\s*(\d{1,5})\s*", re.IGNORECASE)
MAX_RATIO = 4.0
_DEFAULT_STRENGTH = 0.6
_MIN_STRENGTH = 0.05
_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The drawing, and what a member should know about how it differs from what they said."""

    drawing: Drawing
    notes: tuple[Sentence, ...] = ()


def resolve(words: Words, inventory: Inventory, random_seed: int) -> Resolved:
    """The drawing that these words ask for; numbers beyond a limit are brought within it, and that is noted.

    Raises `BadRequest` with a sentence that names a legal value.
    """
    if words.mask_sha256 and not words.image_sha256:
        raise BadRequest(say("There is a mask but no picture; add the picture that it belongs to."))
    limits, notes = inventory.limits, _Notes()
    model = _model(words.model, inventory)
    style = _style(words.style, inventory)
    upscale = _upscale(words)
    find_size = size_of if upscale == 1 else _size_of_picture
    width, height = find_size(words.aspect, model, limits.max_pixels)
    sampler = _sampler(words.sampler or model.sampler)
    drawing = Drawing(
        prompt=_text(say("prompt"), _with_embedding(words, inventory), limits.max_prompt, required=True),
        negative=_text(say("negative prompt"), words.negative or "", limits.max_prompt),
        model=model.name,
        seed=_within(say("seed"), random_seed if words.seed is None else words.seed, 0, MAX_SEED),
        count=notes.clamp("count", words.count, limits.max_count, 1, limits.max_count),
        width=width * upscale,
        height=height * upscale,
        steps=_steps(words, model, sampler, limits.max_steps, notes),
        guidance=_guidance(words, model, notes),
        sampler=sampler,
        style=style,
        chaos=notes.clamp("chaos", words.chaos, 0, 0, 100),
        tile=bool(words.tile),
        stop=notes.clamp("stop", words.stop, 100, 10, 100),
        image_sha256=words.image_sha256,
        mask_sha256=words.mask_sha256,
        strength=_strength(words, _DEFAULT_STRENGTH if upscale == 1 else model.upscale_strength, notes),
        upscale=upscale,
    )
    return Resolved(drawing, tuple(notes.said))


class _Notes:
    """Collects what is to be told about values that were changed."""

    def __init__(self) -> None:
        self.said: list[Sentence] = []

    def clamp(
        self, name: str, value: _Number | None, default: _Number, low: _Number, high: _Number
    ) -> _Number:
        if value is None:
            return min(max(default, low), high)
        allowed = min(max(value, low), high)
        if allowed != value:
            self.said.append(
                say("{name}: {value} → {allowed}; {low} to {high} are allowed here.",
                    name=name, value=value, allowed=allowed, low=low, high=high)
            )  # fmt: skip
        return allowed

    def unused(self, flag: str, winner: str) -> None:
        self.said.append(say("{flag} was not used, as {winner} says it already.", flag=flag, winner=winner))


def guidance_of(stylize: int, own: float) -> float:
    """`--stylize`: 0 is 1.5 × the model's own guidance, 100 the model's own, 1000 half of it; straight in between."""
    share = 1.5 - 0.5 * stylize / 100 if stylize <= 100 else 1 - 0.5 * (stylize - 100) / 900
    return round(own * share, 2)


def strength_of(image_weight: float) -> float:
    """`--iw`: 0 leaves nothing of the start picture, 1 is our usual strength of 0.6, 2 keeps most of it (0.2)."""
    return round(1 - 0.4 * image_weight, 2)


def _upscale(words: Words) -> int:
    if words.upscale in (None, 1):
        return 1
    if words.upscale not in UPSCALE_FACTORS or not words.image_sha256:
        raise BadRequest(say("`--upscale` is 2 or 4 and needs a picture."))
    return words.upscale


def _size_of_picture(aspect: str | None, model: ModelDefaults, max_pixels: int) -> tuple[int, int]:
    """Of a picture that is only made larger: its sides need not be such as can be drawn."""
    match = _ASPECT.fullmatch(aspect or "")
    width, height = (int(match[1]), int(match[3])) if match else (model.width, model.height)
    check_enlargeable(width, height, max_pixels)
    return width, height


def check_enlargeable(width: int, height: int, max_pixels: int) -> None:
    """Raises `BadRequest` on a picture that is too large to be made larger."""
    if width * height > max_pixels:
        raise BadRequest(
            say("This picture has {pixels:,} pixels; at most {most:,} can be made larger.",
                pixels=width * height, most=max_pixels)
        )  # fmt: skip


def _steps(words: Words, model: ModelDefaults, sampler: str, most: int, notes: _Notes) -> int:
    own = SAMPLERS[sampler].max_steps if sampler else None
    most = min(most, own or most)
    if words.quality is not None:
        if words.steps is None:
            quality = notes.clamp("quality", words.quality, 1.0, 0.25, 2.0)
            return notes.clamp("steps", max(1, round(model.steps * quality)), 1, 1, most)
        notes.unused("--quality", "--steps")
    return notes.clamp("steps", words.steps, min(model.steps, most), 1, most)


def _guidance(words: Words, model: ModelDefaults, notes: _Notes) -> float:
    if words.stylize is not None:
        if words.guidance is None:
            stylize = notes.clamp("stylize", words.stylize, 100, 0, 1000)
            return min(MAX_GUIDANCE, guidance_of(stylize, model.guidance))
        notes.unused("--stylize", "--cfg")
    return notes.clamp("cfg", words.guidance, model.guidance, 0.0, MAX_GUIDANCE)


def _strength(words: Words, default: float, notes: _Notes) -> float:
    if words.image_weight is not None:
        if words.strength is None:
            return max(_MIN_STRENGTH, strength_of(notes.clamp("iw", words.image_weight, 1.0, 0.0, 2.0)))
        notes.unused("--iw", "strength")
    return notes.clamp("strength", words.strength, default, _MIN_STRENGTH, 1.0)


def _model(name: str | None, inventory: Inventory) -> ModelDefaults:
    if name is None:
        return inventory.default_model
    if name not in inventory.models:
        raise BadRequest(
            say(
                "There is no model called {name}; {hint}",
                name=code(name, 40),
                hint=hint(name, inventory.models),
            )
        )
    return inventory.models[name]


def _style(name: str | None, inventory: Inventory) -> Style | None:
    if not name:
        return None
    if name not in inventory.styles:
        raise BadRequest(
            say(
                "There is no style called {name}; {hint}",
                name=code(name, 40),
                hint=hint(name, inventory.styles),
            )
        )
    return inventory.styles[name].style


def _with_embedding(words: Words, inventory: Inventory) -> str:
    """An embedding acts where its trigger stands, so it is added where the prompt does not have it."""
    if not words.embedding:
        return words.prompt
    if words.embedding not in inventory.embeddings:
        raise BadRequest(
            say("There is no embedding called {name}; {hint}",
                name=code(words.embedding, 40), hint=hint(words.embedding, inventory.embeddings))
        )  # fmt: skip
    trigger = inventory.embeddings[words.embedding].trigger
    if trigger in words.prompt.lower():
        return words.prompt
    return ", ".join(filter(None, [words.prompt.strip(), trigger]))


def _sampler(name: str) -> str:
    if name and name not in SAMPLERS:
        raise BadRequest(
            say("There is no sampler called {name}; {hint}", name=code(name, 40), hint=hint(name, SAMPLERS))
        )
    return name


def _text(name: str, text: str, longest: int, *, required: bool = False) -> str:
    text = " ".join(text.split())
    if required and not text:
        raise BadRequest(
            say(
                "The {name} is empty; say what the picture should show, such as `a red house at night`.",
                name=name,
            )
        )
    if len(text) > longest:
        raise BadRequest(
            say("The {name} has {length:,} characters; at most {longest:,} are allowed.",
                name=name, length=len(text), longest=longest)
        )  # fmt: skip
    return text


def _within(name: str, value: _Number, low: _Number, high: _Number) -> _Number:
    if not low <= value <= high:
        raise BadRequest(
            say(
                "The {name} is {value}; it must be from {low} to {high}.",
                name=name,
                value=value,
                low=low,
                high=high,
            )
        )
    return value


def size_of(aspect: str | None, model: ModelDefaults, max_pixels: int) -> tuple[int, int]:
    """Width and height: a ratio such as 3:2 keeps the model's own number of pixels; WxH asks for exact pixels."""
    if aspect is None or not aspect.strip():
        return fitted(model.width, model.height, max_pixels)
    match = _ASPECT.fullmatch(aspect)
    if match is None or not int(match[1]) or not int(match[3]):
        raise BadRequest(
            say("The aspect {aspect} is not one I know; write `3:2` or `{width}x{height}`.",
                aspect=code(aspect, 20), width=model.width, height=model.height)
        )  # fmt: skip
    first, second = int(match[1]), int(match[3])
    if match[2] != ":":
        return _exact(first, second, max_pixels)
    ratio = first / second
    if not 1 / MAX_RATIO <= ratio <= MAX_RATIO:
        raise BadRequest(
            say("The aspect {first}:{second} is too narrow; it must be from 1:{most:.0f} to {most:.0f}:1.",
                first=first, second=second, most=MAX_RATIO)
        )  # fmt: skip
    area = model.width * model.height
    return fitted(sqrt(area * ratio), sqrt(area / ratio), max_pixels)


def _exact(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    for name, side in ((say("width"), width), (say("height"), height)):
        if side % SIDE_STEP or not MIN_SIDE <= side <= MAX_SIDE:
            near = min(max(snap(side), MIN_SIDE), MAX_SIDE)
            raise BadRequest(
                say("The {name} is {side} pixels; it must be a multiple of {step}, {low} to {high}, such as {near}.",
                    name=name, side=side, step=SIDE_STEP, low=MIN_SIDE, high=MAX_SIDE, near=near)
            )  # fmt: skip
    if width * height > max_pixels:
        side = int(sqrt(max_pixels)) // SIDE_STEP * SIDE_STEP
        raise BadRequest(
            say("{width}x{height} is {pixels:,} pixels; at most {most:,} are allowed, such as {side}x{side}.",
                width=width, height=height, pixels=width * height, most=max_pixels, side=side)
        )  # fmt: skip
    return width, height


def fitted(width: float, height: float, max_pixels: int) -> tuple[int, int]:
    """The legal size of about this shape, no larger than allowed."""
    scale = min(1.0, sqrt(max_pixels / (width * height)), MAX_SIDE / max(width, height))
    fit_width, fit_height = snap(width * scale), snap(height * scale)
    while fit_width * fit_height > max_pixels:
        fit_width, fit_height = max(MIN_SIDE, fit_width - SIDE_STEP), max(MIN_SIDE, fit_height - SIDE_STEP)
    return min(fit_width, MAX_SIDE), min(fit_height, MAX_SIDE)


def snap(side: float) -> int:
    """The nearest legal number of pixels, from the smallest on."""
    return max(MIN_SIDE, round(side / SIDE_STEP) * SIDE_STEP)
