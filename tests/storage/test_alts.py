"""A crowd of new accounts does not keep honest members waiting: one GPU, four seconds a picture, a clock of our own."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pytest

from bot.domain.job import Job, Order, Placeholder
from bot.domain.policy.actors import Usage
from bot.errors import QueueFull
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from tests.few import few
from tests.storage.making import LEASE_MS, Clock, a_debit, a_picture, an_order

MEMBERS = 10
REQUESTS = 6  # of each member
PICTURE_MS = 4000
EVERY_MS = 60_000  # a member asks so often, more or less
ALTS_EACH = 3
NEWCOMERS = "newcomers"
MOST_IN_ALL, MOST_OF_NEWCOMERS, MOST_OF_MEMBER = 60, 20, 3


@dataclass
class Replay:
    """What came of it. `waits` are milliseconds of members of standing; `refusals` are seconds of our own work."""

    waits: list[int] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    drawn: int = 0
    most_in_all: int = 0
    most_of_newcomers: int = 0

    def p95(self) -> int:
        return sorted(self.waits)[len(self.waits) * 95 // 100]


@dataclass
class Studio:
    queue: JobQueue
    clock: Clock
    replay: Replay = field(default_factory=Replay)

    async def ask(self, at: int, order: Order) -> None:
        """Ask, and be told; somebody who is refused goes away."""
        self.clock.ms = at
        begun = perf_counter()
        try:
            job = await self.queue.submit(order, a_debit(order.user_id), within_the_caps)
        except QueueFull:
            self.replay.refusals.append(perf_counter() - begun)
        else:
            await self.queue.set_placeholder(job.id, Placeholder(3, order.interaction_id))
        usage = await self.queue.usage(a_debit(), 0, None, NEWCOMERS)
        self.replay.most_in_all = max(self.replay.most_in_all, usage.waiting_in_all)
        self.replay.most_of_newcomers = max(self.replay.most_of_newcomers, usage.waiting_in_lane)

    async def work(self, asked: Iterable[tuple[int, Order]]) -> Replay:
        """Draw one picture at a time, while others ask, until everybody is served."""
        coming = sorted(asked, key=lambda each: each[0])
        while True:
            found = await self.queue.claim("worker", LEASE_MS)
            done_at = self.clock.ms + PICTURE_MS if found else next((at for at, _ in coming), None)
            if done_at is None:
                return self.replay
            while coming and coming[0][0] <= done_at:
                await self.ask(*coming.pop(0))
            self.clock.ms = done_at
            if found:
                await self.queue.add_picture(found[1], a_picture(seconds=PICTURE_MS / 1000))
                await self.queue.finish(found[1])
                self.note(found[0])

    def note(self, job: Job) -> None:
        self.replay.drawn += 1
        if job.order.user_id <= MEMBERS and job.started_at is not None:
            self.replay.waits.append(job.started_at - job.created_at)


def within_the_caps(usage: Usage) -> None:
    in_lane = usage.waiting_in_lane >= MOST_OF_NEWCOMERS  # a lane of one member has less
    if in_lane or usage.waiting_in_all >= MOST_IN_ALL or usage.waiting_of_member >= MOST_OF_MEMBER:
        raise QueueFull("Later.")


def requests(alts: int, begin: int) -> list[tuple[int, Order]]:
    """Members ask now and then; every alt asks three times, and all of them in the first half."""
    chance, asked = random.Random(5), list[tuple[int, Order]]()
    for member in range(1, MEMBERS + 1):
        for turn in range(REQUESTS):
            at = begin + int((turn + chance.random()) * EVERY_MS)
            asked.append((at, an_order(len(asked) + 1, member, lane=f"member {member}")))
    for alt in range(1, alts + 1):
        for _ in range(ALTS_EACH):
            at = begin + int(chance.random() * REQUESTS * EVERY_MS / 2)
            asked.append((at, an_order(len(asked) + 1, 1000 + alt, lane=NEWCOMERS)))
    return asked


async def replayed(alts: int) -> Replay:
    with TemporaryDirectory() as folder:
        async with open_database(Path(folder) / "atelier.db") as database:
            clock = Clock()
            return await Studio(JobQueue(database, clock), clock).work(requests(alts, clock.ms))


@pytest.mark.parametrize("alts", few([50, 10, 200], 1))
async def test_members_of_standing_wait_little_longer_however_many_new_accounts_come(alts: int) -> None:
    alone, crowded = await replayed(0), await replayed(alts)
    assert len(crowded.waits) == len(alone.waits) == MEMBERS * REQUESTS
    assert crowded.p95() <= 2 * alone.p95() + PICTURE_MS
    assert crowded.most_in_all <= MOST_IN_ALL
    assert crowded.most_of_newcomers <= MOST_OF_NEWCOMERS
    assert crowded.drawn + len(crowded.refusals) == MEMBERS * REQUESTS + alts * ALTS_EACH
    assert (alts < 50) or crowded.refusals
