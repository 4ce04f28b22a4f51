"""Orders, pictures and a clock for the storage tests."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.drawing import Drawing
from bot.domain.job import Job, Order, Place, Placeholder, StoredPicture
from bot.storage.jobs import JobQueue, QueueCaps

ROOMY = QueueCaps(max_queued_total=10_000, max_queued_per_user=10_000)
LEASE_MS = 30_000


@dataclass
class Clock:
    """A clock that stands still until it is moved; milliseconds."""

    ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.ms


async def submit(queue: JobQueue, order: Order, caps: QueueCaps = ROOMY) -> Job:
    """Submit, and answer with a message, as the bot does."""
    job = await queue.submit(order, caps)
    await queue.set_placeholder(job.id, Placeholder(3, order.interaction_id))
    return await queue.get(job.id) or job


async def delivered(queue: JobQueue, order: Order, *pictures: StoredPicture) -> Job:
    """Submit, draw and show it, while no other job waits; as it stands then."""
    job = await submit(queue, order)
    await drawn(queue, *pictures)
    assert await queue.deliver(job.id)
    return await queue.get(job.id) or job


async def drawn(queue: JobQueue, *pictures: StoredPicture) -> None:
    """Draw the next job, to these pictures, up to the moment before it is shown."""
    found = await queue.claim("worker", LEASE_MS)
    assert found is not None
    for picture in pictures or (a_picture(),):
        await queue.add_picture(found[1], picture)
    await queue.finish(found[1])


def an_order(interaction_id: int = 1, user_id: int = 7, lane: str | None = None, count: int = 1) -> Order:
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
        place=Place(guild_id=2**62, channel_id=3),
        locale="en-GB",
        drawing=drawing,
        lane=lane or f"user:{user_id}",
        upload_limit=10 * 2**20,
    )


def a_picture(cell: int = 0, seconds: float = 1.5, sha256: str = "a" * 64) -> StoredPicture:
    return StoredPicture(cell, 40 + cell, sha256, 128, 128, seconds, "m" * 64)
