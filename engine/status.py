"""What the owner is told of the engine and its memory; free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.options import Mode


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Bytes of a device with a memory of its own: free, in all, and kept by this process for its tensors."""

    free: int
    total: int
    ours: int


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model in memory, the bytes of its weights, and how many live requests draw with it."""

    name: str
    bytes: int
    live: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStatus:
    """The engine between two steps. Memory is in bytes.

    `device` is its name. `budget` is for models, requests and forwards together; `used` is what the process keeps of
    the device on CUDA, elsewhere what the weights take. `free` and `total` are the device's own (the machine's where
    they share it), whoever else is there. `live` requests are being drawn, `waiting` ones are not let in yet.
    `step_ms` is the median of the last steps, none before the first.
    """

    device: str
    precision: str
    mode: Mode
    models: tuple[ModelStatus, ...]
    budget: int
    used: int
    free: int
    total: int
    live: int
    waiting: int
    uptime_s: float
    step_ms: float | None
