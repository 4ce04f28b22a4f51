"""The queue in memory, as plainly as it can be said: what the durable queue is compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeVar

from bot.domain.job import (
    MAX_ATTEMPTS,
    MAX_FAILURES,
    Halt,
    Job,
    Lease,
    Order,
    Placeholder,
    State,
    StoredPicture,
)
from bot.domain.policy.actors import Usage
from bot.domain.safety import Safety
from bot.errors import LostLease
from bot.storage.debits import Debit
from bot.storage.jobs import MANY
from tests.storage.twin_rows import Paid, Row

ACTIVE = (State.QUEUED, State.RUNNING)
ENDED_BADLY = (State.FAILED, State.CANCELLED, State.REFUSED)
Name = TypeVar("Name", int, str)


class Twin:
    def __init__(self, now: Callable[[], int]) -> None:
        self.now = now
        self.rows: dict[str, Row] = {}
        self.lanes: dict[str, int] = {}
        self.lanes_of: dict[int, set[str]] = {}
        self.guilds: dict[int, int] = {}
        self.halts: dict[int, Halt | None] = {}
        self.paces: dict[tuple[str, int], tuple[float, int]] = {}

    def standing(self, *states: State) -> list[Row]:
        return [row for row in self.rows.values() if row.job.state in states]

    def submit(self, order: Order, debit: Debit, check: Callable[[Usage], None], job_id: str) -> Job:
        for row in self.rows.values():
            if (row.job.order.interaction_id, row.job.order.part) == (order.interaction_id, order.part):
                return row.job
        check(self.usage(debit, order.user_id, order.place.guild_id, order.lane))
        self.enter(order.place.guild_id or 0, order.lane)
        job = Job(job_id, order, State.QUEUED, 0, 0, None, self.now(), None, None, None)
        self.rows[job_id] = Row(job, len(self.rows), Paid(debit, self.now(), debit.milliseconds))
        return job

    def enter(self, guild: int, lane: str) -> None:
        self.enter_guild(guild)
        lanes = {row.lane for row in self.standing(*ACTIVE) if row.guild == guild}
        if lane not in lanes:
            among = {each: self.lanes[each] for each in self.lanes_of.setdefault(guild, set())}
            self.lanes[lane] = floor(lane, among, lanes)
            self.lanes_of[guild].add(lane)

    def enter_guild(self, guild: int) -> None:
        busy = {row.guild for row in self.standing(*ACTIVE)}
        paused = {each for each, halt in self.halts.items() if halt is Halt.PAUSED}
        if guild not in busy - paused:
            self.guilds[guild] = floor(guild, self.guilds, busy - paused)

    def usage(self, debit: Debit, user_id: int, guild_id: int | None, lane: str) -> Usage:
        guild, waiting = guild_id or 0, self.standing(State.QUEUED)
        paid = [
            row.paid
            for row in self.rows.values()
            if row.guild == guild and row.paid.debit.member == debit.member and not row.paid.back
        ]
        return Usage(
            last_at=max((each.at for each in paid), default=None),
            hour=sum(each.at >= debit.hour_start for each in paid),
            day_ms=sum(each.milliseconds for each in paid if each.at >= debit.day_start),
            waiting_of_member=sum(row.job.order.user_id == user_id for row in waiting),
            waiting_in_lane=sum(row.lane == lane for row in waiting),
            waiting_in_guild=sum(row.guild == guild for row in waiting),
            waiting_in_all=len(waiting),
            draining=self.halts.get(guild) is Halt.DRAINING,
        )

    def set_placeholder(self, job_id: str, placeholder: Placeholder) -> None:
        row = self.rows[job_id]
        row.job = replace(row.job, placeholder=placeholder)

    def cost(self, row: Row) -> int:
        latest = list(self.paces.values())[-64:]
        work = sum(work for _, work in latest)
        pace = sum(seconds for seconds, _ in latest) * 1000 / work if work else 0.001
        return max(1, int(row.work * pace + 0.5))

    def queue(self) -> list[Job]:
        """Turn by turn: the guild that was given least, its lane that was given least, the job that came first."""
        lanes, guilds, turns = dict(self.lanes), dict(self.guilds), list[Job]()

        def charge(row: Row) -> None:
            lanes[row.lane] += self.cost(row) // row.job.order.priority
            guilds[row.guild] += self.cost(row)

        for row in self.standing(State.RUNNING):
            charge(row)
        waiting = self.standing(State.QUEUED)
        while waiting:
            heads = {
                row.guild: row
                for row in sorted(
                    waiting, key=lambda row: (row.rank, lanes[row.lane], row.number), reverse=True
                )
            }.values()
            row = min(heads, key=lambda row: (self.paused(row), guilds[row.guild], row.number))
            charge(row)
            waiting.remove(row)
            turns.append(row.job)
        return turns

    def paused(self, row: Row) -> bool:
        return self.halts.get(row.guild) is Halt.PAUSED

    def claim(
        self, owner: str, lease_ms: int, per_lane: int = MANY, later: Collection[str] = ()
    ) -> tuple[Job, Lease] | None:
        self.take_back(lambda row: row.until <= self.now())
        busy = Counter(row.lane for row in self.standing(State.RUNNING))
        for job in self.queue():
            row, attempt = self.rows[job.id], job.attempt + 1
            may_run = job.placeholder and job.id not in later and not self.paused(row)
            if may_run and busy[row.lane] < per_lane:
                job = row.become(State.RUNNING, attempt=attempt, started_at=self.now())
                row.owner, row.until = owner, self.now() + lease_ms
                return job, Lease(job.id, owner, attempt)
        return None

    def begin(self, lease: Lease, safety: Safety) -> None:
        row = self.held(lease)
        if row.job.safety is not safety:
            for cell, picture in list(row.cells.items()):
                if picture.flagged or row.job.safety is Safety.OFF:
                    self.paces.pop((lease.job_id, cell), None)
                    del row.cells[cell]
        row.job = replace(row.job, safety=safety)

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
        row, milliseconds = self.held(lease), round(picture.seconds * 1000)
        if picture.cell not in row.cells:
            row.cells[picture.cell] = picture
            self.charge(row, milliseconds)
            if not picture.upscaled_by:
                share = row.work // row.job.order.drawing.count
                self.paces[lease.job_id, picture.cell] = picture.seconds, share

    def charge(self, row: Row, milliseconds: int) -> None:
        row.spent += milliseconds
        self.lanes[row.lane] += milliseconds // row.job.order.priority
        self.guilds[row.guild] += milliseconds

    def pictures(self, job_id: str) -> list[StoredPicture]:
        row = self.rows[job_id]
        over = row.job.state in (State.READY, State.DELIVERED)
        return [
            picture
            for picture in self.cells(job_id)
            if row.approved and not picture.withheld and (over or not picture.flagged)
        ]

    def cells(self, job_id: str) -> list[StoredPicture]:
        cells = self.rows[job_id].cells
        return [cells[cell] for cell in sorted(cells)]

    def finish(self, lease: Lease) -> None:
        self.held(lease).become(State.READY, finished_at=self.now())

    def hold(self, lease: Lease) -> None:
        row = self.held(lease)
        row.become(State.READY, finished_at=self.now())
        row.approved = None

    def decide_review(self, job_id: str, approved: bool, reason: str) -> Job | None:
        row = self.rows[job_id]
        if row.approved is not None:
            return None
        row.approved = approved
        if not approved and row.job.state is State.READY:
            row.become(State.REFUSED, reason=reason)
        return row.job

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

    def cancel(self, job_id: str, *, by_member: bool = False) -> Job:
        row = self.rows[job_id]
        if by_member and row.job.state is State.RUNNING:
            ran = self.now() - (row.job.started_at or 0)
            self.charge(row, max(0, min(row.paid.debit.milliseconds or ran, ran) - row.spent))
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
        ready = row.job.state is State.READY and (row.approved or state is State.FAILED)
        if ready:
            row.become(state, **changes)
        return bool(ready)

    def announce(self, job_id: str) -> bool:
        row = self.rows[job_id]
        new = row.job.state in ENDED_BADLY and not row.announced
        row.announced |= new
        return new

    def halt(self, guild: int, halt: Halt | None) -> None:
        self.enter_guild(guild)
        self.halts[guild] = halt

    def halt_of(self, guild: int) -> Halt | None:
        return self.halts.get(guild)

    def clear(self, guild: int) -> list[Job]:
        waiting = [row for row in self.standing(State.QUEUED) if row.guild == guild]
        reason = "A moderator cleared the queue of this server."
        return [row.become(State.CANCELLED, reason=reason, finished_at=self.now()) for row in waiting]

    def move(self, job_id: str, first: bool) -> bool:
        moved = self.rows[job_id]
        if moved.job.state is not State.QUEUED:
            return False
        ranks = [row.rank for row in self.standing(State.QUEUED) if row.guild == moved.guild]
        moved.rank = min(ranks) - 1 if first else max(ranks) + 1
        return True


def floor(name: Name, served: Mapping[Name, int], busy: set[Name]) -> int:
    """What somebody starts with who was idle: as much as the busy one that was given least, or as the last one."""
    newest = max(served.values(), default=0)
    return max(served.get(name, 0), min((served[each] for each in busy), default=newest))
