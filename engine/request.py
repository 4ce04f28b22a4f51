"""What the engine is asked for: frozen values with their legal ranges, free of torch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from engine.catalogue import brief

MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 2048, 8  # pixels
MAX_STEPS = 150
MAX_GUIDANCE = 30.0
MAX_SEED = 2**32 - 1
MAX_ADAPTERS, MAX_ADAPTER_WEIGHT = 8, 2.0
MAX_PROMPT = 6000  # characters


class RequestError(ValueError):
    """A request outside the legal ranges; its text is a sentence for the one who asked."""


@dataclass(frozen=True, slots=True)
class AdapterUse:
    """A LoRA of the settings by its name, and how strongly it acts (0 to 2). Raises `RequestError`."""

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        _within(f"weight of the adapter {brief(self.name)}", self.weight, 0, MAX_ADAPTER_WEIGHT)


def normalise(uses: Iterable[AdapterUse]) -> tuple[AdapterUse, ...]:
    """The uses that change anything, by name: equal for requests that may share a forward.

    Raises `RequestError` where an adapter is named twice or there are too many.
    """
    ordered = sorted(uses, key=lambda use: use.name)
    for one, other in itertools.pairwise(ordered):
        if one.name == other.name:
            raise RequestError(
                f"The adapter {brief(one.name)} is named twice; name it once, with one weight."
            )
    if len(ordered) > MAX_ADAPTERS:
        raise RequestError(f"There are {len(ordered)} adapters; at most {MAX_ADAPTERS} can act together.")
    return tuple(use for use in ordered if use.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture with one seed.

    `width` and `height` are pixels, multiples of 8. `guidance` is the classifier-free guidance scale; 1 or less
    leaves it out. `sampler` is a name from `engine.samplers`, or "" for the model's own. `image` and `mask` are
    encoded picture files; with an image the request is image-to-image (inpainting with a mask as well, white is
    redrawn), and `strength` (0 to 1) is how much of the noise schedule runs. `preview_every` is a number of
    denoising steps; 0 asks for no previews. `adapters` are LoRAs that act on the model.
    Raises `RequestError` on values outside the legal ranges.
    """

    id: str
    model: str
    prompt: str
    seed: int
    width: int
    height: int
    steps: int
    guidance: float
    negative: str = ""
    sampler: str = ""
    image: bytes | None = None
    mask: bytes | None = None
    strength: float = 0.6
    preview_every: int = 0
    adapters: tuple[AdapterUse, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "adapters", normalise(self.adapters))
        for name, side in (("width", self.width), ("height", self.height)):
            if not MIN_SIDE <= side <= MAX_SIDE or side % SIDE_STEP:
                raise RequestError(
                    f"The {name} is {side}; it must be a multiple of {SIDE_STEP} from {MIN_SIDE} to {MAX_SIDE}."
                )
        _within("number of steps", self.steps, 1, MAX_STEPS)
        _within("guidance scale", self.guidance, 0, MAX_GUIDANCE)
        _within("seed", self.seed, 0, MAX_SEED)
        _within("strength", self.strength, 0, 1)
        _within("preview interval", self.preview_every, 0, MAX_STEPS)
        for name, text in (("prompt", self.prompt), ("negative prompt", self.negative)):
            if len(text) > MAX_PROMPT:
                raise RequestError(
                    f"The {name} has {len(text)} characters; at most {MAX_PROMPT} are allowed."
                )
        if not self.prompt.strip():
            raise RequestError("The prompt is empty; say what the picture should show.")
        if self.mask is not None and self.image is None:
            raise RequestError("There is a mask but no picture; add the picture it belongs to.")


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RequestError(f"The {name} is {value}; it must be from {low} to {high}.")
