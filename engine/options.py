"""How the owner wants the engine to run on this machine; free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What is left out is torch's own choice or the best that the machine has.

    `device` is auto, cuda, cuda:1, mps or cpu; `precision` is auto, float16 or float32; `threads` are torch's
    on the CPU (none: all cores but one, which is left to the event loop); `models_kept` is how many models stay
    loaded at once; `digests` is a JSON file that remembers the sha256 of weight files (none: they are read again
    after each start).
    """

    device: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    models_kept: int = 2
    digests: Path | None = None

    def __post_init__(self) -> None:
        for name, value in (("threads", self.threads), ("models_kept", self.models_kept)):
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1.")
