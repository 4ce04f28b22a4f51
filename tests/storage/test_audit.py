"""What owners, admins and moderators did stays written down as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.domain.moderation import AuditEntry, AuditPage
from bot.storage.database import Database
from bot.storage.moderation import AuditStore
from tests.storage.making import Clock
from tests.storage.seeding import contents, insert, opened

GUILD = 2**62


@pytest.fixture
def audit(database: Database, clock: Clock) -> AuditStore:
    return AuditStore(database, clock)


async def test_an_act_is_read_as_it_was_written(audit: AuditStore, clock: Clock) -> None:
    await audit.add(GUILD, 1, "block", target_id=7, job_id="job1", detail="for good: spam")
    clock.ms += 1
    await audit.add(GUILD, 2, "pause")
    await audit.add(0, 3, "budget", detail="6 GiB")
    entries = [
        AuditEntry(2, clock.ms, GUILD, 2, "pause", None, None, ""),
        AuditEntry(1, clock.ms - 1, GUILD, 1, "block", 7, "job1", "for good: spam"),
    ]
    assert await audit.page(GUILD, 1, 2) == AuditPage(entries, more=False)
    assert await audit.page(GUILD, 1, 1) == AuditPage(entries[:1], more=True)
    assert [entry.act for entry in (await audit.page(0, 1, 10)).entries] == ["budget"]


async def test_pages_are_of_one_act_or_one_member_where_they_are_named(audit: AuditStore) -> None:
    for number in range(12):
        act, target = ("block", "move", "clear")[number % 3], 9 if number in (4, 5) else None
        await audit.add(GUILD, 1 + number % 2, act, target, detail=str(number))

    async def found(page: int, act: str | None = None, member: int | None = None) -> list[int]:
        return [int(entry.detail) for entry in (await audit.page(GUILD, page, 4, act, member)).entries]

    assert [await found(page) for page in (1, 2, 3, 4)] == [[11, 10, 9, 8], [7, 6, 5, 4], [3, 2, 1, 0], []]
    assert await found(0) == [11, 10, 9, 8]
    assert await found(1, act="move") == [10, 7, 4, 1]
    assert await found(2, member=2) == [3, 1]
    assert await found(1, act="move", member=2) == [7, 1]
    assert await found(1, member=9) == [5, 4]
    assert await found(1, member=10) == []
    assert await audit.acts(GUILD) == ["block", "clear", "move"]
    assert await audit.acts(GUILD + 1) == []


@pytest.fixture
def written(database: Database, path: Path) -> Path:
    with opened(path) as db:
        insert(
            db,
            "audit",
            at=1,
            guild_id=GUILD,
            actor_id=5,
            act="block",
            target_id=7,
            job_id="job1",
            detail="spam",
        )
        insert(db, "audit", at=1, guild_id=GUILD, act="block", detail="")
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 2",
        "UPDATE audit SET at = 2",
        "UPDATE audit SET id = id + 10",
        "UPDATE audit SET guild_id = 0",
        "UPDATE audit SET act = 'unblock'",
        "UPDATE audit SET detail = 'nothing' WHERE id = 1",
        "UPDATE audit SET detail = 'something' WHERE id = 2",
        *(
            f"UPDATE audit SET {name} = 9 WHERE id = {row}"
            for name in ("actor_id", "target_id")
            for row in (1, 2)
        ),
        *(f"UPDATE audit SET job_id = 'job9' WHERE id = {row}" for row in (1, 2)),
        "UPDATE audit SET actor_id = NULL, act = 'unblock'",
        "REPLACE INTO audit (id, at, guild_id, act, detail) VALUES (1, 1, 1, 'unblock', '')",
        "INSERT OR REPLACE INTO audit (id, at, guild_id, act, detail) VALUES (2, 1, 1, 'unblock', '')",
    ],
)
def test_no_row_is_changed_or_deleted(written: Path, statement: str) -> None:
    before = contents(written)["audit"]
    with pytest.raises(sqlite3.IntegrityError, match=r"audit log is never|UNIQUE"), opened(written) as db:
        db.execute(statement)
    assert contents(written)["audit"] == before


@pytest.mark.parametrize("name", ["actor_id", "target_id", "job_id", "detail"])
def test_who_and_what_it_was_about_can_be_blanked(written: Path, name: str) -> None:
    before = contents(written)["audit"]
    empty = "" if name == "detail" else None
    with opened(written) as db:
        db.execute(f"UPDATE audit SET {name} = ?", [empty])
    assert contents(written)["audit"] == [row | {name: empty} for row in before]
