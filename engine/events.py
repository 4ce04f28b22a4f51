"""What the engine reports about a request while it runs, free of torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """8-bit RGB pixels, rows from the top: `rgb` holds height * width * 3 bytes."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class Started:
    """The request left the inbox; its model may still be loading."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` of `total` denoising steps are done; the preview is small and rough, and often not there."""

    request_id: str
    step: int
    total: int
    preview: Picture | None = None


@dataclass(frozen=True, slots=True)
class UsedAdapter:
    """A LoRA or embedding that acted on a picture. `weight` is 1 for an embedding."""

    name: str
    weight: float
    sha256: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The picture, how long the request ran (seconds, its neighbours' share included), and the hash of the weights
    that drew it ("" where it was only resampled).

    `flagged` is the safety checker's verdict, where the request asked for one: who shows it decides what that means.
    `rows` is the row count of its denoiser's every forward in exact mode: with the same rows the same request gives
    the same bytes; 0 in fast mode, where the neighbours decide. `upscaled_by` says what made a picture larger:
    "tiles", "lanczos", or the name of an upscaling network.
    """

    request_id: str
    picture: Picture
    seconds: float
    model_hash: str
    rows: int = 0
    adapters: tuple[UsedAdapter, ...] = ()
    upscaled_by: str = ""
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """The request ended without a picture; `sentence` can be shown to the one who asked."""

    request_id: str
    sentence: str
    cancelled: bool = False
    refused: bool = False  # the request itself is at fault: trying again cannot help


Event = Started | Progress | Finished | Failed
