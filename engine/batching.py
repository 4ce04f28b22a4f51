"""Runs many unmodified pipelines as greenlets on one thread, and gathers their network calls into one forward."""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from greenlet import getcurrent, greenlet
from torch.utils import _pytree as pytree  # the only one that knows transformers' outputs

from engine.devices import is_lost, is_out_of_memory
from engine.errors import DeviceLost
from engine.events import UsedAdapter
from engine.rows import RowPlan
from engine.turns import Rider

_log = logging.getLogger(__name__)
Arguments = tuple[tuple[Any, ...], dict[str, Any]]
"""Of a call: by position and by name."""


class Strand(greenlet):
    """One request on its way through its pipeline; it stands still in each call of a shared network.

    `lane` groups requests that take turns together, and `rank` is the lowest of its calls. `adapters` act in
    its calls, `used` says what they are, and where it is `seamless` opposite edges meet in them. `row_counts`
    are those of the forwards that it rode in; 0 is one that was done in tiles.
    """

    def __init__(self, request: str, lane: Hashable, body: Callable[[], None]) -> None:
        super().__init__(body)
        self.request, self.lane, self.rank = request, lane, 0
        self.adapters: Hashable = ()
        self.used: tuple[UsedAdapter, ...] = ()
        self.seamless = False
        self.call: Call | None = None
        self.row_counts: defaultdict[Network, set[int]] = defaultdict(set)

    def go_on(self, *outcome: Any) -> None:
        """From its start, or from its call with that outcome, to its next call or its end."""
        self.call = None
        self._take(self.switch(*outcome))

    def fall(self, error: BaseException) -> None:
        """Its call raises that error."""
        self.call = None
        self._take(self.throw(error))

    def _take(self, parked: Any) -> None:
        self.call = parked if isinstance(parked, Call) else None


@dataclass(eq=False, slots=True, weakref_slot=True)
class Network:
    """A network that all requests of a model share. Calls of the lower `rank` go first within a lane.

    `run` is its real forward, whose tensors have one row per picture; `work` estimates the FLOPs of a row from
    the shape of the first tensor; `prepare` is told the adapters of the forward that comes. `seamless` runs in
    its place for pictures whose opposite edges meet, where that makes a difference. Calls that are equal are
    computed once where it is `distinct`.
    """

    run: Callable[..., Any]
    rank: int
    work: Callable[[torch.Size], float]
    rows: RowPlan
    prepare: Callable[[Any], None] = lambda _: None
    seamless: Callable[..., Any] | None = None
    set_tiling: Callable[[bool], None] | None = None
    distinct: bool = False
    tiled: bool = False
    signature: inspect.Signature = field(init=False)

    def __post_init__(self) -> None:
        self.signature = inspect.signature(self.run)

    def tile(self, on: bool) -> bool:
        """Work in tiles from now on, or no longer; False where the network cannot."""
        if self.set_tiling is None:
            return False
        self.set_tiling(on)
        self.tiled = on
        return True


class Call:
    """A parked call: `leaves` are its arguments flattened, `key` is equal for calls that can share a forward."""

    __slots__ = ("key", "leaves", "network", "row_work", "rows", "spec", "strand")

    def __init__(self, network: Network, strand: Strand, arguments: Arguments) -> None:
        leaves, self.spec = pytree.tree_flatten(arguments)
        sample = next(leaf for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.ndim)
        self.network, self.strand, self.rows = network, strand, sample.shape[0]
        self.row_work = network.work(sample.shape)
        self.leaves = [self._per_row(leaf) for leaf in leaves]
        kinds = map(self._kind, self.leaves)
        self.key = (id(network), strand.adapters, strand.seamless, self.spec, *kinds)

    def rider(self) -> Rider:
        """It as one who wants to ride in the next forward."""
        work = self.rows * self.row_work
        strand, rank = self.strand, max(self.network.rank, self.strand.rank)
        return Rider(strand.request, strand.lane, self.key, rank, self.rows, work)

    def _per_row(self, leaf: Any) -> Any:
        """A timestep is one number for all rows, an integer or a float by the scheduler's taste. All have one memory
        format, which would be that of the neighbours otherwise and has kernels of its own."""
        if not isinstance(leaf, torch.Tensor):
            return leaf
        return leaf.contiguous() if leaf.ndim else leaf.float().expand(self.rows)

    def _kind(self, leaf: Any) -> Hashable:
        if not isinstance(leaf, torch.Tensor):
            return leaf if isinstance(leaf, Hashable) else id(leaf)
        if leaf.shape[0] != self.rows:
            return id(leaf)  # not one row per picture, so it shares a forward with no other call
        return (leaf.shape[1:], leaf.dtype)


def current_strand() -> Strand:
    """The one that runs now."""
    strand = getcurrent()
    assert isinstance(strand, Strand)
    return strand


def gate(network: Network) -> Callable[..., Any]:
    """What to put in the place of the real forward: it parks the strand that calls it."""

    @functools.wraps(network.run)  # libraries look at the signature
    def park(*args: Any, **kwargs: Any) -> Any:
        strand = getcurrent()
        if not isinstance(strand, Strand):
            return network.run(*args, **kwargs)
        bound = network.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        hub = strand.parent
        assert hub is not None
        return hub.switch(Call(network, strand, (bound.args, bound.kwargs)))

    return park


class Relief(Protocol):
    """What makes room after a forward ran out of memory."""

    def relieve(self, network: Network, rows: int) -> bool:
        """Try the next measure for a forward of so many rows; False when none is left."""
        ...

    def give_up(self) -> Exception:
        """What the call raises then."""
        ...


def forward(calls: Sequence[Call], relief: Relief) -> list[Any]:
    """One outcome per call (of equal keys): what its network gave for its rows, or the error that it raised.

    Where a forward for several fails, each is tried alone, so that only those at fault fail.
    """
    try:
        return _gathered(calls, relief)
    except Exception as error:  # the job boundary: one call's error must not become its neighbours'
        if len(calls) == 1:
            _log.exception("A forward of %s failed", calls[0].strand.request)
            return [error.with_traceback(None)]  # its frames would keep the forward's tensors
    return [outcome for call in calls for outcome in forward([call], relief)]


def go_on(call: Call, outcome: Any) -> None:
    """Let the call's strand have its outcome."""
    if isinstance(outcome, BaseException):
        call.strand.fall(outcome)
    else:
        call.strand.go_on(outcome)


def _gathered(calls: Sequence[Call], relief: Relief) -> list[Any]:
    first = calls[0]
    places = _places(calls)
    members = list(dict(zip(places, calls, strict=True)).values())
    columns = [_joined(column) for column in zip(*(call.leaves for call in members), strict=True)]
    rows = sum(call.rows for call in members)
    outputs = []
    for size, output in _in_chunks(first, columns, rows, relief):
        outputs.append(output)
        for call in calls:
            call.strand.row_counts[first.network].add(0 if first.network.tiled else size)
    whole = pytree.tree_map(lambda *parts: torch.cat(parts)[:rows], *outputs)
    ends = list(itertools.accumulate(call.rows for call in members))
    shares = [_rows_of(whole, end - call.rows, end) for call, end in zip(members, ends, strict=True)]
    return [shares[place] for place in places]


def _places(calls: Sequence[Call]) -> list[int]:
    """For each call the place of the one that computes it: its own, or that of its equal."""
    if not calls[0].network.distinct:
        return list(range(len(calls)))
    seen: dict[Hashable, int] = {}
    return [seen.setdefault(_content(call), len(seen)) for call in calls]


def _content(call: Call) -> Hashable:
    return tuple(leaf.cpu().numpy().tobytes() for leaf in call.leaves if isinstance(leaf, torch.Tensor))


def _joined(column: Sequence[Any]) -> Any:
    return torch.cat(tuple(column)) if isinstance(column[0], torch.Tensor) else column[0]


def _in_chunks(first: Call, columns: list[Any], rows: int, relief: Relief) -> Iterator[tuple[int, Any]]:
    network, start = first.network, 0
    while start < rows:
        size = network.rows.size(rows - start, first.row_work)
        chunk = [_chunk(column, rows, start, size) for column in columns]
        output = _attempt(first, pytree.tree_unflatten(chunk, first.spec), relief)
        if output is None:
            if not relief.relieve(network, size):
                raise relief.give_up()
            continue
        yield size, output
        start += size


def _attempt(first: Call, arguments: Arguments, relief: Relief) -> Any | None:
    """None when the memory ran out: to recover inside the handler would keep the failed tensors alive."""
    network, strand = first.network, first.strand
    run = (network.seamless if strand.seamless else None) or network.run
    try:
        network.prepare(strand.adapters)
        args, kwargs = arguments
        return run(*args, **kwargs)
    except Exception as error:
        if is_lost(error):
            raise DeviceLost(str(error)) from error
        if not is_out_of_memory(error):
            raise
    return None


def _chunk(column: Any, rows: int, start: int, size: int) -> Any:
    """That many of the rows; where they run out, the first one again, whose results are thrown away."""
    if not isinstance(column, torch.Tensor) or column.shape[0] != rows:
        return column
    chunk = column[start : start + size]
    missing = size - chunk.shape[0]
    return torch.cat((chunk, chunk[:1].expand(missing, *chunk.shape[1:]))) if missing else chunk


def _rows_of(output: Any, start: int, end: int) -> Any:
    return pytree.tree_map(lambda rows: rows[start:end], output)
