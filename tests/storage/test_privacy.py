"""After a deletion not a byte is left of the member, and nobody else has lost anything."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import pytest

from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.layers import Layer
from bot.domain.privacy import Deleted
from bot.domain.safety import Safety
from bot.storage.database import Database
from bot.storage.holdings import FILES, HOLDINGS, Fate
from bot.storage.moderation import BlockStore, ReviewStore
from bot.storage.policies import PolicyStore
from bot.storage.privacy import PrivacyStore
from tests.storage.leaving import LEAVING, SHORT_ID, STAYING, House, house_at, without
from tests.storage.making import Clock
from tests.storage.seeding import GUILD, NOW, contents, insert, insert_job, insert_picture, opened, words_of


@pytest.fixture
def house(database: Database, path: Path, clock: Clock) -> House:
    return house_at(path, database, clock)


@pytest.mark.parametrize("leaving", [LEAVING, SHORT_ID])
async def test_nothing_is_left_of_who_leaves_and_everything_of_who_stays(house: House, leaving: int) -> None:
    gone = await house.settle(leaving, 1)
    kept = await house.settle(STAYING, 3)
    before = contents(house.path)
    assert list(house.traces(leaving))
    deleted = await house.privacy.delete(leaving)
    assert deleted == Deleted(jobs=2, pictures=2, files=2)
    assert list(house.traces(leaving)) == []
    assert contents(house.path) == without(before, leaving, house.pseudonyms)
    assert await house.left(*gone, *kept) == [False, False, True, True]
    assert len(list(house.traces(STAYING))) >= len(astuple(words_of(STAYING)))


async def test_the_comparison_above_sees_every_table(house: House) -> None:
    await house.settle(LEAVING, 1)
    tables = contents(house.path)
    after = without(tables, LEAVING, house.pseudonyms)
    changed = {table for table in tables if tables[table] != after[table]}
    assert changed == {
        holding.table for holding in HOLDINGS if holding.fate in (Fate.ROW_DELETED, Fate.BLANKED)
    } - {"studio"}


async def test_every_file_of_the_folder_is_declared(house: House) -> None:
    await house.settle(LEAVING, 1)
    house.back_up(1)
    await house.shelf.add()
    await house.database.write("reset_studio", key="pause")  # so that there is a log
    declared = {pattern: set(house.path.parent.glob(pattern)) for pattern in FILES}
    assert house.files() <= set().union(*declared.values())
    assert {pattern for pattern, found in declared.items() if not found} == {
        "*.db.backup-unfinished", "backups/*/*.db.unfinished", "*.key.*.replaced",
    }  # fmt: skip


async def test_a_deletion_can_be_repeated(house: House) -> None:
    await house.settle(LEAVING, 1)
    await house.privacy.delete(LEAVING)
    before = contents(house.path)
    assert await house.privacy.delete(LEAVING) == Deleted(0, 0, 0)
    assert contents(house.path) == before


async def test_an_approved_name_stays_refused_without_who_asked_for_it(house: House) -> None:
    reviews = ReviewStore(house.database, house.clock)
    for name in ("Jane Exemplar", "John Exemplar"):
        await reviews.add_optout(LEAVING, GUILD, name, "it is me")
    await reviews.decide_optout("o:1", True)
    await house.privacy.delete(LEAVING)
    rows = [(row["user_id"], row["name"], row["note"]) for row in contents(house.path)["optout"]]
    assert rows == [(None, "Jane Exemplar", "")]
    assert await ReviewStore(house.database, house.clock).refused_names(GUILD) == ("Jane Exemplar",)
    assert list(house.traces(LEAVING)) == []


async def test_a_pause_stays_without_who_ordered_it(house: House) -> None:
    with opened(house.path) as db:
        insert(db, "studio", key="pause", value=json.dumps({"since": NOW, "by": LEAVING}))
        insert(db, "studio", key="quiet_hours", value=json.dumps("22:00-07:00"))
    await house.privacy.delete(STAYING)
    assert list(house.traces(LEAVING))
    await house.privacy.delete(LEAVING)
    values = {row["key"]: json.loads(str(row["value"])) for row in contents(house.path)["studio"]}
    assert values == {"pause": {"since": NOW, "by": None}, "quiet_hours": "22:00-07:00"}
    assert list(house.traces(LEAVING)) == []


async def test_an_id_in_the_words_of_the_log_goes_too(house: House) -> None:
    with opened(house.path) as db:
        for detail in (f"moved the job of {LEAVING}", "moved the job of nobody"):
            insert(db, "audit", at=NOW, guild_id=GUILD, actor_id=STAYING, act="move", detail=detail)
    await house.privacy.delete(LEAVING)
    found = [(row["actor_id"], row["detail"]) for row in contents(house.path)["audit"]]
    assert found == [(STAYING, ""), (STAYING, "moved the job of nobody")]


async def test_what_others_made_from_it_stays_with_its_files_and_loses_its_parent(house: House) -> None:
    (picture,) = await house.settle(LEAVING, 1, jobs=1)
    mine = await house.pictures.put(b"made from it")
    with opened(house.path) as db:
        child = insert_job(db, 2, STAYING, parent_id="job1", parent_cell=0, image_sha256=picture)
        grandchild = insert_job(db, 3, STAYING, parent_id=child, parent_cell=0)
        insert_picture(db, child, mine)
        insert(db, "favourite", user_id=STAYING, job_id="job1", cell=0, created_at=NOW)
        insert(db, "favourite", user_id=STAYING, job_id=child, cell=0, created_at=NOW)
        place = {"guild_id": GUILD, "channel_id": 3, "message_id": 1, "created_at": NOW}
        insert(db, "report", user_id=STAYING, job_id="job1", reason="rude", **place)
    await house.privacy.delete(LEAVING)
    after = contents(house.path)
    assert [(row["id"], row["parent_id"], row["parent_cell"]) for row in after["job"]] == [
        (child, None, None), (grandchild, child, 0),
    ]  # fmt: skip
    assert [row["job_id"] for row in after["favourite"]] == [child]
    assert [(row["reason"], row["job_id"]) for row in after["report"]] == [("rude", None)]
    assert await house.left(picture, mine) == [False, True]
    assert list(house.traces(LEAVING)) == []


async def test_a_file_stays_only_where_somebody_else_needs_it(house: House) -> None:
    names = (
        "both drew",
        "both start",
        "their start",
        "both mask",
        "own draft",
        "both draft",
        "start deleted",
    )
    both_drew, both_start, their_start, both_mask, own_draft, both_draft, deleted = [
        await house.pictures.put(name.encode()) for name in names
    ]
    with opened(house.path) as db:
        insert_picture(
            db, insert_job(db, 1, LEAVING, image_sha256=both_start, mask_sha256=both_mask), both_drew
        )
        insert_job(db, 2, LEAVING, image_sha256=their_start, mask_sha256=deleted)
        insert_picture(
            db, insert_job(db, 3, STAYING, image_sha256=both_start, mask_sha256=both_mask), both_drew
        )
        insert_job(db, 4, STAYING, mask_sha256=deleted, deleted_at=NOW)
        for number, (user_id, file) in enumerate(
            [(LEAVING, own_draft), (LEAVING, both_draft), (STAYING, both_draft)]
        ):
            words = json.dumps({"prompt": "x", "image_sha256": file})
            insert(db, "draft", id=f"draft{number}", user_id=user_id, words=words, created_at=NOW)
    assert (await house.privacy.delete(LEAVING)).files == 3
    assert await house.left(both_drew, both_start, both_mask, both_draft) == [True] * 4
    assert await house.left(their_start, own_draft, deleted) == [False] * 3


async def test_blocks_outlast_it_and_so_does_what_an_admin_has_set_for_the_member(house: House) -> None:
    blocks = BlockStore(house.database, house.pseudonyms, house.clock)
    policies = PolicyStore(house.database, house.pseudonyms)
    forget = (blocks.copies.forget, policies.copies.forget)
    privacy = PrivacyStore(house.database, house.pictures, house.pseudonyms, house.clock, forget)
    await blocks.block(LEAVING, EVERYWHERE, house.clock.ms + 60, "spam")
    await policies.set(GUILD, Layer.USER, LEAVING, "cooldown", 60)
    await policies.set(GUILD, Layer.USER, LEAVING, "safety", Safety.REVIEW)
    await policies.set(GUILD + 1, Layer.USER, LEAVING, "enabled", False)
    await policies.set(GUILD, Layer.ROLE, LEAVING, "enabled", False)
    before = [await policies.rules_for(guild_id) for guild_id in (GUILD, GUILD + 1)]
    for _ in range(2):
        await privacy.delete(LEAVING)
        assert await blocks.blocked_until(LEAVING, GUILD) == house.clock.ms + 60
        after = [await policies.rules_for(guild_id, LEAVING) for guild_id in (GUILD, GUILD + 1)]
        assert [sorted(rules, key=str) for rules in after] == [sorted(rules, key=str) for rules in before]
    for user_id in (None, STAYING):
        rules = [rule for rule in await policies.rules_for(GUILD, user_id) if rule.layer is Layer.USER]
        assert len(rules) == 2
        assert all(rule.target_id < 0 for rule in rules)


async def test_what_outlasted_a_deletion_is_changed_and_taken_back_by_its_member(house: House) -> None:
    policies = PolicyStore(house.database, house.pseudonyms)
    forget = (policies.copies.forget,)
    privacy = PrivacyStore(house.database, house.pictures, house.pseudonyms, house.clock, forget)
    for setting in ("cooldown", "per_hour"):
        await policies.set(GUILD, Layer.USER, LEAVING, setting, 60)
    await privacy.delete(LEAVING)
    await policies.set(GUILD, Layer.USER, LEAVING, "cooldown", 10)
    assert {rule.setting: rule.value for rule in await policies.rules_for(GUILD)} == {
        "cooldown": 10,
        "per_hour": 60,
    }
    await privacy.delete(LEAVING)
    assert await policies.reset(GUILD, Layer.USER, LEAVING) == 2
    assert await policies.rules_for(GUILD) == []


async def test_what_was_not_drawn_is_not_paid_for_and_what_was_is(house: House) -> None:
    member = house.pseudonyms.of(LEAVING)
    held = {"lease_owner": "w", "lease_until": NOW}
    with opened(house.path) as db:
        for number, state in enumerate(("queued", "running", "running", "delivered"), 1):
            insert_job(
                db,
                number,
                LEAVING,
                state=state,
                spent=700 * (number == 3),
                **held if state == "running" else {},
            )
            insert(db, "debit", id=f"job{number}", member=member, guild_id=GUILD, at=NOW, milliseconds=1500)
    await house.privacy.delete(LEAVING)
    found = [(row["id"], row["milliseconds"]) for row in contents(house.path)["debit"]]
    assert found == [("job3", 700), ("job4", 1500)]
