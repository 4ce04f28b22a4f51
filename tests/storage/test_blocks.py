"""A block holds where and as long as it was set, and outlasts everything but a moderator's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.moderation import EVERYWHERE, Block
from bot.storage.database import Database
from bot.storage.moderation import BlockStore
from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import Clock
from tests.storage.seeding import contents, insert, opened

GUILD, OTHER = 2**62, 2**62 + 1


@pytest.fixture
def pseudonyms(tmp_path: Path) -> Pseudonyms:
    return Pseudonyms(tmp_path / "pseudonyms.key")


@pytest.fixture
def blocks(database: Database, pseudonyms: Pseudonyms, clock: Clock) -> BlockStore:
    return BlockStore(database, pseudonyms, clock)


async def test_nobody_is_blocked_at_first(blocks: BlockStore) -> None:
    assert await blocks.blocked_until(7, GUILD) is False
    assert await blocks.blocks(GUILD) == []
    assert not await blocks.unblock(7, GUILD)


async def test_a_block_holds_in_its_guild_for_its_member_until_its_time(
    blocks: BlockStore, clock: Clock
) -> None:
    until = clock.ms + 1000
    await blocks.block(7, GUILD, until, "spam")
    assert await blocks.blocked_until(7, GUILD) == until
    assert await blocks.blocked_until(8, GUILD) is False
    assert await blocks.blocked_until(7, OTHER) is False
    assert await blocks.blocked_until(7, EVERYWHERE) is False
    clock.ms = until - 1
    assert await blocks.blocked_until(7, GUILD) == until
    clock.ms = until
    assert await blocks.blocked_until(7, GUILD) is False
    assert await blocks.blocks(GUILD) == []
    assert not await blocks.unblock(7, GUILD)


@pytest.mark.parametrize(
    ("here", "everywhere", "longest"),
    [
        (5, 9, 9),
        (9, 5, 9),
        (None, 5, None),
        (5, None, None),
        (0, 5, 5),
        (5, 0, 5),
        (0, 0, False),
        (0, None, None),
    ],
)
async def test_the_longer_block_of_guild_and_everywhere_counts(
    blocks: BlockStore, clock: Clock, here: int | None, everywhere: int | None, longest: int | None
) -> None:
    await blocks.block(7, GUILD, here and clock.ms + here, "")
    await blocks.block(7, EVERYWHERE, everywhere and clock.ms + everywhere, "")
    found = await blocks.blocked_until(7, GUILD)
    assert found is longest or found == clock.ms + (longest or 0)


async def test_a_new_block_takes_the_place_of_the_old_one(
    blocks: BlockStore, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    await blocks.block(7, GUILD, None, "for good")
    clock.ms += 5
    await blocks.block(7, GUILD, clock.ms + 10, "for a while")
    assert await blocks.blocks(GUILD) == [
        Block(pseudonyms.of(7), GUILD, 7, clock.ms + 10, "for a while", clock.ms)
    ]


async def test_unblocking_says_whether_there_was_a_block_and_leaves_others(blocks: BlockStore) -> None:
    for user_id, guild_id in ((7, GUILD), (8, GUILD), (7, OTHER)):
        await blocks.block(user_id, guild_id, None, "")
    assert await blocks.unblock(7, GUILD)
    assert not await blocks.unblock(7, GUILD)
    assert await blocks.blocked_until(7, GUILD) is False
    assert await blocks.blocked_until(8, GUILD) is None
    assert await blocks.blocked_until(7, OTHER) is None


async def test_the_list_has_the_latest_first(blocks: BlockStore, clock: Clock) -> None:
    for user_id in (3, 1, 2):
        await blocks.block(user_id, GUILD, None, f"reason {user_id}")
        clock.ms += 1
    await blocks.block(9, EVERYWHERE, None, "")
    assert [(block.user_id, block.reason) for block in await blocks.blocks(GUILD)] == [
        (2, "reason 2"), (1, "reason 1"), (3, "reason 3"),
    ]  # fmt: skip


async def test_blocks_outlast_a_restart_and_their_members_id(
    database: Database, blocks: BlockStore, pseudonyms: Pseudonyms, clock: Clock, path: Path
) -> None:
    await blocks.block(7, GUILD, None, "spam")
    with opened(path) as db:
        db.execute("UPDATE block SET user_id = NULL")
    after = BlockStore(database, pseudonyms, clock)
    assert await after.blocked_until(7, GUILD) is None
    assert [block.user_id for block in await after.blocks(GUILD)] == [None]
    assert await after.unblock(7, GUILD)


async def test_what_has_run_out_is_forgotten_with_the_next_block(
    blocks: BlockStore, clock: Clock, path: Path
) -> None:
    await blocks.block(7, GUILD, clock.ms + 5, "")
    await blocks.block(7, OTHER, clock.ms + 5, "")
    clock.ms += 5
    await blocks.block(8, GUILD, None, "")
    assert [(row["guild_id"], row["user_id"]) for row in contents(path)["block"]] == [(OTHER, 7), (GUILD, 8)]


async def test_a_press_makes_no_query(
    blocks: BlockStore, pseudonyms: Pseudonyms, clock: Clock, path: Path
) -> None:
    assert await blocks.blocked_until(7, GUILD) is False
    with opened(path) as db:  # behind the back of the process that alone writes
        insert(db, "block", member=pseudonyms.of(7), guild_id=GUILD, reason="", created_at=clock.ms)
    assert await blocks.blocked_until(7, GUILD) is False
    await blocks.block(8, GUILD, None, "")
    assert await blocks.blocked_until(7, GUILD) is None
