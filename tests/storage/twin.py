"""The queue in memory, as plainly as it can be said: what the durable queue is compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.domain.job import MAX_ATTEMPTS, MAX_FAILURES, Job, Lease, Order, Placeholder, State, StoredPicture
from bot.errors import LostLease, QueueFull
from bot.storage.jobs import MANY, QueueCaps

ENDED_BADLY = (State.FAILED, State.CANCELLED, State.REFUSED)


@dataclass
class Row:
    job: Job
    owner: str | None = None
    until: int = 0
    released: int = 0
    announced: bool = False
    cells: dict[int, StoredPicture] = field(default_factory=dict)

    @property
    def work(self) -> int:
        drawing = self.job.order.drawing
        share = 1 if drawing.image_sha256 is None else drawing.strength
        pixels = drawing.count * drawing.width * drawing.height
        return int(pixels * drawing.steps * share * drawing.stop / 100.0)

    def become(self, state: State, **changes: object) -> Job:
        self.owner = None
        self.job = replace(self.job, state=state, **changes)  # type: ignore[arg-type]
        return self.job


class Twin:
    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.rows: dict[str, Row] = {}
        self.served: dict[str, int] = {}
        self.paces: list[tuple[float, int]] = []

    def standing(self, *states: State) -> list[Row]:
        return [row for row in self.rows.values() if row.job.state in states]

    def submit(self, order: Order, caps: QueueCaps, job_id: str) -> Job:
        for row in self.rows.values():
            if (row.job.order.interaction_id, row.job.order.part) == (order.interaction_id, order.part):
                return row.job
        waiting = self.standing(State.QUEUED)
        own = [row for row in waiting if row.job.order.user_id == order.user_id]
        if len(waiting) >= caps.max_queued_total or len(own) >= caps.max_queued_per_user:
            raise QueueFull
        busy = {row.job.order.lane for row in self.standing(State.QUEUED, State.RUNNING)}
        if order.lane not in busy:
            newest = max(self.served.values(), default=0)
            floor = min((self.served[lane] for lane in busy), default=newest)
            self.served[order.lane] = max(self.served.get(order.lane, 0), floor)
        job = Job(job_id, order, State.QUEUED, 0, 0, None, self.now(), None, None, None)
        self.rows[job_id] = Row(job)
        return job

    def set_placeholder(self, job_id: str, placeholder: Placeholder) -> None:
        row = self.rows[job_id]
        row.job = replace(row.job, placeholder=placeholder)

    def queue(self) -> list[Job]:
        """Turn by turn: the lane that was given least goes first, then the job that came first."""
        pace = 0.001
        if work := sum(work for _, work in self.paces[-64:]):
            pace = sum(seconds for seconds, _ in self.paces[-64:]) * 1000 / work
        given = dict.fromkeys(self.served, 0)
        for row in self.standing(State.RUNNING):
            given[row.job.order.lane] += row.work
        waiting, turns = self.standing(State.QUEUED), []
        while waiting:  # `min` takes the first of equals, and the rows stand in the order of arrival
            row = min(
                waiting, key=lambda row: self.served[row.job.order.lane] + pace * given[row.job.order.lane]
            )
            given[row.job.order.lane] += row.work
            waiting.remove(row)
            turns.append(row.job)
        return turns

    def claim(self, owner: str, lease_ms: int, per_lane: int = MANY) -> tuple[Job, Lease] | None:
        self.take_back(lambda row: row.until <= self.now())
        busy = Counter(row.job.order.lane for row in self.standing(State.RUNNING))
        answered = [job for job in self.queue() if job.placeholder and busy[job.order.lane] < per_lane]
        for job in answered[:1]:
            row, attempt = self.rows[job.id], job.attempt + 1
            job = row.become(State.RUNNING, attempt=attempt, started_at=job.started_at or self.now())
            row.owner, row.until = owner, self.now() + lease_ms
            return job, Lease(job.id, owner, attempt)
        return None

    def recover(self, owner: str) -> list[Job]:
        return self.take_back(lambda row: row.until <= self.now() or row.owner != owner)

    def take_back(self, wanted: Callable[[Row], bool]) -> list[Job]:
        taken = [row for row in self.standing(State.RUNNING) if wanted(row)]
        exhausted = [row for row in taken if row.job.attempt - row.released >= MAX_ATTEMPTS]
        reason = f"It was started {MAX_ATTEMPTS} times and never came to an end, so I gave it up."
        failed = [row.become(State.FAILED, reason=reason, finished_at=self.now()) for row in exhausted]
        return failed + [row.become(State.QUEUED) for row in taken if row not in exhausted]

    def held(self, lease: Lease) -> Row:
        row = self.rows[lease.job_id]
        if (row.owner, row.job.attempt) != (lease.owner, lease.attempt):
            raise LostLease
        return row

    def renew(self, lease: Lease, lease_ms: int) -> bool:
        try:
            self.held(lease).until = self.now() + lease_ms
        except LostLease:
            return False
        return True

    def add_picture(self, lease: Lease, picture: StoredPicture) -> None:
        row = self.held(lease)
        if picture.cell not in row.cells:
            row.cells[picture.cell] = picture
            self.served[row.job.order.lane] += round(picture.seconds * 1000)
            if not picture.upscaled_by:
                self.paces.append((picture.seconds, row.work // row.job.order.drawing.count))

    def finish(self, lease: Lease) -> None:
        self.held(lease).become(State.READY, finished_at=self.now())

    def fail(self, lease: Lease, reason: str, retry: bool) -> State:
        row = self.held(lease)
        failures, attempts = row.job.failures + 1, row.job.attempt - row.released
        if retry and failures < MAX_FAILURES and attempts < MAX_ATTEMPTS:
            return row.become(State.QUEUED, failures=failures).state
        return row.become(State.FAILED, failures=failures, reason=reason, finished_at=self.now()).state

    def refuse(self, lease: Lease, reason: str) -> None:
        self.held(lease).become(State.REFUSED, reason=reason, finished_at=self.now())

    def release(self, lease: Lease) -> None:
        row = self.held(lease)
        row.released += 1
        row.become(State.QUEUED)

    def cancel(self, job_id: str) -> Job:
        row = self.rows[job_id]
        if row.job.state in (State.QUEUED, State.RUNNING):
            row.become(State.CANCELLED, finished_at=self.now())
        return row.job

    def deliver(self, job_id: str) -> bool:
        return self.leave_ready(job_id, State.DELIVERED)

    def abandon(self, job_id: str, reason: str) -> bool:
        left = self.leave_ready(job_id, State.FAILED, reason=reason)
        self.rows[job_id].announced |= left
        return left

    def leave_ready(self, job_id: str, state: State, **changes: object) -> bool:
        row = self.rows[job_id]
        ready = row.job.state is State.READY
        if ready:
            row.become(state, **changes)
        return ready

    def announce(self, job_id: str) -> bool:
        row = self.rows[job_id]
        new = row.job.state in ENDED_BADLY and not row.announced
        row.announced |= new
        return new
