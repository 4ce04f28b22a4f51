"""The picture folder keeps to its budget and its age, and never loses what is still needed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.domain.job import Job
from bot.domain.words import Words
from bot.errors import PictureGone
from bot.storage.album import AlbumStore
from bot.storage.database import Database
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.pictures import PictureStore
from bot.storage.retention import ORPHAN_MS, TIDY_EVERY_MS, Retention, Tidied
from tests.storage.making import LEASE_MS, Clock, a_picture, an_order, delivered, drawn, submit

DAY_MS = 86_400_000
KEEP_MS = 30 * DAY_MS
ROOM = 10**6
BYTES = 100


@dataclass
class House:
    """A queue with its pictures, each of `BYTES` bytes."""

    database: Database
    queue: JobQueue
    store: PictureStore
    clock: Clock
    pictures: int = 0

    async def put(self, age_ms: int) -> str:
        self.pictures += 1
        sha256 = await self.store.put(self.pictures.to_bytes(BYTES))
        (file,) = [file for file in await self.store.files() if file.sha256 == sha256]
        at = (self.clock.ms - age_ms) / 1000
        os.utime(file.path, (at, at))
        return sha256

    async def job(self, *hashes: str) -> Job:
        pictures = [a_picture(cell, sha256=sha256) for cell, sha256 in enumerate(hashes)]
        number = sum((await self.queue.counts()).values()) + 1
        return await delivered(self.queue, an_order(number, count=len(hashes)), *pictures)

    async def tidy(self, max_bytes: int = ROOM) -> Tidied:
        return await Retention(self.database, self.store, max_bytes, KEEP_MS, self.clock).tidy()

    async def left(self, *hashes: str) -> list[bool]:
        return [await self.store.has(sha256) for sha256 in hashes]


@pytest.fixture
def house(database: Database, queue: JobQueue, clock: Clock, tmp_path: Path) -> House:
    return House(database, queue, PictureStore(tmp_path / "pictures"), clock)


async def test_what_is_older_than_it_is_kept_goes_and_its_record_stays(house: House) -> None:
    old, young = await house.put(KEEP_MS + 1000), await house.put(KEEP_MS - 1000)
    job = await house.job(old, young)
    assert await house.tidy() == Tidied(1, BYTES)
    assert await house.left(old, young) == [False, True]
    with pytest.raises(PictureGone):
        await house.store.get(old)
    assert [picture.sha256 for picture in await house.queue.pictures(job.id)] == [old, young]
    assert await house.tidy() == Tidied(0, 0)


async def test_above_the_budget_the_oldest_go_until_it_is_kept(house: House) -> None:
    ages = [3, 1, 4, 2]
    hashes = [await house.put(age * DAY_MS) for age in ages]
    await house.job(*hashes)
    assert await house.tidy(max_bytes=2 * BYTES + BYTES // 2) == Tidied(2, 2 * BYTES)
    assert await house.left(*hashes) == [False, True, False, True]


async def test_a_budget_that_is_just_met_deletes_nothing(house: House) -> None:
    await house.job(await house.put(DAY_MS), await house.put(DAY_MS))
    assert await house.tidy(max_bytes=2 * BYTES) == Tidied(0, 0)


async def test_favourites_stay_whatever_their_age_and_the_budget(house: House) -> None:
    liked, other = await house.put(9 * KEEP_MS), await house.put(9 * KEEP_MS)
    job = await house.job(liked, other)
    album = AlbumStore(house.database, house.clock)
    await album.toggle_favourite(8, job.id, 0)
    assert await house.tidy(max_bytes=1) == Tidied(1, BYTES)
    assert await house.left(liked, other) == [True, False]
    await album.toggle_favourite(8, job.id, 0)
    assert await house.tidy(max_bytes=1) == Tidied(1, BYTES)


async def test_what_a_job_on_its_way_shows_or_starts_from_stays_until_it_is_shown(house: House) -> None:
    image, mask, cell = [await house.put(9 * KEEP_MS) for _ in range(3)]
    order = an_order(1)
    drawing = replace(order.drawing, image_sha256=image, mask_sha256=mask)
    job = await submit(house.queue, replace(order, drawing=drawing))
    assert await house.tidy(max_bytes=1) == Tidied(1, BYTES)  # the cell, which nobody knows yet
    cell = await house.put(9 * KEEP_MS)
    await drawn(house.queue, a_picture(sha256=cell))
    assert await house.tidy(max_bytes=1) == Tidied(0, 0)
    await house.queue.deliver(job.id)
    assert await house.tidy(max_bytes=1) == Tidied(3, 3 * BYTES)


async def test_pictures_that_wait_for_a_moderator_stay_until_it_is_decided(house: House) -> None:
    cell = await house.put(9 * KEEP_MS)
    job = await submit(house.queue, an_order(1, count=2))
    found = await house.queue.claim("worker", LEASE_MS)
    assert found is not None
    for picture in (a_picture(0, sha256=cell), a_picture(1, sha256="")):
        await house.queue.add_picture(found[1], picture)
    await house.queue.hold(found[1])
    assert await house.tidy(max_bytes=1) == Tidied(0, 0)
    await house.queue.decide_review(job.id, approved=False, reason="Not here.")
    assert await house.tidy(max_bytes=1) == Tidied(1, BYTES)


async def test_what_a_job_started_from_is_no_orphan_until_the_job_is_removed(house: House) -> None:
    image, mask, cell = [await house.put(DAY_MS) for _ in range(3)]
    order = an_order(1)
    drawing = replace(order.drawing, image_sha256=image, mask_sha256=mask)
    job = await delivered(house.queue, replace(order, drawing=drawing), a_picture(sha256=cell))
    assert await house.tidy() == Tidied(0, 0)
    await AlbumStore(house.database, house.clock).remove(job.id)
    assert await house.tidy() == Tidied(3, 3 * BYTES)


async def test_what_a_draft_starts_from_stays_until_it_is_taken(house: House) -> None:
    image, mask = await house.put(9 * KEEP_MS), await house.put(9 * KEEP_MS)
    members = MemberStore(house.database, house.clock)
    draft = await members.put_draft(7, Words(prompt="{a, b}", image_sha256=image, mask_sha256=mask))
    await members.put_draft(7, Words(prompt="{a, b}"))
    assert await house.tidy(max_bytes=1) == Tidied(0, 0)
    await members.take_draft(draft, 7)
    assert await house.tidy(max_bytes=1) == Tidied(2, 2 * BYTES)


async def test_orphans_go_when_no_request_can_still_want_them(house: House) -> None:
    old, young = await house.put(ORPHAN_MS), await house.put(ORPHAN_MS - 1000)
    assert await house.tidy() == Tidied(1, BYTES)
    assert await house.tidy(max_bytes=1) == Tidied(0, 0)
    assert await house.left(old, young) == [False, True]


async def test_orphans_go_before_the_budget_takes_what_is_known(house: House) -> None:
    known, orphan = await house.put(9 * DAY_MS), await house.put(DAY_MS)
    await house.job(known)
    assert await house.tidy(max_bytes=BYTES) == Tidied(1, BYTES)
    assert await house.left(known, orphan) == [True, False]


async def test_a_picture_that_was_not_stored_to_the_end_is_an_orphan(house: House, tmp_path: Path) -> None:
    known = await house.put(DAY_MS)
    await house.job(known)
    unfinished = tmp_path / "pictures" / known[:2] / "tmpabc.part"
    unfinished.write_bytes(b"half a pict")
    at = (house.clock.ms - ORPHAN_MS) / 1000
    os.utime(unfinished, (at, at))
    assert await house.tidy() == Tidied(1, 11)
    assert not unfinished.exists()
    assert await house.left(known) == [True]


async def test_the_files_of_a_removed_job_go_unless_another_job_needs_them(house: House) -> None:
    mine, shared = await house.put(DAY_MS), await house.put(DAY_MS)
    job = await house.job(mine, shared)
    await house.job(shared)
    await AlbumStore(house.database, house.clock).remove(job.id)
    assert await house.tidy() == Tidied(1, BYTES)
    assert await house.left(mine, shared) == [False, True]


async def test_a_picture_that_is_drawn_again_is_young_again(house: House) -> None:
    old = await house.put(KEEP_MS + 1000)
    await house.job(old)
    house.pictures -= 1
    assert await house.put(DAY_MS) == old
    assert await house.tidy() == Tidied(0, 0)


async def test_before_the_first_picture_there_is_nothing_to_tidy(house: House) -> None:
    assert await house.tidy(max_bytes=1) == Tidied(0, 0)


async def test_the_outlook_is_what_the_next_tidying_then_does(house: House) -> None:
    old, young, liked = [await house.put(age) for age in (KEEP_MS - TIDY_EVERY_MS // 2, DAY_MS, 9 * KEEP_MS)]
    job = await house.job(old, young, liked)
    await AlbumStore(house.database, house.clock).toggle_favourite(8, job.id, 2)
    await house.put(ORPHAN_MS - TIDY_EVERY_MS // 2)
    retention = Retention(house.database, house.store, ROOM, KEEP_MS, house.clock)
    assert (await retention.outlook()).doomed == Tidied(0, 0)
    assert await retention.tidy() == Tidied(0, 0)
    outlook = await retention.outlook()
    assert (outlook.stored, outlook.needed) == (Tidied(4, 4 * BYTES), Tidied(1, BYTES))
    assert outlook.oldest_at == house.clock.ms - 9 * KEEP_MS
    assert (outlook.next_at, outlook.doomed) == (house.clock.ms + TIDY_EVERY_MS, Tidied(2, 2 * BYTES))
    assert await house.left(old, young) == [True, True]
    house.clock.ms = outlook.next_at
    assert await retention.tidy() == outlook.doomed


async def test_the_outlook_of_an_empty_studio_is_empty(house: House) -> None:
    outlook = await Retention(house.database, house.store, 1, KEEP_MS, house.clock).outlook()
    assert (outlook.stored, outlook.doomed, outlook.oldest_at) == (Tidied(0, 0), Tidied(0, 0), None)
