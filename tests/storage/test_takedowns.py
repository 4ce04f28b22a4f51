"""A takedown reaches every job that has the picture or came from it, and no other one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bot.domain.job import State
from bot.domain.moderation import Takedown
from bot.errors import UnknownJob
from bot.storage.database import Database
from bot.storage.moderation import TakedownStore
from bot.storage.rows import signed
from tests.storage.making import Clock
from tests.storage.seeding import GUILD, contents, insert, insert_job, insert_picture, opened

LOOKS, FLAT = 0xF0F0_F0F0_F0F0_F0F0, 1 << 63


@pytest.fixture
def takedowns(database: Database, clock: Clock) -> TakedownStore:
    return TakedownStore(database, clock)


def draw(path: Path, number: int, *files: str, parent: str | None = None, **changes: object) -> str:
    """A job of another member for each number, with these pictures."""
    with opened(path) as db:
        return draw_in(db, number, *files, parent_id=parent, **changes)


def draw_in(db: sqlite3.Connection, number: int, *files: str, **changes: object) -> str:
    job_id = insert_job(db, number, user_id=number, **changes)
    for cell, sha256 in enumerate(files):
        insert_picture(db, job_id, sha256, cell)
    return job_id


def a_file(letter: str) -> str:
    return letter * 64


def numbers(takedown: Takedown) -> list[int]:
    return sorted(job.order.user_id for job in takedown.jobs)


def pictures(path: Path) -> set[str]:
    return {str(row["job_id"]) for row in contents(path)["picture"]}


async def test_a_job_and_all_that_came_from_it_go_over_any_depth(
    takedowns: TakedownStore, clock: Clock, path: Path
) -> None:
    parents = {number: f"job{number - 1}" for number in range(2, 301)} | {301: "job20", 302: "job20"}
    with opened(path) as db:
        for number in range(303):
            draw_in(db, number, f"{number:064}", parent_id=parents.get(number))
    takedown = await takedowns.take_down("job2", GUILD)
    assert numbers(takedown) == list(range(2, 303))
    assert {job.deleted_at for job in takedown.jobs} == {clock.ms}
    assert takedown.files == sorted(f"{number:064}" for number in range(2, 303))
    assert pictures(path) == {"job0", "job1"}


async def test_whoever_has_the_same_picture_loses_it_and_what_was_made_from_it(
    takedowns: TakedownStore, path: Path
) -> None:
    root = draw(path, 1, a_file("a"))
    twin = draw(path, 2, a_file("b"), a_file("a"))
    draw(path, 3, a_file("c"), parent=twin, parent_cell=1)
    draw(path, 4, a_file("d"), parent=twin, parent_cell=0)
    draw(path, 5, a_file("e"), image_sha256=a_file("a"))
    draw(path, 6, a_file("f"), parent="job5")
    draw(path, 7, a_file("b"))
    takedown = await takedowns.take_down(root, GUILD)
    assert numbers(takedown) == [1, 2, 3, 5, 6]
    assert takedown.files == [a_file(letter) for letter in "acef"]
    assert pictures(path) == {"job4", "job7"}


async def test_only_the_pictures_that_are_at_fault_are_remembered(
    takedowns: TakedownStore, clock: Clock, path: Path
) -> None:
    draw(path, 1, a_file("a"))
    draw(path, 2, a_file("b"), a_file("a"))
    draw(path, 3, a_file("c"), parent="job1")
    await takedowns.take_down("job1", GUILD)
    assert [await takedowns.is_taken_down(a_file(letter), 0) for letter in "abc"] == [True, False, True]
    assert contents(path)["takedown"] == [
        {"sha256": a_file(letter), "fingerprint": None, "job_id": "job1", "guild_id": GUILD, "at": clock.ms}
        for letter in "ac"
    ]
    assert not await takedowns.is_taken_down("", LOOKS)


@pytest.mark.parametrize(
    ("fingerprint", "looks", "same"),
    [(LOOKS, LOOKS, True), (LOOKS, LOOKS ^ 0b101, True), (LOOKS, LOOKS ^ 0b111, False), (FLAT, FLAT, False)],
)
async def test_what_looks_like_a_picture_that_was_taken_down_is_known_unless_it_is_flat(
    takedowns: TakedownStore, path: Path, fingerprint: int, looks: int, same: bool
) -> None:
    draw(path, 1, a_file("a"))
    with opened(path) as db:
        db.execute("UPDATE picture SET fingerprint = ?", (signed(fingerprint),))
    assert not await takedowns.is_taken_down(a_file("b"), looks)
    await takedowns.take_down("job1", GUILD)
    assert await takedowns.is_taken_down(a_file("b"), looks) == same
    assert await takedowns.is_taken_down(a_file("a"), 0)


async def test_withheld_pictures_are_no_tie_between_jobs(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, "", a_file("a"))
    draw(path, 2, "", a_file("b"))
    draw(path, 3, a_file("c"), parent="job2", parent_cell=0)
    takedown = await takedowns.take_down("job1", GUILD)
    assert numbers(takedown) == [1]
    assert takedown.files == [a_file("a")]
    assert not await takedowns.is_taken_down("", LOOKS)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (State.QUEUED, State.CANCELLED),
        (State.RUNNING, State.CANCELLED),
        (State.READY, State.REFUSED),
        *((state, state) for state in (State.DELIVERED, State.FAILED, State.CANCELLED, State.REFUSED)),
    ],
)
async def test_a_job_in_any_state_is_taken_down(
    takedowns: TakedownStore, clock: Clock, path: Path, state: State, after: State
) -> None:
    draw(path, 1, a_file("a"))
    held = {"lease_owner": "w", "lease_until": clock.ms} if state is State.RUNNING else {}
    draw(path, 2, a_file("b"), parent="job1", state=state, **held)
    child = next(job for job in (await takedowns.take_down("job1", GUILD)).jobs if job.id == "job2")
    assert (child.state, child.deleted_at) == (after, clock.ms)
    if state is not after:
        assert "moderator" in (child.reason or "")
    assert pictures(path) == set()


async def test_a_job_that_is_cancelled_so_is_not_paid_for(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, a_file("a"))
    draw(path, 2, parent="job1", state="queued")
    with opened(path) as db:
        for number in (1, 2):
            insert(db, "debit", id=f"job{number}", member="m", guild_id=GUILD, at=1, milliseconds=9)
    await takedowns.take_down("job1", GUILD)
    assert [row["id"] for row in contents(path)["debit"]] == ["job1"]


async def test_a_start_picture_goes_only_where_nobody_else_needs_it(
    takedowns: TakedownStore, path: Path
) -> None:
    draw(path, 1, a_file("a"), image_sha256=a_file("1"), mask_sha256=a_file("2"))
    draw(path, 2, a_file("b"), parent="job1", image_sha256=a_file("3"), mask_sha256=a_file("4"))
    draw(path, 3, a_file("c"), image_sha256=a_file("3"), mask_sha256=a_file("2"))
    draw(path, 4, a_file("d"), image_sha256=a_file("1"), deleted_at=5)
    draft = json.dumps({"prompt": "x", "mask_sha256": a_file("4"), "image_sha256": None})
    with opened(path) as db:
        insert(db, "draft", id="draft", user_id=5, words=draft, created_at=1)
    assert (await takedowns.take_down("job1", GUILD)).files == [a_file("1"), a_file("a"), a_file("b")]


async def test_what_waited_for_moderators_is_settled(
    takedowns: TakedownStore, clock: Clock, path: Path
) -> None:
    draw(path, 1, a_file("a"))
    draw(path, 2, a_file("b"), parent="job1", state="ready")
    draw(path, 3, a_file("c"), state="ready")
    with opened(path) as db:
        for number in (2, 3):
            insert(db, "review", job_id=f"job{number}", guild_id=GUILD, created_at=1)
            place = {"guild_id": 10 + number, "channel_id": 3, "message_id": number}
            insert(db, "report", user_id=9, job_id=f"job{number}", reason="bad", created_at=1, **place)
    await takedowns.take_down("job1", GUILD)
    now = clock.ms
    assert [(row["decided_at"], row["approved"]) for row in contents(path)["review"]] == [
        (now, 0),
        (None, None),
    ]
    assert [(row["decided_at"], row["approved"]) for row in contents(path)["report"]] == [
        (now, 1),
        (None, None),
    ]


async def test_favourites_of_what_is_taken_down_go_with_it(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, a_file("a"))
    draw(path, 2, a_file("b"))
    with opened(path) as db:
        for number in (1, 2):
            insert(db, "favourite", user_id=9, job_id=f"job{number}", cell=0, created_at=1)
    await takedowns.take_down("job1", GUILD)
    assert [row["job_id"] for row in contents(path)["favourite"]] == ["job2"]


async def test_taking_down_again_gives_the_same_jobs(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, a_file("a"))
    draw(path, 2, a_file("b"), parent="job1")
    first = await takedowns.take_down("job1", GUILD)
    assert (await takedowns.take_down("job1", GUILD)).jobs == first.jobs


async def test_an_unknown_job_is_refused_and_nothing_is_written(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, a_file("a"))
    before = contents(path)
    with pytest.raises(UnknownJob, match="nobody"):
        await takedowns.take_down("nobody", GUILD)
    assert contents(path) == before


async def test_a_ring_of_parents_comes_to_an_end(takedowns: TakedownStore, path: Path) -> None:
    draw(path, 1, a_file("a"), parent="job2")
    draw(path, 2, a_file("b"), parent="job1")
    assert numbers(await takedowns.take_down("job1", GUILD)) == [1, 2]
