"""The durable queue: every job is a row, each change is a transaction, a lease fences its worker."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection

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
from bot.errors import LostLease, UnknownJob
from bot.storage.database import Connection, Database, Value, in_transaction
from bot.storage.debits import Debit, read_usage
from bot.storage.ids import new_id
from bot.storage.queue_view import QueueView
from bot.storage.rows import job_of, lease_values, order_values, picture_values
from engine.sentence import Sentence, say

_EXHAUSTED = say(
    "It was started {times} times and never came to an end, so I gave it up.", times=MAX_ATTEMPTS
)
_CLEARED = say("A moderator cleared the queue of this server.")
MANY = 1000  # more jobs than are ever drawn at once


class JobQueue(QueueView):
    """The jobs of one bot. `now` gives UTC milliseconds; every method may raise `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        super().__init__(database)
        self._now = now

    # What members do

    @in_transaction
    def submit(
        self, connection: Connection, order: Order, debit: Debit, check: Callable[[Usage], None]
    ) -> Job:
        """Write the order down together with its debit, once: the same interaction gets the same job back.

        `check` refuses by raising; what it is given holds when the order is written.
        """
        row = connection.row("by_interaction", interaction_id=order.interaction_id, part=order.part)
        if row is None:
            check(read_usage(connection, debit, order.user_id, order.place.guild_id, order.lane))
            row = _write(connection, order, debit, self._now())
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

    @in_transaction
    def cancel(self, connection: Connection, job_id: str, *, by_member: bool = False) -> Job:
        """Cancel it while it waits or runs, and return it as it stands now. Raises `UnknownJob`.

        A worker that runs it learns of it when it renews its lease or writes. What it has drawn is paid for; where
        it is its own member who cancels it, so is the time that it ran, up to what was debited for it.
        """
        now = self._now()
        if by_member and (unpaid := connection.row("unpaid_run", job_id=job_id, now=now)):
            connection.rows("charge_run", job_id=job_id, milliseconds=unpaid["milliseconds"])
            _charge_turns(connection, job_id, unpaid["milliseconds"])
        connection.row("cancel", job_id=job_id, now=now)
        row = connection.row("get", job_id=job_id)
        if row is None:
            raise UnknownJob(_unknown(job_id))
        return job_of(row)

    # What workers do

    @in_transaction
    def claim(
        self,
        connection: Connection,
        owner: str,
        lease_ms: int,
        per_lane: int = MANY,
        later: Collection[str] = (),
    ) -> tuple[Job, Lease] | None:
        """Take the job whose turn it is; none when no job waits. Jobs whose lease ran out wait again.

        A lane with `per_lane` running jobs has to wait, so that there is always a place for the others. The jobs of
        `later` keep their places, but are passed over.

        A job without a message is not taken: whoever asked for it may never have seen an answer.
        """
        now = self._now()
        values: dict[str, Value] = {"now": now, "until": now + lease_ms, "later": json.dumps(list(later))}
        self._take_back(connection, only_owner=None)
        row = connection.row("claim", owner=owner, per_lane=per_lane, **values)
        if row is None:
            return None
        job = job_of(row)
        return job, Lease(job.id, owner, job.attempt)

    @in_transaction
    def begin(self, connection: Connection, lease: Lease, safety: Safety) -> None:
        """Its drawing begins, in this mode of its place. Raises `LostLease`.

        Of an earlier attempt in another mode, pictures that nobody checked are drawn again, and flagged ones too.
        """
        connection.rows("forget_of_another_mode", job_id=lease.job_id, safety=safety)
        if connection.row("begin", safety=safety, **lease_values(lease)) is None:
            raise LostLease(_lost(lease))

    async def renew(self, lease: Lease, lease_ms: int) -> bool:
        """Keep the job for `lease_ms` from now; false when it is no longer this worker's."""
        return await self._changed("renew", until=self._now() + lease_ms, **lease_values(lease))

    @in_transaction
    def add_picture(self, connection: Connection, lease: Lease, picture: StoredPicture) -> None:
        """Write a finished cell down, once, and charge its job, lane and guild for it. Raises `LostLease`."""
        if connection.row("leased", **lease_values(lease)) is None:
            raise LostLease(_lost(lease))
        if connection.row("insert_picture", job_id=lease.job_id, **picture_values(picture)):
            milliseconds = round(picture.seconds * 1000)
            connection.rows("charge_job", job_id=lease.job_id, milliseconds=milliseconds)
            _charge_turns(connection, lease.job_id, milliseconds)

    async def finish(self, lease: Lease) -> None:
        """All its pictures are stored: running → ready. Raises `LostLease`."""
        await self._leave(lease, State.READY)

    @in_transaction
    def hold(self, connection: Connection, lease: Lease) -> None:
        """All its pictures are stored, and a moderator must see them first: running → ready. Raises `LostLease`."""
        if connection.row("leave", **self._leaving(State.READY), **lease_values(lease)) is None:
            raise LostLease(_lost(lease))
        connection.rows("open_review", job_id=lease.job_id, now=self._now())

    @in_transaction
    def fail(self, connection: Connection, lease: Lease, reason: str, retry: bool) -> State:
        """Count a failure: back to its old place, or failed for good with its reason. Raises `LostLease`."""
        held = connection.row("leased", **lease_values(lease))
        if held is None:
            raise LostLease(_lost(lease))
        again = retry and held["failures"] + 1 < MAX_FAILURES and held["counted"] < MAX_ATTEMPTS
        values = self._leaving(State.QUEUED) if again else self._leaving(State.FAILED, reason)
        connection.row("leave", **values | {"failed": 1}, **lease_values(lease))
        return State.QUEUED if again else State.FAILED

    async def refuse(self, lease: Lease, reason: str) -> None:
        """It may not be done, or not be shown: running → refused. Raises `LostLease`."""
        await self._leave(lease, State.REFUSED, reason)

    async def release(self, lease: Lease) -> None:
        """Give it back unharmed: to its old place, and this start does not count. Raises `LostLease`."""
        await self._leave(lease, State.QUEUED, released=1)

    @in_transaction
    def recover(self, connection: Connection, owner: str) -> list[Job]:
        """Take back what earlier owners ran, and return it: queued again, or failed when started too often.

        For the start of the bot. `owner` must be new with every process.
        """
        return self._take_back(connection, only_owner=owner)

    # What the delivery does

    async def deliver(self, job_id: str) -> bool:
        """Its pictures are shown: ready → delivered; false when it was not ready, or may not be shown."""
        return await self._changed("deliver", job_id=job_id)

    async def abandon(self, job_id: str, reason: str) -> bool:
        """Its pictures cannot be shown: ready → failed; false when it was not ready."""
        return await self._changed("abandon", job_id=job_id, reason=reason, now=self._now())

    async def announce(self, job_id: str) -> bool:
        """Its message says how it ended badly; false when that was written down before."""
        return await self._changed("announce", job_id=job_id, now=self._now())

    async def note_withdrawn(self, job_id: str) -> None:
        """No message shows pictures of this deleted job any more."""
        await self._changed("note_withdrawn", job_id=job_id, now=self._now())

    async def hide(self, job_id: str) -> None:
        """Its pictures are shown behind a spoiler from now on."""
        await self._changed("hide", job_id=job_id)

    @in_transaction
    def tighten(self, connection: Connection, job_id: str, safety: Safety) -> None:
        """Put a ready job under this stricter mode; if any are flagged, it is hidden, held, or loses them."""
        ready = connection.row("tighten", job_id=job_id, safety=safety)
        if ready is None or not ready["flagged"]:
            return
        match safety:
            case Safety.SPOILER:
                connection.rows("hide", job_id=job_id)
            case Safety.REVIEW:
                connection.rows("open_review", job_id=job_id, now=self._now())
            case Safety.BLOCK:
                connection.rows("withhold_flagged", job_id=job_id)

    async def give_up(self, job_id: str, state: State, reason: str) -> bool:
        """It may not be shown any more: ready → failed or refused; false when it was not ready."""
        return await self._changed("give_up", job_id=job_id, state=state, reason=reason)

    # What moderators do; guild 0 is direct messages

    @in_transaction
    def halt(self, connection: Connection, guild_id: int, halt: Halt | None) -> None:
        """Stop the guild's queue in this way, or let it go on. While it was paused it saved up no turns."""
        connection.rows("enter_guild", guild_id=guild_id)
        connection.rows("set_halt", guild_id=guild_id, halt=halt)

    @in_transaction
    def clear(self, connection: Connection, guild_id: int) -> list[Job]:
        """Cancel all waiting jobs of the guild; those jobs."""
        rows = connection.rows("clear", guild_id=guild_id, reason=_CLEARED, now=self._now())
        return [job_of(row) for row in rows]

    async def move(self, job_id: str, first: bool) -> bool:
        """Have it drawn before all waiting jobs of its guild, or after all that come; false when it does not wait."""
        return await self._changed("move", job_id=job_id, first=first)

    @in_transaction
    def decide_review(self, connection: Connection, job_id: str, approved: bool, reason: str) -> Job | None:
        """The job as it stands then, ready to be shown or refused for this reason; none when none was open."""
        values: dict[str, Value] = {"job_id": job_id, "approved": approved, "now": self._now()}
        if connection.row("decide_review", **values) is None:
            return None
        if not approved:
            connection.rows("reject", job_id=job_id, reason=reason)
        (row,) = connection.rows("get", job_id=job_id)
        return job_of(row)

    async def _changed(self, name: str, **values: Value) -> bool:
        return await self._database.write(name, **values) is not None

    async def _leave(self, lease: Lease, state: State, reason: str | None = None, released: int = 0) -> None:
        values = self._leaving(state, reason) | {"released": released}
        if not await self._changed("leave", **values, **lease_values(lease)):
            raise LostLease(_lost(lease))

    def _leaving(self, state: State, reason: str | None = None) -> dict[str, Value]:
        finished_at = None if state is State.QUEUED else self._now()
        return {"state": state, "reason": reason, "finished_at": finished_at, "failed": 0, "released": 0}

    def _take_back(self, connection: Connection, only_owner: str | None) -> list[Job]:
        """Jobs whose lease ran out, or is not `only_owner`'s, wait again; or fail, if started too often."""
        whose: dict[str, Value] = {"now": self._now(), "only_owner": only_owner}
        exhausted = connection.rows(
            "quarantine_leases", **whose, reason=_EXHAUSTED, max_attempts=MAX_ATTEMPTS
        )
        return [job_of(row) for row in exhausted + connection.rows("requeue_leases", **whose)]


def _charge_turns(connection: Connection, job_id: str, milliseconds: int) -> None:
    connection.rows("charge_lane", job_id=job_id, milliseconds=milliseconds)
    connection.rows("charge_guild", job_id=job_id, milliseconds=milliseconds)


def _write(connection: Connection, order: Order, debit: Debit, now: int) -> sqlite3.Row:
    """The first statements must see the queue without this job, to know whether its guild and lane were idle."""
    job_id, guild_id = new_id(), order.place.guild_id or 0
    connection.rows("enter_guild", guild_id=guild_id)
    connection.rows("enter_lane", lane=order.lane, guild_id=guild_id)
    (row,) = connection.rows("insert_job", id=job_id, now=now, **order_values(order))
    connection.rows(
        "insert_debit",
        id=job_id,
        member=debit.member,
        guild_id=guild_id,
        now=now,
        requests=1,
        milliseconds=debit.milliseconds,
    )
    return row


def _unknown(job_id: str) -> Sentence:
    return say("There is no request {id}; it may have been deleted.", id=job_id)


def _lost(lease: Lease) -> str:
    return f"Job {lease.job_id} is no longer run by {lease.owner} in attempt {lease.attempt}."
