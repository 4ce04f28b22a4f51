"""Faster forwards on CUDA: channels last, and optionally compiled or as graphs; all on the engine's thread."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils import _pytree as pytree

from engine.options import Acceleration

_PREPARING_S = 900.0  # compiling SDXL for one shape takes minutes
_MOST_SHAPES = 64  # dynamo gives up after 8 and runs on without compiling
_WARM_UPS = 3  # before a capture, so that libraries have chosen their kernels

Forward = Callable[..., Any]
Budget = Callable[[float], AbstractContextManager[None]]


def lay_out(pipeline: Any, device: torch.device) -> None:
    """Convolutions on tensor cores read channels last; elsewhere it was no gain."""
    if device.type == "cuda":
        for module in (pipeline.unet, pipeline.vae):
            module.to(memory_format=torch.channels_last)


def accelerate(
    forward: Forward, how: Acceleration, plain: Callable[[], bool], budget: Budget, backend: str = "inductor"
) -> Forward:
    """`forward` for a closed set of shapes, each prepared at its first call within a watchdog's budget.

    Only where the network is `plain`: with a LoRA in it, it is another network, which runs as it is.
    """
    if how is Acceleration.NONE:
        return forward
    fast = _compiled(forward, backend) if how is Acceleration.COMPILE else Graphs(forward)
    prepared: set[Hashable] = set()

    @functools.wraps(forward)
    def run(*args: Any, **kwargs: Any) -> Any:
        if not plain():
            return forward(*args, **kwargs)
        shape = _shape(*pytree.tree_flatten((args, kwargs)))
        if shape in prepared:
            return fast(*args, **kwargs)
        with budget(_PREPARING_S):
            output = fast(*args, **kwargs)
        prepared.add(shape)
        return output

    return run


class Graphs:
    """Replays `forward` as one CUDA graph for each shape of its tensors: a launch instead of a thousand."""

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._graphs: dict[Hashable, _Graph] = {}
        self._pool: Any = None  # of memory, shared as no two graphs run at once

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        leaves, spec = pytree.tree_flatten((args, kwargs))
        shape = _shape(leaves, spec)
        if shape not in self._graphs:
            self._graphs[shape] = self._capture(leaves, spec)
        return self._graphs[shape].replay(leaves)

    def _capture(self, leaves: list[Any], spec: pytree.TreeSpec) -> _Graph:
        held = [leaf.clone() if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves]
        args, kwargs = pytree.tree_unflatten(held, spec)
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UPS):
                self._forward(*args, **kwargs)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            output = self._forward(*args, **kwargs)
        self._pool = self._pool or graph.pool()
        return _Graph(graph, held, output)


@dataclass(frozen=True, slots=True)
class _Graph:
    """A captured graph, and the tensors that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    inputs: list[Any]
    output: Any

    def replay(self, leaves: list[Any]) -> Any:
        for held, leaf in zip(self.inputs, leaves, strict=True):
            if isinstance(held, torch.Tensor):
                held.copy_(leaf)
        self.graph.replay()
        return pytree.tree_map(torch.Tensor.clone, self.output)  # the next replay writes over it


def _compiled(forward: Forward, backend: str) -> Forward:
    torch._dynamo.config.recompile_limit = _MOST_SHAPES
    return torch.compile(forward, dynamic=False, backend=backend)


def _shape(leaves: list[Any], spec: pytree.TreeSpec) -> Hashable:
    return (spec, *((leaf.shape, leaf.dtype) if isinstance(leaf, torch.Tensor) else leaf for leaf in leaves))
