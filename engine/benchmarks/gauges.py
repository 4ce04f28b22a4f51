"""What a benchmark reads off torch and the process: memory in use, and what was compiled."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

_EVERY_S = 0.01


@dataclass(slots=True)
class Growth:
    """By how many bytes the memory in use had grown at its peak."""

    bytes: int = 0


@contextmanager
def watching_memory(device: str) -> Iterator[Growth]:
    """What torch allocated on a CUDA device, else the process's resident memory, looked at every 10 ms.

    `device` is cuda, mps or cpu. The result stands at the end.
    """
    growth = Growth()
    _give_back()
    with _on_cuda(growth) if device == "cuda" else _in_process(growth):
        yield growth


def compilations() -> int:
    """How many graphs torch has compiled in this process; 0 where nothing ever asked for one."""
    dynamo = sys.modules.get("torch._dynamo.utils")
    return 0 if dynamo is None else int(dynamo.counters["stats"]["unique_graphs"])


@contextmanager
def _on_cuda(growth: Growth) -> Iterator[None]:
    import torch

    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    yield
    growth.bytes = torch.cuda.max_memory_allocated() - before


@contextmanager
def _in_process(growth: Growth) -> Iterator[None]:
    process, over = psutil.Process(), threading.Event()
    before: int = process.memory_info().rss

    def watch() -> None:
        while not over.wait(_EVERY_S):
            growth.bytes = max(growth.bytes, process.memory_info().rss - before)

    watcher = threading.Thread(target=watch, name="memory", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _give_back() -> None:
    """What earlier work freed goes back to the system, or what comes next would grow into it unseen."""
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
