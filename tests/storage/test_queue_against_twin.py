"""Whatever is done to the queue, in whatever order, it answers as its twin in memory does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.domain.job import Halt, Lease, Order, Placeholder, State, StoredPicture
from bot.domain.policy.actors import Usage
from bot.domain.safety import Safety
from bot.errors import AtelierError, QueueFull
from bot.storage.database import open_database
from bot.storage.jobs import MANY, JobQueue
from tests.storage.making import LEASE_MS, Clock, a_debit
from tests.storage.orders import GUILDS, orders
from tests.storage.twin import Twin

PICTURES = st.builds(
    StoredPicture,
    cell=st.integers(0, 3),
    seed=st.just(40),
    sha256=st.sampled_from(["a" * 64, "b" * 64, ""]),
    width=st.just(128),
    height=st.just(128),
    seconds=st.integers(0, 40).map(lambda quarters: quarters / 4),
    model_hash=st.just("m" * 64),
    upscaled_by=st.sampled_from(["", "tiles"]),
    flagged=st.booleans(),
    fingerprint=st.none() | st.integers(0, 2**64 - 1),
)
OWNERS = st.sampled_from(["one", "two"])
PICK = st.integers(0, 1000)


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or the kind of error that it raises."""
    try:
        return call()
    except AtelierError as error:
        return type(error)


def roomy(usage: Usage) -> None:
    """Up to 8 may wait in all, and up to 4 of a member and of a guild."""
    if usage.waiting_in_all >= 8 or max(usage.waiting_of_member, usage.waiting_in_guild) >= 4:
        raise QueueFull("full")


class QueueAgainstTwin(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack, self.clock = asyncio.Runner(), AsyncExitStack(), Clock()
        folder = self.stack.enter_context(TemporaryDirectory())
        database = self.runner.run(self.stack.enter_async_context(open_database(Path(folder) / "atelier.db")))
        self.queue, self.twin = JobQueue(database, self.clock), Twin(self.clock)
        self.leases: list[Lease] = []

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()

    def real(self, method: str, *values: object, **named: object) -> object:
        return outcome(lambda: self.runner.run(getattr(self.queue, method)(*values, **named)))

    def both(self, method: str, *values: object, **named: object) -> object:
        real = self.real(method, *values, **named)
        assert real == outcome(lambda: getattr(self.twin, method)(*values, **named))
        return real

    def lease(self, pick: int) -> Lease:
        return self.leases[-1 - pick % len(self.leases)]

    def job_id(self, pick: int) -> str:
        return list(self.twin.rows)[pick % len(self.twin.rows)]

    @rule(order=orders(interactions=st.integers(1, 60), users=st.integers(1, 3)))
    def submit(self, order: Order) -> None:
        debit = a_debit(order.user_id, milliseconds=order.part * 5000)
        real = self.real("submit", order, debit, roomy)
        job_id = "" if real is QueueFull else str(getattr(real, "id"))  # noqa: B009
        assert real == outcome(lambda: self.twin.submit(order, debit, roomy, job_id))

    @precondition(lambda self: self.twin.rows)
    @rule(pick=st.integers(0, 99))
    def answer(self, pick: int) -> None:
        self.both("set_placeholder", self.job_id(pick), Placeholder(3, pick))

    @rule(owner=OWNERS, per_lane=st.sampled_from([1, 2, MANY]), put_off=st.sampled_from([0, 0, 1, 2]))
    def claim(self, owner: str, per_lane: int, put_off: int) -> None:
        later = [job.id for job in self.twin.queue()[:put_off]]
        match self.both("claim", owner, LEASE_MS, per_lane, later):
            case (_, Lease() as lease):
                self.leases.append(lease)

    @rule(ms=st.sampled_from([1, LEASE_MS - 1, LEASE_MS]))
    def wait(self, ms: int) -> None:
        self.clock.ms += ms

    @rule(owner=OWNERS)
    def recover(self, owner: str) -> None:
        self.both("recover", owner)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, safety=st.sampled_from(Safety))
    def begin(self, pick: int, safety: Safety) -> None:
        self.both("begin", self.lease(pick), safety)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, picture=PICTURES)
    def add_picture(self, pick: int, picture: StoredPicture) -> None:
        self.both("add_picture", self.lease(pick), picture)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, method=st.sampled_from(["finish", "hold", "release"]))
    def end(self, pick: int, method: str) -> None:
        self.both(method, self.lease(pick))

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def renew(self, pick: int) -> None:
        self.both("renew", self.lease(pick), LEASE_MS)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, retry=st.booleans())
    def fail(self, pick: int, retry: bool) -> None:
        self.both("fail", self.lease(pick), "It failed.", retry)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def refuse(self, pick: int) -> None:
        self.both("refuse", self.lease(pick), "Not here.")

    @precondition(lambda self: self.twin.rows)
    @rule(pick=PICK, method=st.sampled_from(["deliver", "announce"]))
    def change(self, pick: int, method: str) -> None:
        self.both(method, self.job_id(pick))

    @precondition(lambda self: self.twin.rows)
    @rule(pick=PICK, by_member=st.booleans())
    def cancel(self, pick: int, by_member: bool) -> None:
        self.both("cancel", self.job_id(pick), by_member=by_member)

    @precondition(lambda self: self.twin.rows)
    @rule(pick=PICK)
    def abandon(self, pick: int) -> None:
        self.both("abandon", self.job_id(pick), "The message is gone.")

    @precondition(lambda self: self.twin.rows)
    @rule(pick=PICK, approved=st.booleans())
    def decide(self, pick: int, approved: bool) -> None:
        self.both("decide_review", self.job_id(pick), approved, "Not here.")

    @rule(guild=GUILDS, halt=st.none() | st.sampled_from(Halt))
    def halt(self, guild: int | None, halt: Halt | None) -> None:
        self.both("halt", guild or 0, halt)

    @rule(guild=GUILDS)
    def clear(self, guild: int | None) -> None:
        self.both("clear", guild or 0)

    @precondition(lambda self: self.twin.rows)
    @rule(pick=PICK, first=st.booleans())
    def move(self, pick: int, first: bool) -> None:
        self.both("move", self.job_id(pick), first)

    @rule(user=st.integers(1, 3), guild=GUILDS, hours=st.integers(0, 3))
    def usage(self, user: int, guild: int | None, hours: int) -> None:
        debit = a_debit(user, hour_start=self.clock.ms - hours * LEASE_MS, day_start=self.clock.ms - LEASE_MS)
        self.both("usage", debit, user, guild, f"{guild or 0}:{user}")

    @invariant()
    def agree(self) -> None:
        assert self.real("queue") == self.twin.queue()
        ready = self.twin.standing(State.READY)
        assert self.real("undelivered") == [row.job for row in ready if row.approved]
        assert self.real("held") == [row.job for row in ready if row.approved is None]
        assert self.real("counts") == {state: len(self.twin.standing(state)) for state in State}
        for job_id, row in list(self.twin.rows.items())[-3:]:
            assert self.real("get", job_id) == row.job
            assert self.real("pictures", job_id) == self.twin.pictures(job_id)
            assert self.real("cells", job_id) == self.twin.cells(job_id)


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(12, 25), pytest.param(100, 100, marks=pytest.mark.long)],
    ids=["short", "10,000 steps"],
)
def test_the_queue_answers_as_its_twin_does(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        QueueAgainstTwin,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
