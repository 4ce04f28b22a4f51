"""What the engine is asked for: frozen values with their legal ranges, free of torch."""

from __future__ import annotations

from dataclasses import dataclass

MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 2048, 8  # pixels
MAX_STEPS = 150
MAX_GUIDANCE = 30.0
MAX_SEED = 2**32 - 1
MAX_PROMPT = 6000  # characters


class RequestError(ValueError):
    """A request outside the legal ranges; its text is a sentence for the one who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture with one seed.

    `width` and `height` are pixels, multiples of 8. `guidance` is the classifier-free guidance scale; 1 or less
    leaves it out. `sampler` is a name from `engine.samplers`, or "" for the model's own. `image` and `mask` are
    encoded picture files; with an image the request is image-to-image (inpainting with a mask as well, white is
    redrawn), and `strength` (0 to 1) is how much of the noise schedule runs. `preview_every` is a number of
    denoising steps; 0 asks for no previews.
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

    def __post_init__(self) -> None:
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
