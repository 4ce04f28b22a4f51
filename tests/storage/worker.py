"""A worker that draws and delivers every job; killed at its n-th step where a number is given.

Usage: python -m tests.storage.worker FOLDER [STEP]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

from bot.domain.job import Job, Lease
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from tests.storage.making import LEASE_MS, a_picture


class Worker:
    def __init__(self, queue: JobQueue, store: PictureStore, last_step: int | None) -> None:
        self.queue, self.store = queue, store
        self.steps, self.last_step = count(), last_step

    def step(self) -> None:
        if next(self.steps) == self.last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    async def run(self, owner: str) -> None:
        await self.queue.recover(owner)
        for job in await self.queue.undelivered():
            await self.queue.deliver(job.id)
        print("ready", flush=True)
        while found := await self.queue.claim(owner, LEASE_MS):
            self.step()
            await self.draw(*found)

    async def draw(self, job: Job, lease: Lease) -> None:
        done = {picture.cell for picture in await self.queue.pictures(job.id)}
        for cell in set(range(job.order.drawing.count)) - done:
            sha256 = await self.store.put(os.urandom(100))  # never twice the same, so a lost one is an orphan
            self.step()
            await self.queue.add_picture(lease, replace(a_picture(cell), sha256=sha256))
            self.step()
        await self.queue.finish(lease)
        self.step()
        await self.queue.deliver(job.id)
        self.step()


async def main(folder: Path, last_step: int | None) -> None:
    async with open_database(folder / "atelier.db") as database:
        queue = JobQueue(database, lambda: time.time_ns() // 1_000_000)
        await Worker(queue, PictureStore(folder / "pictures"), last_step).run(f"process {os.getpid()}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else None))
