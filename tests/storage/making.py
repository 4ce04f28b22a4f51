"""Orders, pictures and a clock for the storage tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.drawing import Drawing
from bot.domain.job import Job, Lease, Order, Place, Placeholder, StoredPicture
from bot.domain.policy.actors import Usage
from bot.errors import QueueFull
from bot.storage.database import Database
from bot.storage.debits import Debit
from bot.storage.jobs import JobQueue

LEASE_MS = 30_000
GUILD = 2**62


@dataclass
class Clock:
    """A clock that stands still until it is moved; milliseconds."""

    ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


async def put(queue: JobQueue, order: Order, **caps: int) -> Job:
    """Write an order down, unless one of these counts of the usage has reached its cap."""

    def check(usage: Usage) -> None:
        for name, most in caps.items():
            if getattr(usage, name) >= most:
                raise QueueFull(f"{name} has reached {most}.")

    return await queue.submit(order, a_debit(order.user_id), check)


async def submit(queue: JobQueue, order: Order, **caps: int) -> Job:
    """Submit, and answer with a message, as the bot does."""
    job = await put(queue, order, **caps)
    await queue.set_placeholder(job.id, Placeholder(3, order.interaction_id))
    return await queue.get(job.id) or job


async def delivered(queue: JobQueue, order: Order, *pictures: StoredPicture) -> Job:
    """Submit, draw and show it, while no other job waits; as it stands then."""
    job = await submit(queue, order)
    await drawn(queue, *pictures)
    assert await queue.deliver(job.id)
    return await queue.get(job.id) or job


async def claimed(queue: JobQueue, owner: str = "worker") -> tuple[Job, Lease]:
    """The job whose turn it is, and the right to draw it."""
    found = await queue.claim(owner, LEASE_MS)
    assert found is not None
    return found


async def begun(queue: JobQueue, *pictures: StoredPicture) -> tuple[Job, Lease]:
    """A job of three pictures, with these so far, while no other job waits."""
    await submit(queue, an_order(sum((await queue.counts()).values()) + 1, count=3))
    job, lease = await claimed(queue)
    for picture in pictures:
        await queue.add_picture(lease, picture)
    return job, lease


async def drawn(queue: JobQueue, *pictures: StoredPicture) -> None:
    """Draw the next job, to these pictures, up to the moment before it is shown."""
    _, lease = await claimed(queue)
    for picture in pictures or (a_picture(),):
        await queue.add_picture(lease, picture)
    await queue.finish(lease)


def a_debit(user_id: int = 7, milliseconds: int = 4000, hour_start: int = 0, day_start: int = 0) -> Debit:
    return Debit(f"member {user_id}", milliseconds, hour_start, day_start)


def an_order(
    interaction_id: int = 1,
    user_id: int = 7,
    lane: str | None = None,
    count: int = 1,
    guild_id: int | None = GUILD,
    priority: int = 1,
) -> Order:
    drawing = Drawing(
        prompt="a red house at night",
        model="demo",
        seed=40,
        count=count,
        width=128,
        height=128,
        steps=25,
        guidance=3.5,
    )
    return Order(
        interaction_id=interaction_id,
        user_id=user_id,
        place=Place(guild_id, channel_id=3),
        locale="en-GB",
        drawing=drawing,
        lane=lane or f"user:{user_id}",
        upload_limit=10 * 2**20,
        priority=priority,
    )


def a_picture(cell: int = 0, seconds: float = 1.5, sha256: str = "a" * 64) -> StoredPicture:
    return StoredPicture(cell, 40 + cell, sha256, 128, 128, seconds, "m" * 64)


async def execute(database: Database, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
    """What the statements of `queries` cannot do."""
    return await database._writer.run(lambda connection: connection.execute(statement, values).fetchall())
