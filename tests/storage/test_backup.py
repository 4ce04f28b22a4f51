"""A backup is the state of one moment, whole and checked, while the bot writes on."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.backup import PICTURE_LIST, Backup, back_up
from bot.storage.database import Connection, Database, open_database
from bot.storage.migrate import migrate
from bot.storage.pictures import PictureStore, path_of
from tests.storage.seeding import contents, insert, insert_job, insert_picture, opened


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "backup"


def integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def inside(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


async def write(database: Database, times: int) -> None:
    """Two rows in one transaction, again and again: there is never one without the other."""

    def add_two(connection: Connection, number: int) -> None:
        connection.rows("set_shortcut", user_id=number, name="a", flags="--tile", most=1)
        connection.rows("set_shortcut", user_id=-number - 1, name="b", flags="x" * 500, most=1)

    for number in range(times):
        await database.transaction(partial(add_two, number=number))


@pytest.mark.parametrize("writes", [100, pytest.param(1000, marks=pytest.mark.long)])
async def test_each_copy_made_while_others_write_is_whole(
    database: Database, path: Path, target: Path, writes: int
) -> None:
    writer = asyncio.create_task(write(database, writes))
    counts: list[int] = []
    while not writer.done():
        made = target / str(len(counts))
        await asyncio.to_thread(back_up, path, path.parent / "pictures", made)
        counts.append(len(contents(made / path.name)["shortcut"]))
        assert integrity(made / path.name) == "ok"
    await writer
    assert all(count % 2 == 0 for count in counts)
    assert counts == sorted(counts)
    assert len({count for count in counts if 0 < count < 2 * writes}) > 1
    assert len(contents(path)["shortcut"]) == 2 * writes


async def test_a_backup_has_what_stands_in_the_log_only(database: Database, path: Path, target: Path) -> None:
    await write(database, 3)
    made = back_up(path, path.parent / "pictures", target)
    assert contents(path) == contents(made.database)
    assert made == Backup(target / path.name, made.database.stat().st_size, 0)
    assert inside(target) == {path.name, PICTURE_LIST}


async def test_a_backup_can_be_opened_by_a_bot(path: Path, target: Path) -> None:
    async with open_database(path) as database:
        await write(database, 3)
        made = back_up(path, path.parent / "pictures", target)
    async with open_database(made.database) as database:
        await write(database, 5)
    assert len(contents(made.database)["shortcut"]) == 10


async def test_the_list_has_the_stored_pictures_that_the_copy_knows(
    database: Database, path: Path, target: Path
) -> None:
    folder = path.parent / "pictures"
    pictures = PictureStore(folder)
    cell, start, unknown = [await pictures.put(name.encode()) for name in ("cell", "start", "unknown")]
    with opened(path) as db:
        insert_picture(db, insert_job(db, 1, 7, image_sha256=start), cell)
        insert_picture(db, "job1", "0" * 64, cell=1)  # its file has expired
        insert_picture(db, "job1", "", cell=2)  # it was withheld
    assert back_up(path, folder, target).pictures == 2
    listed = (target / PICTURE_LIST).read_text().splitlines()
    assert listed == sorted(str(path_of(sha256)) for sha256 in (cell, start))
    assert all((folder / line).is_file() for line in listed)
    assert str(path_of(unknown)) not in listed


async def test_the_keys_are_copied_and_nobody_else_may_look(
    database: Database, path: Path, target: Path
) -> None:
    for name in (
        "secret.key",
        "certificates/signer.key",
        "certificates/root.pem",
        "health",
        "atelier.db.5.backup",
        "an older backup/secret.key",
    ):
        (path.parent / name).parent.mkdir(exist_ok=True)
        (path.parent / name).write_text(name)
    (path.parent / "secret.key").chmod(0o600)
    back_up(path, path.parent / "pictures", target)
    assert inside(target) == {
        path.name, PICTURE_LIST, "secret.key", "certificates/signer.key", "certificates/root.pem",
    }  # fmt: skip
    assert (target / "certificates" / "signer.key").read_text() == "certificates/signer.key"
    assert (mode(target / "secret.key"), mode(target)) == (0o600, 0o700)


def test_a_backup_in_the_bots_own_folder_does_not_copy_the_one_before(path: Path) -> None:
    migrate(path)
    (path.parent / "secret.key").write_text("key")
    target = path.parent / "backup"
    for _ in range(2):
        back_up(path, path.parent / "pictures", target)
        (target / path.name).unlink()
    assert inside(target) == {PICTURE_LIST, "secret.key"}


def test_without_a_bot_nothing_is_left_beside_the_database(path: Path, target: Path) -> None:
    migrate(path)
    with opened(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        insert(db, "lane", name="a", served=5)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    made = back_up(path, path.parent / "pictures", target)
    assert contents(made.database)["lane"] == contents(path)["lane"]
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


def test_a_missing_database_is_named(path: Path, target: Path) -> None:
    with pytest.raises(StorageError, match=r"no database at .*atelier\.db"):
        back_up(path, path.parent / "pictures", target)
    assert not target.exists()
    assert not path.exists()


def test_an_earlier_backup_is_not_overwritten(path: Path, target: Path) -> None:
    migrate(path)
    back_up(path, path.parent / "pictures", target)
    before = (target / path.name).read_bytes()
    with pytest.raises(StorageError, match="exists already; choose another folder"):
        back_up(path, path.parent / "pictures", target)
    assert (target / path.name).read_bytes() == before


def test_one_that_was_cut_off_is_made_anew(path: Path, target: Path) -> None:
    migrate(path)
    target.mkdir(parents=True)
    (target / f"{path.name}.unfinished").write_bytes(b"torn" * 1000)
    made = back_up(path, path.parent / "pictures", target)
    assert contents(made.database) == contents(path)
    assert inside(target) == {path.name, PICTURE_LIST}


def test_a_damaged_database_gives_no_backup(path: Path, target: Path) -> None:
    migrate(path)
    with opened(path) as db:
        for number in range(200):
            insert_job(db, number, 7)
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StorageError, match=r"damaged|malformed"):
        back_up(path, path.parent / "pictures", target)
    assert not (target / path.name).exists()


def test_a_target_that_cannot_be_written_is_named(path: Path, tmp_path: Path) -> None:
    migrate(path)
    (tmp_path / "file").write_text("where a folder should be")
    with pytest.raises(StorageError, match=r"cannot be written to .*file"):
        back_up(path, path.parent / "pictures", tmp_path / "file" / "backup")
