"""The durable queue: every job is a row, each change is a transaction, a lease fences its worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.job import (
    MAX_ATTEMPTS,
    MAX_FAILURES,
    Job,
    Lease,
    Order,
    Placeholder,
    State,
    StoredPicture,
)
from bot.errors import LostLease, QueueFull, UnknownJob
from bot.storage.database import Connection, Database, Value
from bot.storage.ids import new_id
from bot.storage.rows import job_of, lease_values, order_values, picture_of, picture_values
from engine.sentence import Sentence, say

_EXHAUSTED = say(
    "It was started {times} times and never came to an end, so I gave it up.", times=MAX_ATTEMPTS
)
MANY = 1000  # more jobs than are ever drawn at once


@dataclass(frozen=True, slots=True)
class QueueCaps:
    """The most jobs that may wait."""

    max_queued_total: int
    max_queued_per_user: int


class JobQueue:
    """The jobs of one bot. `now` gives UTC milliseconds; every method may raise `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now

    # What members do

    async def submit(self, order: Order, caps: QueueCaps) -> Job:
        """Write the order down, once: the same interaction gets the same job back. Raises `QueueFull`."""
        known = await self.by_interaction(order.interaction_id, order.part)
        if known is not None:
            return known
        await _check(self._database.reader, order, caps)  # a crowd that is refused holds up nobody who writes
        async with self._database.transaction() as connection:
            row = await connection.row("by_interaction", interaction_id=order.interaction_id, part=order.part)
            if row is None:
                await _check(connection, order, caps)
                await connection.rows("enter_lane", lane=order.lane)
                values = order_values(order)
                (row,) = await connection.rows("insert_job", id=new_id(), now=self._now(), **values)
            return job_of(row)

    async def set_placeholder(self, job_id: str, placeholder: Placeholder) -> None:
        """Remember the message that every later change edits. Raises `UnknownJob`."""
        placed = await self._changed(
            "set_placeholder",
            job_id=job_id,
            channel_id=placeholder.channel_id,
            message_id=placeholder.message_id,
        )
        if not placed:
            raise UnknownJob(_unknown(job_id))

    async def cancel(self, job_id: str) -> Job:
        """Cancel it while it waits or runs, and return it as it stands now. Raises `UnknownJob`.

        A worker that runs it learns of it when it renews its lease or writes.
        """
        async with self._database.transaction() as connection:
            await connection.row("cancel", job_id=job_id, now=self._now())
            row = await connection.row("get", job_id=job_id)
        if row is None:
            raise UnknownJob(_unknown(job_id))
        return job_of(row)

    # What workers do

    async def claim(self, owner: str, lease_ms: int, per_lane: int = MANY) -> tuple[Job, Lease] | None:
        """Take the job whose turn it is; none when no job waits. Jobs whose lease ran out wait again.

        A lane with `per_lane` running jobs has to wait, so that there is always a place for the others.

        A job without a message is not taken: whoever asked for it may never have seen an answer.
        """
        now = self._now()
        async with self._database.transaction() as connection:
            await self._take_back(connection, only_owner=None)
            row = await connection.row("claim", owner=owner, now=now, until=now + lease_ms, per_lane=per_lane)
        if row is None:
            return None
        job = job_of(row)
        return job, Lease(job.id, owner, job.attempt)

    async def renew(self, lease: Lease, lease_ms: int) -> bool:
        """Keep the job for `lease_ms` from now; false when it is no longer this worker's."""
        return await self._changed("renew", until=self._now() + lease_ms, **lease_values(lease))

    async def add_picture(self, lease: Lease, picture: StoredPicture) -> None:
        """Write a finished cell down, once, and charge its job and lane for it. Raises `LostLease`."""
        async with self._database.transaction() as connection:
            if await connection.row("held", **lease_values(lease)) is None:
                raise LostLease(_lost(lease))
            if await connection.row("insert_picture", job_id=lease.job_id, **picture_values(picture)):
                milliseconds = round(picture.seconds * 1000)
                await connection.rows("charge_job", job_id=lease.job_id, milliseconds=milliseconds)
                await connection.rows("charge_lane", job_id=lease.job_id, milliseconds=milliseconds)

    async def finish(self, lease: Lease) -> None:
        """All its pictures are stored: running → ready. Raises `LostLease`."""
        await self._leave(lease, State.READY)

    async def fail(self, lease: Lease, reason: str, retry: bool) -> State:
        """Count a failure: back to its old place, or failed for good with its reason. Raises `LostLease`."""
        async with self._database.transaction() as connection:
            held = await connection.row("held", **lease_values(lease))
            if held is None:
                raise LostLease(_lost(lease))
            again = retry and held["failures"] + 1 < MAX_FAILURES and held["counted"] < MAX_ATTEMPTS
            values = self._leaving(State.QUEUED) if again else self._leaving(State.FAILED, reason)
            await connection.row("leave", **values | {"failed": 1}, **lease_values(lease))
        return State.QUEUED if again else State.FAILED

    async def refuse(self, lease: Lease, reason: str) -> None:
        """It may not be done, or not be shown: running → refused. Raises `LostLease`."""
        await self._leave(lease, State.REFUSED, reason)

    async def release(self, lease: Lease) -> None:
        """Give it back unharmed: to its old place, and this start does not count. Raises `LostLease`."""
        await self._leave(lease, State.QUEUED, released=1)

    async def recover(self, owner: str) -> list[Job]:
        """Take back what earlier owners ran, and return it: queued again, or failed when started too often.

        For the start of the bot. `owner` must be new with every process.
        """
        async with self._database.transaction() as connection:
            return await self._take_back(connection, only_owner=owner)

    # What the delivery does

    async def deliver(self, job_id: str) -> bool:
        """Its pictures are shown: ready → delivered; false when it was not ready."""
        return await self._changed("deliver", job_id=job_id)

    async def abandon(self, job_id: str, reason: str) -> bool:
        """Its pictures cannot be shown: ready → failed; false when it was not ready."""
        return await self._changed("abandon", job_id=job_id, reason=reason, now=self._now())

    async def announce(self, job_id: str) -> bool:
        """Its message says how it ended badly; false when that was written down before."""
        return await self._changed("announce", job_id=job_id, now=self._now())

    async def undelivered(self) -> list[Job]:
        """The ready jobs, oldest first."""
        return await self._jobs("undelivered")

    async def unannounced(self) -> list[Job]:
        """The failed, cancelled and refused jobs whose message does not say so yet, oldest first."""
        return await self._jobs("unannounced")

    # What anybody may ask

    async def get(self, job_id: str) -> Job | None:
        return await self._job("get", job_id=job_id)

    async def by_interaction(self, interaction_id: int, part: int = 0) -> Job | None:
        return await self._job("by_interaction", interaction_id=interaction_id, part=part)

    async def active_of_user(self, user_id: int) -> list[Job]:
        """The queued and running jobs of this member, oldest first."""
        return await self._jobs("active_of_user", user_id=user_id)

    async def pictures(self, job_id: str) -> list[StoredPicture]:
        """The finished cells of a job, by cell."""
        return [picture_of(row) for row in await self._database.reader.rows("pictures", job_id=job_id)]

    async def queue(self) -> list[Job]:
        """The queued jobs in the order in which they will be claimed."""
        return await self._jobs("queue")

    async def position(self, job_id: str) -> int | None:
        """Its place in `queue`, 1 is next; none when it is not queued."""
        row = await self._database.reader.row("position", job_id=job_id)
        return None if row is None else int(row["position"])

    async def counts(self) -> Mapping[State, int]:
        """How many jobs stand in each state."""
        found = {State(row["state"]): int(row["jobs"]) for row in await self._database.reader.rows("counts")}
        return {state: found.get(state, 0) for state in State}

    async def _job(self, name: str, **values: Value) -> Job | None:
        row = await self._database.reader.row(name, **values)
        return None if row is None else job_of(row)

    async def _jobs(self, name: str, **values: Value) -> list[Job]:
        return [job_of(row) for row in await self._database.reader.rows(name, **values)]

    async def _changed(self, name: str, **values: Value) -> bool:
        return await self._database.write(name, **values) is not None

    async def _leave(self, lease: Lease, state: State, reason: str | None = None, released: int = 0) -> None:
        values = self._leaving(state, reason) | {"released": released}
        if not await self._changed("leave", **values, **lease_values(lease)):
            raise LostLease(_lost(lease))

    def _leaving(self, state: State, reason: str | None = None) -> dict[str, Value]:
        finished_at = None if state is State.QUEUED else self._now()
        return {"state": state, "reason": reason, "finished_at": finished_at, "failed": 0, "released": 0}

    async def _take_back(self, connection: Connection, only_owner: str | None) -> list[Job]:
        """Jobs whose lease ran out, or is not `only_owner`'s, wait again; or fail, if started too often."""
        whose: dict[str, Value] = {"now": self._now(), "only_owner": only_owner}
        exhausted = await connection.rows(
            "quarantine_leases", **whose, reason=_EXHAUSTED, max_attempts=MAX_ATTEMPTS
        )
        return [job_of(row) for row in exhausted + await connection.rows("requeue_leases", **whose)]


async def _check(connection: Connection, order: Order, caps: QueueCaps) -> None:
    (waiting,) = await connection.rows("waiting", user_id=order.user_id)
    if waiting["of_user"] >= caps.max_queued_per_user:
        raise QueueFull(
            say("You have as many requests waiting as you may, {most}; try again when one of them has started.",
                most=caps.max_queued_per_user)
        )  # fmt: skip
    if waiting["total"] >= caps.max_queued_total:
        raise QueueFull(
            say(
                "The queue is full with {most} requests; try again in a few minutes.",
                most=caps.max_queued_total,
            )
        )


def _unknown(job_id: str) -> Sentence:
    return say("There is no request {id}; it may have been deleted.", id=job_id)


def _lost(lease: Lease) -> str:
    return f"Job {lease.job_id} is no longer run by {lease.owner} in attempt {lease.attempt}."
