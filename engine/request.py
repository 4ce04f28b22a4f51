"""What the engine is asked for: frozen values with their legal ranges, free of torch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.catalogue import brief
from engine.errors import Told
from engine.sentence import Sentence, say

MIN_SIDE, MAX_SIDE, SIDE_STEP = 64, 2048, 8  # pixels
MAX_STEPS = 150
MAX_GUIDANCE = 30.0
MAX_SEED = 2**32 - 1
MAX_ADAPTERS, MAX_ADAPTER_WEIGHT = 8, 2.0
MAX_PROMPT = 6000  # characters
UPSCALE_FACTORS = (2, 4)
MAX_UPSCALED = 4096 * 4096  # pixels


class RequestError(Told, ValueError):
    """A request outside the legal ranges."""


@dataclass(frozen=True, slots=True)
class AdapterUse:
    """A LoRA of the settings by its name, and how strongly it acts (0 to 2). Raises `RequestError`."""

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        name = say("weight of the adapter {adapter}", adapter=brief(self.name))
        _within(name, self.weight, 0, MAX_ADAPTER_WEIGHT)


def normalise(uses: Iterable[AdapterUse]) -> tuple[AdapterUse, ...]:
    """The uses that change anything, by name: equal for requests that may share a forward.

    Raises `RequestError` where an adapter is named twice or there are too many.
    """
    ordered = sorted(uses, key=lambda use: use.name)
    for one, other in itertools.pairwise(ordered):
        if one.name == other.name:
            raise RequestError(
                say("The adapter {name} is named twice; name it once, with one weight.", name=brief(one.name))
            )
    if len(ordered) > MAX_ADAPTERS:
        raise RequestError(
            say("There are {count} adapters; at most {most} can act together.",
                count=len(ordered), most=MAX_ADAPTERS)
        )  # fmt: skip
    return tuple(use for use in ordered if use.weight)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One picture with one seed.

    `width` and `height` are pixels, multiples of 8. `guidance` is the classifier-free guidance scale; 1 or less
    leaves it out. `sampler` is a name from `engine.samplers`, or "" for the model's own. `image` and `mask` are
    encoded picture files; with an image the request is image-to-image (inpainting with a mask as well, white is
    redrawn), and `strength` (0 to 1) is how much of the noise schedule runs. `preview_every` is a number of
    denoising steps; 0 asks for no previews. `adapters` are LoRAs that act on the model. `tile` makes opposite edges
    meet. `stop` (0 to 1) is the share of the denoising steps after which the picture is taken as it is then.
    With `overlay`, what a mask leaves are the start picture's own pixels, with a soft border inside the redrawn part;
    where the mask is between middle grey and white, the result is a mixture of both.
    With `check` the safety checker looks at the start picture, every preview and the result; where it cannot, nothing
    is drawn.
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
    tile: bool = False
    stop: float = 1.0
    overlay: bool = False
    check: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "adapters", normalise(self.adapters))
        _check_side(say("width"), self.width)
        _check_side(say("height"), self.height)
        _check_drawing(self)
        _within(say("share of steps before the stop"), self.stop, 0.01, 1)
        _within(say("preview interval"), self.preview_every, 0, MAX_STEPS)
        if not self.prompt.strip():
            raise RequestError(say("The prompt is empty; say what the picture should show."))
        if self.mask is not None and self.image is None:
            raise RequestError(say("There is a mask but no picture; add the picture it belongs to."))


class UpscaleMethod(StrEnum):
    """How a picture is made larger: redrawn in overlapping tiles, by an upscaling network, or only resampled."""

    TILES = "tiles"
    NETWORK = "network"
    LANCZOS = "lanczos"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleRequest:
    """One picture made `factor` (2 or 4) times as large. `image` is an encoded picture file.

    `UpscaleMethod.TILES` redraws it image-to-image; the fields that this needs are those of `ImageRequest`, and
    the other methods take no notice of them, but for `check`. The result has at most `MAX_UPSCALED` pixels.
    Raises `RequestError` on values outside the legal ranges.
    """

    id: str
    model: str
    image: bytes
    factor: int
    prompt: str
    seed: int
    steps: int
    guidance: float
    method: UpscaleMethod = UpscaleMethod.TILES
    negative: str = ""
    sampler: str = ""
    strength: float = 0.3
    adapters: tuple[AdapterUse, ...] = ()
    check: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "adapters", normalise(self.adapters))
        if self.factor not in UPSCALE_FACTORS:
            raise RequestError(
                say("A picture cannot be made {factor} times as large; choose 2 or 4.", factor=self.factor)
            )
        _check_drawing(self)


PictureRequest = ImageRequest | UpscaleRequest


def _check_drawing(request: PictureRequest) -> None:
    _within(say("number of steps"), request.steps, 1, MAX_STEPS)
    _within(say("guidance scale"), request.guidance, 0, MAX_GUIDANCE)
    _within(say("seed"), request.seed, 0, MAX_SEED)
    _within(say("strength"), request.strength, 0, 1)
    for name, text in ((say("prompt"), request.prompt), (say("negative prompt"), request.negative)):
        if len(text) > MAX_PROMPT:
            raise RequestError(
                say("The {name} has {length} characters; at most {most} are allowed.",
                    name=name, length=len(text), most=MAX_PROMPT)
            )  # fmt: skip


def _check_side(name: Sentence, side: int) -> None:
    if not MIN_SIDE <= side <= MAX_SIDE or side % SIDE_STEP:
        raise RequestError(
            say("The {name} is {side}; it must be a multiple of {step} from {low} to {high}.",
                name=name, side=side, step=SIDE_STEP, low=MIN_SIDE, high=MAX_SIDE)
        )  # fmt: skip


def _within(name: Sentence, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise RequestError(
            say("The {name} is {value}; it must be from {low} to {high}.",
                name=name, value=value, low=low, high=high)
        )  # fmt: skip
