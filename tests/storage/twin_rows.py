"""What the twin of the queue remembers of each job."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.domain.job import Job, State, StoredPicture
from bot.storage.debits import Debit


@dataclass
class Paid:
    """A debit, or what is left of it."""

    debit: Debit
    at: int
    milliseconds: int
    back: bool = False


@dataclass
class Row:
    job: Job
    number: int
    paid: Paid
    rank: int = 0
    owner: str | None = None
    until: int = 0
    released: int = 0
    spent: int = 0
    announced: bool = False
    approved: bool | None = True  # none while it waits for a moderator
    cells: dict[int, StoredPicture] = field(default_factory=dict)

    @property
    def lane(self) -> str:
        return self.job.order.lane

    @property
    def guild(self) -> int:
        return self.job.order.place.guild_id or 0

    @property
    def work(self) -> int:
        drawing = self.job.order.drawing
        share = 1 if drawing.image_sha256 is None else drawing.strength
        pixels = drawing.count * drawing.width * drawing.height
        return int(pixels * drawing.steps * share * drawing.stop / 100.0)

    def become(self, state: State, **changes: object) -> Job:
        self.owner = None
        self.job = replace(self.job, state=state, **changes)  # type: ignore[arg-type]
        if state is State.FAILED or (state in (State.CANCELLED, State.REFUSED) and not self.spent):
            self.paid.back = True
        elif state in (State.READY, State.CANCELLED, State.REFUSED) and self.spent:
            self.paid.milliseconds = self.spent
        return self.job
