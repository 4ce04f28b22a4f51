"""A backup comes back whole or not at all, and what it takes the place of is moved aside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.backup import PICTURE_LIST, back_up
from bot.storage.database import locked, open_database
from bot.storage.migrate import Migration, backups_of, migrate, shipped_migrations
from bot.storage.pictures import PictureStore
from bot.storage.restore import Restored, restore
from tests.storage.seeding import contents, insert, insert_job, insert_picture, opened

SHIPPED = shipped_migrations()
EXTRA = Migration(
    len(SHIPPED) + 1, f"{len(SHIPPED) + 1:04}_extra.sql", "CREATE TABLE extra (a INTEGER) STRICT;"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A backup with a job and a key, of a folder that is no more."""
    database = tmp_path / "before" / "atelier.db"
    database.parent.mkdir()
    migrate(database)
    with opened(database) as db:
        insert_job(db, 1, 7)
    (database.parent / "certificates").mkdir()
    for name in ("secret.key", "certificates/signer.pem"):
        (database.parent / name).write_text(f"old {name}")
    back_up(database, database.parent / "pictures", tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where it comes back to; nothing is there."""
    return tmp_path / "data" / "atelier.db"


def bring_back(copy: Path, path: Path, *, replace: bool = False) -> Restored:
    return restore(copy, path, path.parent / "pictures", replace=replace)


def state(folder: Path) -> dict[str, bytes]:
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


async def test_a_backup_comes_back_with_its_keys_and_a_bot_opens_it(copy: Path, path: Path) -> None:
    assert bring_back(copy, path) == Restored(len(SHIPPED), 2, 0, (), ())
    assert contents(path) == contents(copy / path.name)
    assert (path.parent / "secret.key").read_text() == "old secret.key"
    assert (path.parent / "certificates" / "signer.pem").read_text() == "old certificates/signer.pem"
    assert state(path.parent).keys() == {path.name, "secret.key", "certificates/signer.pem"}
    async with open_database(path) as database:
        assert await database.reader.rows("jobs_of", user_id=7)


async def test_it_says_which_of_its_pictures_are_missing(tmp_path: Path, path: Path) -> None:
    database, pictures = tmp_path / "atelier.db", PictureStore(tmp_path / "pictures")
    migrate(database)
    stays, goes = await pictures.put(b"stays"), await pictures.put(b"goes")
    with opened(database) as db:
        insert_picture(db, insert_job(db, 1, 7), stays)
        insert_picture(db, "job1", goes, cell=1)
    back_up(database, tmp_path / "pictures", tmp_path / "copy")
    await pictures.delete(await pictures.find([goes]))
    back = restore(tmp_path / "copy", path, tmp_path / "pictures", replace=False)
    assert (back.present, back.missing) == (1, (f"{goes[:2]}/{goes}.png",))


def test_a_database_that_is_there_is_not_touched(copy: Path, path: Path) -> None:
    bring_back(copy, path)
    before = state(path.parent)
    with pytest.raises(StorageError, match="exists already; with --replace it is moved aside"):
        bring_back(copy, path)
    assert state(path.parent) == before


def test_with_replace_it_is_moved_aside_with_its_log_and_its_keys(copy: Path, path: Path) -> None:
    path.parent.mkdir()
    migrate(path)
    (path.parent / "secret.key").write_text("new key")
    with opened(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        insert(db, "lane", name="a", served=5)
        db.commit()
        kept = contents(path)
        back = bring_back(copy, path, replace=True)  # the one who wrote is still there, so that the log is
        assert contents(path) == contents(copy / path.name)
    key, database = back.aside
    assert [database] == backups_of(path)
    assert contents(database) == kept
    assert key.read_text() == "new key"
    assert (path.parent / "secret.key").read_text() == "old secret.key"


def test_a_damaged_database_is_moved_aside_unread(copy: Path, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"torn" * 1000)
    (aside,) = bring_back(copy, path, replace=True).aside
    assert aside.read_bytes() == b"torn" * 1000
    assert contents(path) == contents(copy / path.name)


def test_while_a_bot_runs_nothing_comes_back(copy: Path, path: Path) -> None:
    path.parent.mkdir()
    migrate(path)
    before = state(path.parent)
    with locked(path), pytest.raises(StorageError, match=r"Another Atelier is using .*Stop it first"):
        bring_back(copy, path, replace=True)
    assert state(path.parent) == before


def broken_pages(copy: Path) -> None:
    data = bytearray((copy / "atelier.db").read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    (copy / "atelier.db").write_bytes(data)


def broken_reference(copy: Path) -> None:
    with closing(sqlite3.connect(copy / "atelier.db", isolation_level=None)) as db:
        db.execute("INSERT INTO posting (message_id, channel_id, job_id) VALUES (1, 2, 'nobody')")


def no_database(copy: Path) -> None:
    (copy / "atelier.db").write_text("a shopping list, and a long one" * 100)


def empty(copy: Path) -> None:
    (copy / "atelier.db").write_bytes(b"")


def newer(copy: Path) -> None:
    migrate(copy / "atelier.db", [*SHIPPED, EXTRA])


def missing(copy: Path) -> None:
    (copy / "atelier.db").unlink()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (broken_pages, "damaged|malformed"),
        (broken_reference, "a row of posting refers to a missing row of job"),
        (no_database, "not a database"),
        (empty, "it is empty"),
        (newer, f"has schema {EXTRA.number}"),
        (missing, r"There is no atelier\.db in .*copy"),
    ],
)
def test_a_backup_that_cannot_be_used_changes_nothing(
    copy: Path, path: Path, harm: object, said: str
) -> None:
    path.parent.mkdir()
    migrate(path)
    before = state(path.parent)
    assert callable(harm)
    harm(copy)
    with pytest.raises(StorageError, match=said):
        bring_back(copy, path, replace=True)
    assert state(path.parent) == before


def test_one_of_an_older_schema_comes_back_and_the_next_start_migrates_it(tmp_path: Path, path: Path) -> None:
    old = tmp_path / "old" / "atelier.db"
    old.parent.mkdir()
    migrate(old, SHIPPED[:1])
    back_up_list = old.parent / PICTURE_LIST
    back_up_list.write_text("")
    assert bring_back(old.parent, path).schema == 1
    assert migrate(path) == SHIPPED[1:]


def test_a_plain_copy_of_the_folder_with_its_log_comes_back_too(copy: Path, path: Path) -> None:
    (copy / PICTURE_LIST).unlink()
    with opened(copy / path.name) as db:
        db.execute("PRAGMA journal_mode = WAL")
        insert(db, "lane", name="a", served=5)
        db.commit()
        bring_back(copy, path)
    assert contents(path)["lane"][-1]["served"] == 5
