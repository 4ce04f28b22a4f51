"""Where torch runs and in which precision: fp16 on CUDA and MPS, fp32 on the CPU."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass

import psutil
import torch

from engine.catalogue import brief
from engine.errors import EngineError
from engine.sentence import say
from engine.status import MemoryReading

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory")  # MPS and the CPU raise a bare RuntimeError
PRECISIONS = {"float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """Where the modules live, and the type of their weights and latents."""

    device: torch.device
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class DeviceDescription:
    """A device as an owner knows it; `memory` is all it has, in bytes (the machine's where they share it)."""

    kind: str
    name: str
    memory: int
    precision: str


def plan_device(device: str = "auto", precision: str = "auto") -> DevicePlan:
    """Raises `EngineError` where the settings ask for what this machine or torch lacks."""
    chosen = torch.device(_best() if device == "auto" else _checked(device))
    if precision == "auto":
        return DevicePlan(chosen, torch.float32 if chosen.type == "cpu" else torch.float16)
    if precision not in PRECISIONS:
        raise EngineError(
            say("There is no precision {name}; take auto, float16 or float32.", name=brief(precision))
        )
    return DevicePlan(chosen, PRECISIONS[precision])


def describe_device(plan: DevicePlan) -> DeviceDescription:
    """For `doctor` and the log."""
    name, memory = platform.processor() or platform.machine(), psutil.virtual_memory().total
    if plan.device.type == "cuda":
        card = torch.cuda.get_device_properties(plan.device)
        name, memory = card.name, card.total_memory
    return DeviceDescription(plan.device.type, name, memory, str(plan.dtype).removeprefix("torch."))


def device_memory(device: torch.device) -> tuple[int, int]:
    """Bytes that are free, and in all; the machine's where they share it."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)
    machine = psutil.virtual_memory()
    return machine.available, machine.total


def read_memory(device: torch.device) -> MemoryReading | None:
    """None where the memory is the machine's too, and swaps."""
    if device.type != "cuda":
        return None
    return MemoryReading(*device_memory(device), torch.cuda.memory_reserved(device))


def is_out_of_memory(error: Exception) -> bool:
    """Whether the device, or the machine, had no memory left."""
    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or any(words in str(error) for words in _OUT_OF_MEMORY)


def is_lost(error: Exception) -> bool:
    """Whether the device answers no more in this process, as after an illegal access on CUDA."""
    return "CUDA error" in str(error) and not is_out_of_memory(error)


def free_memory(device: torch.device) -> None:
    """Give back what torch keeps for later tensors."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _checked(device: str) -> str:
    if not re.fullmatch(r"cpu|mps|cuda(:\d{1,2})?", device):
        raise EngineError(
            say("There is no device {name}; take auto, cuda, cuda:1, mps or cpu.", name=brief(device))
        )
    kind, _, index = device.partition(":")
    if kind == "cuda" and torch.cuda.device_count() <= int(index or 0):
        raise EngineError(
            say("The device {device} is not here; torch sees {count} CUDA devices.",
                device=device, count=torch.cuda.device_count())
        )  # fmt: skip
    if kind == "mps" and not torch.backends.mps.is_available():
        raise EngineError(say("The device mps is not here; it needs an Apple chip. Take auto or cpu."))
    return device
