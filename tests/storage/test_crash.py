"""`kill -9` at any moment loses no job, doubles no picture, leaves no orphan after the next tidying and no debt."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.job import State
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.retention import ORPHAN_MS, Retention
from tests.storage.making import Clock, an_order, submit


async def fill(folder: Path, jobs: int) -> None:
    async with open_database(folder / "atelier.db") as database:
        for number in range(1, jobs + 1):
            await submit(JobQueue(database, Clock()), an_order(number, count=2))


def run_worker(folder: Path, *step: str) -> int:
    command = [sys.executable, "-m", "tests.storage.worker", str(folder), *step]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode


def kill_worker_after(folder: Path, seconds: float) -> None:
    command = [sys.executable, "-m", "tests.storage.worker", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(seconds)
        worker.kill()


async def everything_is_there_once(folder: Path, jobs: int) -> None:
    store, known = PictureStore(folder / "pictures"), set[str]()
    async with open_database(folder / "atelier.db") as database:
        queue = JobQueue(database, Clock())
        assert (await queue.counts())[State.DELIVERED] == jobs
        for number in range(1, jobs + 1):
            job = await queue.by_interaction(number)
            assert job is not None
            pictures = await queue.pictures(job.id)
            assert [picture.cell for picture in pictures] == [0, 1]
            assert all([await store.get(picture.sha256) for picture in pictures])
            known |= {picture.sha256 for picture in pictures}
        hour_later = Clock(time.time_ns() // 1_000_000 + ORPHAN_MS)
        await Retention(database, store, max_bytes=2**40, keep_ms=2**40, now=hour_later).tidy()
    assert {path.stem for path in (folder / "pictures").glob("*/*")} == known
    with closing(sqlite3.connect(folder / "atelier.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_a_kill_after_each_step_of_a_job_loses_and_doubles_nothing(tmp_path: Path) -> None:
    await fill(tmp_path, jobs=2)
    for step in ("0", "1", "2", "3"):
        assert run_worker(tmp_path, step) == -signal.SIGKILL
    assert run_worker(tmp_path) == 0
    await everything_is_there_once(tmp_path, jobs=2)


@pytest.mark.long
async def test_kills_at_many_random_moments_lose_and_double_nothing(tmp_path: Path) -> None:
    await fill(tmp_path, jobs=600)
    moments = random.Random(5)
    for _ in range(100):
        kill_worker_after(tmp_path, moments.uniform(0, 0.1))
    assert run_worker(tmp_path) == 0
    await everything_is_there_once(tmp_path, jobs=600)


def kill_submitter_at(folder: Path, first: int, statement: int) -> None:
    command = [sys.executable, "-m", "tests.storage.submitter", str(folder), str(first), str(statement)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL


def jobs_and_debits(folder: Path) -> tuple[set[str], set[str]]:
    with closing(sqlite3.connect(folder / "atelier.db")) as connection:
        jobs, debits = (
            {name for (name,) in connection.execute(f"SELECT id FROM {table}")} for table in ("job", "debit")
        )
    return jobs, debits


@pytest.mark.parametrize(
    "statements", [(7, 8, 9), pytest.param(range(1, 121), marks=pytest.mark.long)], ids=["around it", "120"]
)
def test_a_kill_between_debit_and_job_leaves_both_or_neither(
    tmp_path: Path, statements: Sequence[int]
) -> None:
    made = 0
    for kills, statement in enumerate(statements):
        kill_submitter_at(tmp_path, first=1 + kills * 1000, statement=statement)
        jobs, debits = jobs_and_debits(tmp_path)
        assert jobs == debits
        made += bool(jobs)
    assert made > 0
