"""A picture's jobs are found by its file, and by what it looks like."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.storage.fingerprints import FingerprintStore, Match
from bot.storage.jobs import JobQueue
from tests.storage.making import a_picture, an_order, delivered
from tests.storage.seeding import insert, insert_job, insert_picture, opened

LARGEST = 2**64 - 1


@pytest.fixture
def store(database: Database) -> FingerprintStore:
    return FingerprintStore(database)


async def test_a_file_is_found_in_all_of_its_jobs_the_oldest_first(
    store: FingerprintStore, queue: JobQueue
) -> None:
    first = await delivered(queue, an_order(1, count=2), a_picture(0, sha256="b" * 64), a_picture(1))
    second = await delivered(queue, an_order(2), a_picture())
    assert await store.by_sha256("a" * 64) == [Match(first.id, 1, 0), Match(second.id, 0, 0)]
    assert await store.by_sha256("c" * 64) == []


async def test_the_pictures_that_look_most_alike_come_first(store: FingerprintStore, queue: JobQueue) -> None:
    looks = [LARGEST, LARGEST ^ 0b111, LARGEST ^ 0xFFFF, 0]
    pictures = [replace(a_picture(cell), fingerprint=each) for cell, each in enumerate(looks)]
    job = await delivered(queue, an_order(count=4), *pictures)
    assert await store.nearest(LARGEST ^ 0b1, 3) == [Match(job.id, 0, 1), Match(job.id, 1, 2)]
    assert await store.nearest(1 << 63, 1) == [Match(job.id, 3, 1)]
    assert await store.nearest(0x00FF00FF00FF00FF, 3) == []


async def test_nobody_who_reads_waits_for_a_look_through_all_pictures(
    store: FingerprintStore, path: Path
) -> None:
    with opened(path) as connection:
        insert_picture(connection, insert_job(connection, 1, 7), "a" * 64, fingerprint=1)
        connection.execute(
            "WITH RECURSIVE cells (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM cells WHERE number < 50000) "
            "INSERT INTO picture (job_id, cell, seed, sha256, width, height, seconds, model_hash, fingerprint) "
            "SELECT job_id, number, 0, sha256, 8, 8, 1, '', -1 FROM picture, cells"
        )
    search = asyncio.create_task(store.nearest(1, 3))
    await asyncio.sleep(0)
    for _ in range(3):
        await store.by_sha256("b" * 64)
    assert not search.done()
    assert len(await search) == 1


async def test_the_distance_is_that_of_the_64_bits_whatever_their_sign(
    store: FingerprintStore, path: Path
) -> None:
    rng = random.Random(1)
    looks = {f"job{number}": rng.getrandbits(64) for number in range(200)}
    with opened(path) as connection:
        for number, (name, each) in enumerate(looks.items()):
            assert insert_job(connection, number, 7) == name
            insert_picture(
                connection, name, f"{number:064}", fingerprint=each - 2**64 if each >> 63 else each
            )
    for _ in range(20):
        asked = rng.getrandbits(64)
        wanted = sorted((asked ^ each).bit_count() for each in looks.values())[:25]
        found = await store.nearest(asked, 64)
        assert [match.bits for match in found] == wanted
        assert [(looks[match.job_id] ^ asked).bit_count() for match in found] == wanted


async def test_pictures_that_nobody_may_see_are_not_found(store: FingerprintStore, path: Path) -> None:
    with opened(path) as connection:
        withheld, waiting, rejected, seen = (insert_job(connection, number, 7) for number in range(1, 5))
        insert_picture(connection, withheld, "", fingerprint=5, flagged=1)
        for name in (waiting, rejected, seen):
            insert_picture(connection, name, "a" * 64, fingerprint=5)
        insert(connection, "review", job_id=waiting, guild_id=1, created_at=1)
        insert(connection, "review", job_id=rejected, guild_id=1, created_at=1, decided_at=2, approved=0)
    assert await store.by_sha256("a" * 64) == await store.nearest(5, 0) == [Match(seen, 0, 0)]
    assert await store.by_sha256("") == []


async def test_pictures_of_the_first_version_have_no_looks(store: FingerprintStore, path: Path) -> None:
    with opened(path) as connection:
        insert_picture(connection, insert_job(connection, 1, 7), "a" * 64)
    assert await store.nearest(0, 64) == []
    assert len(await store.by_sha256("a" * 64)) == 1
