"""Moderators see what waits for them, of their own server only, and decide each item once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.album import Report
from bot.domain.moderation import MAX_OPEN_OPTOUTS, ItemKind, Optout, ReviewItem
from bot.errors import BadRequest
from bot.storage.database import Database
from bot.storage.members import MemberStore
from bot.storage.moderation import ReviewStore
from tests.storage.making import Clock
from tests.storage.seeding import contents, insert, insert_job, opened

GUILD, OTHER, DIRECT = 2**62, 2**62 + 1, 0


@pytest.fixture
def reviews(database: Database, clock: Clock) -> ReviewStore:
    return ReviewStore(database, clock)


def hold(path: Path, number: int, guild_id: int | None, at: int) -> None:
    with opened(path) as db:
        job_id = insert_job(db, number, user_id=7, guild_id=guild_id, state="ready", prompt=f"held {number}")
        insert(db, "review", job_id=job_id, guild_id=guild_id or 0, created_at=at)


async def report(database: Database, clock: Clock, message_id: int, guild_id: int | None) -> None:
    await MemberStore(database, clock).report(
        Report(8, "job1", guild_id, 3, message_id, f"report {message_id}")
    )


async def ids(reviews: ReviewStore, guild_id: int) -> list[str]:
    return [item.id for item in (await reviews.open_items(guild_id, 1, 100)).items]


async def test_an_item_says_what_is_to_be_decided(
    reviews: ReviewStore, database: Database, clock: Clock, path: Path
) -> None:
    at = clock.ms
    hold(path, 1, GUILD, at)
    clock.ms += 1
    await report(database, clock, 55, GUILD)
    clock.ms += 1
    await reviews.add_optout(9, GUILD, "Ada", "it is me")
    page = await reviews.open_items(GUILD, 1, 10)
    assert page.items == [
        ReviewItem(ItemKind.HELD, "h:job1", GUILD, "job1", 7, "held 1", "", 3, 2_000_001, at),
        ReviewItem(ItemKind.REPORT, "r:1", GUILD, "job1", 8, "report 55", "", 3, 55, at + 1),
        ReviewItem(ItemKind.OPTOUT, "o:1", GUILD, None, 9, "Ada", "it is me", None, None, at + 2),
    ]
    assert [await reviews.item(item.id) for item in page.items] == page.items


async def test_each_server_and_direct_messages_have_a_queue_of_their_own(
    reviews: ReviewStore, database: Database, clock: Clock, path: Path
) -> None:
    for number, guild_id in enumerate((GUILD, OTHER, None), 1):
        hold(path, number, guild_id, clock.ms)
        await report(database, clock, number, guild_id)
        await reviews.add_optout(number, guild_id or 0, "Ada", "")
    for number, guild in enumerate((GUILD, OTHER, DIRECT), 1):
        assert await ids(reviews, guild) == [f"h:job{number}", f"o:{number}", f"r:{number}"]
        item = await reviews.item(f"r:{number}")
        assert item is not None
        assert item.guild_id == guild


async def test_pages_have_the_oldest_first_and_a_page_beyond_the_ends_is_the_nearest(
    reviews: ReviewStore, database: Database, clock: Clock, path: Path
) -> None:
    empty = await reviews.open_items(GUILD, 3, 2)
    assert (empty.items, empty.page, empty.pages) == ([], 1, 1)
    for number in range(1, 6):
        hold(path, number, GUILD, clock.ms - number)
    wanted = {1: ["h:job5", "h:job4"], 2: ["h:job3", "h:job2"], 3: ["h:job1"]}
    for asked, given in [(1, 1), (2, 2), (3, 3), (4, 3), (0, 1), (-5, 1), (10**30, 3)]:
        page = await reviews.open_items(GUILD, asked, 2)
        assert ([item.id for item in page.items], page.page, page.pages) == (wanted[given], given, 3)


@pytest.mark.parametrize("approved", [True, False])
async def test_a_report_is_decided_once(
    reviews: ReviewStore, database: Database, clock: Clock, path: Path, approved: bool
) -> None:
    await report(database, clock, 55, GUILD)
    clock.ms += 5
    assert await reviews.decide_report("r:1", approved)
    assert not await reviews.decide_report("r:1", not approved)
    assert await reviews.item("r:1") is None
    assert await ids(reviews, GUILD) == []
    (row,) = contents(path)["report"]
    assert (row["decided_at"], row["approved"]) == (clock.ms, approved)


async def test_a_report_that_is_made_again_waits_again_behind_those_that_waited_meanwhile(
    reviews: ReviewStore, database: Database, clock: Clock
) -> None:
    await report(database, clock, 55, GUILD)
    clock.ms += 5
    await report(database, clock, 55, GUILD)  # an open one keeps its place
    await report(database, clock, 56, GUILD)
    assert await ids(reviews, GUILD) == ["r:1", "r:2"]
    await reviews.decide_report("r:1", False)
    clock.ms += 5
    await report(database, clock, 55, GUILD)
    assert await ids(reviews, GUILD) == ["r:2", "r:1"]
    assert await reviews.decide_report("r:1", True)


async def test_an_optout_is_decided_once_and_says_what_was_asked_for(reviews: ReviewStore) -> None:
    await reviews.add_optout(9, GUILD, "Ada", "it is me")
    assert await reviews.decide_optout("o:1", True) == Optout(9, GUILD, "Ada", "it is me")
    assert await reviews.decide_optout("o:1", True) is None
    assert await ids(reviews, GUILD) == []


async def test_an_approved_name_is_refused_whole_until_it_is_let_go(reviews: ReviewStore) -> None:
    for user_id, guild_id, name in [
        (9, GUILD, "Ada, of B"),
        (8, GUILD, "Ada, of B"),
        (9, OTHER, "Cy"),
        (9, GUILD, "D"),
    ]:
        await reviews.add_optout(user_id, guild_id, name, "")
    assert await reviews.refused_names(GUILD) == ()
    for number in (1, 2, 3):
        await reviews.decide_optout(f"o:{number}", True)
    assert (await reviews.refused_names(GUILD), await reviews.refused_names(OTHER)) == (
        ("Ada, of B",),
        ("Cy",),
    )
    await reviews.decide_optout("o:1", False)
    assert await reviews.refused_names(GUILD) == ("Ada, of B",)
    assert await reviews.item("o:1") is None
    assert await reviews.item("o:2") is not None
    await reviews.decide_optout("o:2", False)
    assert await reviews.refused_names(GUILD) == ()
    assert await reviews.item("o:2") is None


@pytest.mark.parametrize(
    "item_id", ["", "h", "h:", "h:nobody", "r:", "r:9", "r:job1", "o:-1", "x:job1", ":", "r:9e99"]
)
async def test_an_unknown_item_is_none(reviews: ReviewStore, path: Path, clock: Clock, item_id: str) -> None:
    hold(path, 1, GUILD, clock.ms)
    assert await reviews.item(item_id) is None
    assert not await reviews.decide_report(item_id, True)
    assert await reviews.decide_optout(item_id, True) is None


async def test_a_decided_job_waits_no_longer(reviews: ReviewStore, path: Path, clock: Clock) -> None:
    hold(path, 1, GUILD, clock.ms)
    with opened(path) as db:
        db.execute("UPDATE review SET decided_at = 1, approved = 1")
    assert await reviews.item("h:job1") is None
    assert await ids(reviews, GUILD) == []


async def test_asking_again_for_a_name_that_is_open_changes_the_note(reviews: ReviewStore) -> None:
    await reviews.add_optout(9, GUILD, "Ada", "me")
    await reviews.add_optout(9, GUILD, "Ada", "really me")
    await reviews.add_optout(8, GUILD, "Ada", "no, me")
    items = (await reviews.open_items(GUILD, 1, 10)).items
    assert [(item.user_id, item.text, item.note) for item in items] == [
        (9, "Ada", "really me"), (8, "Ada", "no, me"),
    ]  # fmt: skip


async def test_a_name_that_was_decided_is_not_asked_for_again(reviews: ReviewStore) -> None:
    await reviews.add_optout(9, GUILD, "Ada", "")
    await reviews.decide_optout("o:1", False)
    with pytest.raises(BadRequest, match="decided"):
        await reviews.add_optout(9, GUILD, "Ada", "please")
    await reviews.add_optout(9, OTHER, "Ada", "")


async def test_only_so_many_names_of_a_member_wait_at_once(reviews: ReviewStore) -> None:
    for number in range(MAX_OPEN_OPTOUTS):
        await reviews.add_optout(9, GUILD + number % 2, f"name {number}", "")
    with pytest.raises(BadRequest, match=str(MAX_OPEN_OPTOUTS)):
        await reviews.add_optout(9, GUILD, "another", "")
    await reviews.add_optout(9, GUILD, "name 0", "a new note")
    await reviews.add_optout(8, GUILD, "another", "")
    await reviews.decide_optout("o:1", True)
    await reviews.add_optout(9, GUILD, "another", "")
