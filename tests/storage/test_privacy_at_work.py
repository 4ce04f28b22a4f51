"""A deletion while others work on the member's jobs, read the log or have made backups."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.domain.job import StoredPicture
from bot.domain.privacy import Deleted
from bot.errors import LostLease, StorageError
from bot.storage.database import Database
from bot.storage.jobs import JobQueue
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.moderation import BlockStore
from bot.storage.pictures import PictureStore
from bot.storage.privacy import PrivacyStore
from tests.storage.leaving import LEAVING, STAYING, House, house_at, without
from tests.storage.making import LEASE_MS, Clock, a_picture
from tests.storage.seeding import GUILD, contents, insert_job, insert_picture, opened, words_of


@pytest.fixture
def house(database: Database, path: Path, clock: Clock) -> House:
    return house_at(path, database, clock)


async def test_a_worker_of_a_deleted_job_has_lost_its_lease_and_leaves_nothing(house: House) -> None:
    queue = JobQueue(house.database, house.clock)
    await house.settle(STAYING, 1)
    with opened(house.path) as db:
        insert_job(db, 10, LEAVING, state="queued", finished_at=None, prompt=words_of(LEAVING).prompt)
    claimed = await queue.claim("worker", LEASE_MS)
    assert claimed is not None
    job, lease = claimed
    await queue.add_picture(lease, a_picture(0, sha256=await house.pictures.put(b"the first cell")))
    assert await house.privacy.delete(LEAVING) == Deleted(jobs=1, pictures=1, files=1)
    assert not await queue.renew(lease, LEASE_MS)
    for write in (
        queue.add_picture(lease, StoredPicture(1, 1, "c" * 64, 128, 128, 1.0, "m" * 64)),
        queue.fail(lease, "It broke.", retry=True),
        queue.refuse(lease, "It may not be shown."),
        queue.release(lease),
    ):
        with pytest.raises(LostLease):
            await write
    assert await queue.get(job.id) is None
    assert not await queue.deliver(job.id)
    assert list(house.traces(LEAVING)) == []


async def test_a_deletion_beside_workers_who_write_leaves_nothing_behind(house: House) -> None:
    queue = JobQueue(house.database, house.clock)
    for number in range(1, 21):
        with opened(house.path) as db:
            user_id = LEAVING if number % 2 else STAYING
            prompt = words_of(user_id).prompt
            insert_job(db, number, user_id, state="queued", finished_at=None, prompt=prompt, count=1)

    async def work() -> None:
        while claimed := await queue.claim("worker", LEASE_MS):
            try:
                await queue.add_picture(claimed[1], a_picture())
                await asyncio.sleep(0.001)
                await queue.finish(claimed[1])
            except LostLease:
                continue

    workers = [asyncio.create_task(work()) for _ in range(4)]
    await asyncio.sleep(0.01)
    await house.privacy.delete(LEAVING)
    await asyncio.gather(*workers)
    tables = contents(house.path)
    assert {row["user_id"] for row in tables["job"]} == {STAYING}
    assert {row["state"] for row in tables["job"]} == {"ready"}
    assert len(tables["picture"]) == 10
    assert list(house.traces(LEAVING)) == []


async def rewritings(database: Database) -> list[str]:
    """Each time that the file is written anew from now on."""
    seen: list[str] = []

    def note(text: str) -> None:
        if text == "VACUUM":
            seen.append(text)

    await database._writer.run(lambda connection: connection.set_trace_callback(note))
    return seen


async def test_deletions_that_come_together_write_the_file_anew_once(house: House) -> None:
    await house.settle(LEAVING, 1)
    await house.settle(STAYING, 3)
    privacy, seen = house.privacy, await rewritings(house.database)
    await asyncio.gather(privacy.delete(LEAVING), privacy.delete(STAYING))
    assert len(seen) == 1
    assert [*house.traces(LEAVING), *house.traces(STAYING)] == []
    assert contents(house.path)["studio"] == []


async def test_nobody_waits_for_a_deletion_that_finds_nothing(house: House) -> None:
    await house.settle(LEAVING, 1)
    blocks = BlockStore(house.database, house.pseudonyms, house.clock)
    await blocks.block(LEAVING, GUILD, None, "spam")
    assert (await house.privacy.delete(LEAVING)).anything
    house.back_up(len(shipped_migrations()))
    seen = await rewritings(house.database)
    for user_id in (LEAVING, STAYING):
        assert not (await house.privacy.delete(user_id)).anything
    assert seen == []


async def test_a_deletion_that_was_cut_off_is_finished_when_it_is_repeated(house: House) -> None:
    await house.settle(LEAVING, 1)
    house.clock.ms += 1
    broken = PrivacyStore(house.database, PictureStore(house.path), house.pseudonyms, house.clock)
    seen = await rewritings(house.database)
    with pytest.raises(StorageError, match="picture folder"):
        await broken.delete(LEAVING)
    assert seen == []
    await house.privacy.delete(LEAVING)
    assert seen == ["VACUUM"]


async def test_a_backup_of_this_schema_is_cleaned_and_keeps_the_others(house: House) -> None:
    await house.settle(LEAVING, 1)
    await house.settle(STAYING, 3)
    backup = house.back_up(len(shipped_migrations()))
    before = contents(backup)
    deleted = await house.privacy.delete(LEAVING)
    assert (deleted.backups_cleaned, deleted.backups_deleted) == (1, 0)
    assert list(house.traces(LEAVING)) == []
    assert contents(backup) == without(before, LEAVING, house.pseudonyms)
    assert migrate(backup) == []


async def test_a_backup_of_an_older_schema_or_a_damaged_one_is_deleted(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.settle(LEAVING, 1)
    old = [house.back_up(version) for version in range(1, len(shipped_migrations()))]
    damaged = house.path.with_name(f"{house.path.name}.0.backup")
    damaged.write_bytes(b"torn " + words_of(LEAVING).prompt.encode())
    cut_off = house.path.with_name(f"{house.path.name}.backup-unfinished")
    cut_off.write_bytes(words_of(LEAVING).prompt.encode())
    deleted = await house.privacy.delete(LEAVING)
    assert (deleted.backups_cleaned, deleted.backups_deleted) == (0, len(old) + 2)
    assert not any(backup.exists() for backup in (*old, damaged, cut_off))
    assert list(house.traces(LEAVING)) == []
    assert len(caplog.records) == len(old) + 2
    assert str(LEAVING) not in caplog.text


@pytest.mark.long  # SQLite waits 5 seconds for the reader
async def test_while_somebody_reads_the_log_it_is_said_and_the_next_try_does_it(house: House) -> None:
    await house.settle(LEAVING, 1)
    with opened(house.path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM job").fetchall()
        with pytest.raises(StorageError, match="try again"):
            await house.privacy.delete(LEAVING)
    assert await house.privacy.delete(LEAVING) == Deleted(0, 0, 0)
    assert list(house.traces(LEAVING)) == []


async def test_pages_whose_rows_moved_keep_nothing(house: House) -> None:
    """What `secure_delete` alone would leave behind: rows that grew and moved while others came and went."""
    chance = random.Random(5)
    lane = {"lane": f"{GUILD}:newcomers"}
    with opened(house.path) as db:
        for number in range(1, 1001):
            user_id = LEAVING if number % 5 == 0 else STAYING + number % 5
            words = (
                f"{words_of(user_id).prompt} {'w' * chance.randrange(20, 4000 if number % 17 == 0 else 300)}"
            )
            insert_job(db, number, user_id, prompt=words, **lane)
            insert_picture(db, f"job{number}", f"{number:064}")
            for _ in range(2):
                reason = "r" * chance.randrange(400)
                db.execute("UPDATE job SET reason = ? WHERE number = ?", [reason, chance.randint(1, number)])
    others = [row for row in contents(house.path)["job"] if row["user_id"] != LEAVING]
    assert await house.privacy.delete(LEAVING) == Deleted(jobs=200, pictures=200, files=0)
    assert list(house.traces(LEAVING)) == []
    assert contents(house.path)["job"] == others
