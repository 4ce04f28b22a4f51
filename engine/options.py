"""How the owner wants the engine to run on this machine; free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """What a seed promises.

    Exact: the same request gives the same bytes, whoever else is being drawn, as every forward has the same row
    count. Fast: the most pictures an hour; neighbours may change a picture's last bits.
    """

    EXACT = "exact"
    FAST = "fast"


class Acceleration(StrEnum):
    """How the denoiser's forwards run on CUDA: as they are, compiled by torch, or as CUDA graphs."""

    NONE = "none"
    COMPILE = "compile"
    GRAPHS = "graphs"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What is left out is torch's own choice or the best that the machine has.

    `device` is auto, cuda, cuda:1, mps or cpu; `precision` is auto, float16 or float32; `threads` are torch's
    on the CPU (none: all cores but one, which is left to the event loop); `rows` is the most rows of one forward
    of pictures of a model's own size (in exact mode their constant number), and a picture with guidance takes
    two; `live` is how many requests are drawn at once; `memory` is how many bytes the engine may fill;
    `idle_s` is after how many idle seconds models leave the memory (0: never); `stall_s` is the least time
    without a step after which the process ends with `watchdog.EXIT_STALLED`; `digests` is a JSON file that
    remembers the sha256 of weight files (none: they are read again after each start); `upscaler` is the
    .safetensors file of a network that makes pictures larger; `checker` says where the safety checker comes from
    (none: a request that asks for a check gets no picture): "demo", which knows the black fish of the demo world, a
    folder or, with a `checker_revision` (a commit of 40 hex digits), a hub repository "owner/name".
    """

    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    mode: Mode = Mode.EXACT
    rows: int | None = None
    acceleration: Acceleration = Acceleration.NONE
    live: int = 64
    memory: int | None = None
    idle_s: float = 0.0
    stall_s: float = 20.0
    digests: Path | None = None
    upscaler: Path | None = None
    checker: str | None = None
    checker_revision: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", Mode(self.mode))
        object.__setattr__(self, "acceleration", Acceleration(self.acceleration))
        for name in ("threads", "rows", "live", "memory"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1.")
