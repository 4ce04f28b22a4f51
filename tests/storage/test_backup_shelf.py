"""The dated backups: found by their moments, kept for their time, and cleaned of whoever leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.backup_shelf import BackupShelf
from bot.storage.database import Database
from tests.storage.leaving import LEAVING, STAYING, house_at
from tests.storage.making import Clock
from tests.storage.seeding import contents

DAY_MS = 86_400_000
KEEP_MS = 10 * DAY_MS


@pytest.fixture
def shelf(database: Database, path: Path, clock: Clock) -> BackupShelf:
    return BackupShelf(path, path.parent / "pictures", path.parent / "backups", KEEP_MS, clock)


async def test_before_the_first_backup_there_is_none_and_nothing_to_tidy(shelf: BackupShelf) -> None:
    assert (await shelf.look(), await shelf.files(), await shelf.tidy()) == ([], [], 0)


async def test_each_backup_has_a_folder_named_after_its_moment(
    shelf: BackupShelf, path: Path, clock: Clock
) -> None:
    first = await shelf.add()
    clock.ms += 1
    second = await shelf.add()
    assert first.database == shelf.folder / "20231114-221320-000" / path.name
    assert contents(second.database) == contents(path)
    assert [(kept.folder, kept.at, kept.bytes) for kept in await shelf.look()] == [
        (first.database.parent, clock.ms - 1, first.bytes), (second.database.parent, clock.ms, second.bytes),
    ]  # fmt: skip


async def test_a_backup_goes_after_its_time_but_never_the_newest(shelf: BackupShelf, clock: Clock) -> None:
    old = await shelf.add()
    clock.ms += DAY_MS
    new = await shelf.add()
    clock.ms += KEEP_MS - DAY_MS - 1
    assert await shelf.tidy() == 0
    clock.ms += 1
    assert await shelf.tidy() == 1
    assert (old.database.parent.exists(), new.database.exists()) == (False, True)
    clock.ms += 99 * KEEP_MS
    assert await shelf.tidy() == 0
    assert [kept.folder for kept in await shelf.look()] == [new.database.parent]


async def test_what_was_cut_off_counts_for_nothing_and_goes_too(shelf: BackupShelf, clock: Clock) -> None:
    whole = await shelf.add()
    clock.ms += 1
    torn = await shelf.add()
    torn.database.rename(torn.database.with_name(f"{torn.database.name}.unfinished"))
    assert [kept.folder for kept in await shelf.look()] == [whole.database.parent]
    assert len(await shelf.files()) == 2
    clock.ms += KEEP_MS
    assert await shelf.tidy() == 1
    assert [folder.name for folder in shelf.folder.iterdir()] == [whole.database.parent.name]


@pytest.mark.parametrize(
    "name", ["holiday", "20231114-221320", "20239999-221320-000", "20231114-221320-0000"]
)
async def test_folders_of_others_are_left_alone(shelf: BackupShelf, clock: Clock, name: str) -> None:
    mine = shelf.folder / name
    mine.mkdir(parents=True)
    (mine / "atelier.db").write_text("mine")
    clock.ms += 99 * KEEP_MS
    assert (await shelf.look(), await shelf.files(), await shelf.tidy()) == ([], [], 0)
    assert (mine / "atelier.db").read_text() == "mine"


async def test_who_leaves_is_gone_from_the_backups_too(database: Database, path: Path, clock: Clock) -> None:
    house = house_at(path, database, clock)
    await house.settle(LEAVING, 1)
    await house.settle(STAYING, 3)
    whole = await house.shelf.add()
    clock.ms += 1
    torn = await house.shelf.add()
    torn.database.rename(torn.database.with_name(f"{torn.database.name}.unfinished"))
    deleted = await house.privacy.delete(LEAVING)
    assert (deleted.backups_cleaned, deleted.backups_deleted) == (2, 0)
    assert list(house.traces(LEAVING)) == []
    assert {row["user_id"] for row in contents(whole.database)["job"]} == {STAYING}


async def test_a_folder_that_cannot_be_made_is_one_sentence(path: Path, database: Database) -> None:
    (path.parent / "file").write_text("where a folder should be")
    shelf = BackupShelf(path, path.parent / "pictures", path.parent / "file" / "backups", KEEP_MS, Clock())
    with pytest.raises(StorageError, match=r"cannot be written to .*file"):
        await shelf.add()
