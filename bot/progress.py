"""A job at work: its lease, and what each of its cells has reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.job import Job, Lease
from bot.domain.pace import Rest, whole
from bot.domain.safety import Safety
from bot.domain.status import Working
from engine.events import Picture, Progress


@dataclass(eq=False, slots=True)
class Run:
    """One attempt at a job."""

    job: Job
    lease: Lease
    resumed: bool
    previews: bool
    safety: Safety = Safety.OFF
    finished: int = 0
    _shares: dict[int, float] = field(default_factory=dict)  # of its steps, for each cell that is being drawn
    _sketches: dict[int, Picture | None] = field(default_factory=dict)

    def request_id(self, cell: int) -> str:
        """New with each attempt: the engine may still be leaving the one before."""
        return f"{self.job.id}-{self.lease.attempt}-{cell}"

    def request_ids(self) -> list[str]:
        return [self.request_id(cell) for cell in range(self.job.order.drawing.count)]

    def advance(self, cell: int, progress: Progress) -> None:
        """A cell came a step further."""
        self._shares[cell] = progress.step / progress.total
        if progress.preview is not None:
            self.sketch(cell, progress.preview)

    def finish(self, cell: int) -> None:
        """A cell is drawn and stored."""
        self._shares.pop(cell, None)
        self.finished += 1

    def sketch(self, cell: int, picture: Picture | None) -> None:
        """What a cell looks like so far; none where that is not to be seen."""
        self._sketches[cell] = picture

    def status(self) -> Working:
        count = self.job.order.drawing.count
        sketches = tuple(self._sketches.get(cell) for cell in range(count)) if self._sketches else ()
        return Working(self._done() / count, self.finished, count, self.resumed, sketches)

    def rest(self) -> Rest:
        """What is left to draw, for the estimates."""
        everything = whole(self.job.order.drawing)
        left = everything.pictures - self.finished
        steps = everything.steps * (everything.pictures - self._done()) / left if left else 0.0
        return Rest(everything.drawing, left, steps)

    def _done(self) -> float:
        """Pictures, those included that are partly drawn."""
        return min(self.finished + sum(self._shares.values()), self.job.order.drawing.count)
