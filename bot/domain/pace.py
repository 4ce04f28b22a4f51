"""How fast this machine draws, learnt from its own steps; the source of every estimate shown."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.params import Drawing

_NEW_WEIGHT = 0.2  # of the latest measurement in the running mean


class Pace:
    """Seconds for a denoising step of a megapixel, by model."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def learn(self, drawing: Drawing, seconds: float) -> None:
        """Take in that one picture of this drawing took so long."""
        measured = seconds / _work(drawing)
        known = self._seconds.get(drawing.model, measured)
        self._seconds[drawing.model] = known + _NEW_WEIGHT * (measured - known)

    def estimate(self, drawings: Iterable[Drawing]) -> float | None:
        """Seconds until all of these are drawn one after another; none while one of their models is unmeasured."""
        total = 0.0
        for drawing in drawings:
            known = self._seconds.get(drawing.model)
            if known is None:
                return None
            total += known * _work(drawing) * drawing.count
        return total


def _work(drawing: Drawing) -> float:
    return drawing.steps * drawing.width * drawing.height / 1e6
