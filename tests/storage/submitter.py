"""Writes orders down, one after another, and is killed before the database runs its n-th statement.

Usage: python -m tests.storage.submitter FOLDER FIRST_INTERACTION STATEMENT
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import count
from pathlib import Path

from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from tests.storage.making import Clock, an_order, put


async def main(folder: Path, first: int, last_statement: int) -> None:
    statements = count(1)

    def run(_: str) -> None:
        if next(statements) == last_statement:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_database(folder / "atelier.db") as database:
        await database._writer.run(lambda connection: connection.set_trace_callback(run))
        for number in count(first):
            await put(JobQueue(database, Clock()), an_order(number))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
