"""How many rows one forward of a network has: always the same in exact mode, as they come in fast mode."""

from __future__ import annotations

from dataclasses import dataclass

from engine.options import EngineOptions, Mode

_SIZES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32)
_EXACT_ROWS = {"cpu": 6, "mps": 2, "cuda": 8}  # three pictures with guidance; on CUDA a grid of four
_FAST_ROWS = {"cpu": 24, "mps": 4, "cuda": 16}


@dataclass(slots=True)
class RowPlan:
    """The rows of a forward, by the work of one of them.

    `sizes` are the row counts there are, ascending: a closed set, so that nothing is compiled twice. A forward
    has at most `budget` FLOPs, but always a row. In exact mode every forward for pictures of one size has the
    most rows that these allow, whoever is drawn. `cap` is the most that the memory allowed so far.
    """

    sizes: tuple[int, ...]
    budget: float
    exact: bool
    cap: int | None = None

    def most(self, row_work: float) -> int:
        """The most rows that one forward of such rows may have."""
        allowed = min(self.cap or self.sizes[-1], int(self.budget / row_work) if row_work else self.sizes[-1])
        return max((size for size in self.sizes if size <= allowed), default=1)

    def size(self, rows: int, row_work: float) -> int:
        """The row count of the next forward when so many rows are left."""
        most = self.most(row_work)
        if self.exact or rows >= most:
            return most
        return next((size for size in self.sizes if size >= rows), most)


@dataclass(frozen=True, slots=True)
class RowOptions:
    """How a device's forwards are filled; `denoiser`, `encoder` and `decoder` are the row counts of each."""

    exact: bool
    denoiser: tuple[int, ...]
    encoder: tuple[int, ...]
    decoder: tuple[int, ...]


def plan_rows(device: str, options: EngineOptions) -> RowOptions:
    """An autoencoder gains nothing from more than a row: it is the denoiser that leaves a device half idle."""
    exact = options.mode is Mode.EXACT
    most = options.rows or (_EXACT_ROWS if exact else _FAST_ROWS)[device]
    sizes = (*(size for size in _SIZES if size < most), most)
    return RowOptions(exact, sizes, (1,) if exact else sizes, (1,))
