"""The picture files: whole or not there, named by content."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from bot.errors import PictureGone, StorageError
from bot.storage.pictures import PictureStore, StoredFile


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_a_picture_comes_back_and_is_named_by_its_content(store: PictureStore, tmp_path: Path) -> None:
    name = await store.put(b"a picture")
    assert name == sha256(b"a picture").hexdigest()
    assert await store.get(name) == b"a picture"
    assert files(tmp_path) == [tmp_path / "pictures" / name[:2] / f"{name}.png"]


async def test_equal_pictures_are_one_file(store: PictureStore, tmp_path: Path) -> None:
    assert await store.put(b"a picture") == await store.put(b"a picture")
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "0" * 62 + "/."])
async def test_a_picture_that_is_not_stored_is_gone(store: PictureStore, name: str) -> None:
    with pytest.raises(PictureGone, match="no longer stored"):
        await store.get(name)


async def test_a_damaged_picture_is_gone_until_it_is_put_again(store: PictureStore, tmp_path: Path) -> None:
    name = await store.put(b"a picture")
    files(tmp_path)[0].write_bytes(b"a pict")
    with pytest.raises(PictureGone):
        await store.get(name)
    await store.put(b"a picture")
    assert await store.get(name) == b"a picture"


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="picture folder cannot be used: Not a directory"):
        await PictureStore(tmp_path / "pictures").put(b"a picture")


async def test_a_file_is_found_with_its_size_and_age(store: PictureStore, tmp_path: Path) -> None:
    name = await store.put(b"a picture")
    (path,) = files(tmp_path)
    os.utime(path, (1000, 2000.5))
    assert await store.files() == [StoredFile(path, 9, 2_000_500)]
    assert (await store.files())[0].sha256 == name
    assert await store.has(name)
    assert not await store.has("0" * 64)
    assert not await store.has("../../etc/passwd")


async def test_reading_a_picture_leaves_its_age_and_putting_it_again_renews_it(store: PictureStore) -> None:
    name = await store.put(b"a picture")
    (new,) = await store.files()
    os.utime(new.path, (1000, 1000))
    (old,) = await store.files()
    await store.get(name)
    assert await store.files() == [old]
    await store.put(b"a picture")
    (renewed,) = await store.files()
    assert renewed.stored_at >= new.stored_at > old.stored_at


async def test_a_picture_that_is_put_again_before_it_is_deleted_stays(store: PictureStore) -> None:
    for data in (b"kept", b"deleted"):
        await store.put(data)
    found = await store.files()
    for file in found:
        os.utime(file.path, (1000, 1000))
    found = await store.files()
    kept = await store.put(b"kept")
    deleted = await store.delete(found)
    assert [file.sha256 for file in deleted] == [sha256(b"deleted").hexdigest()]
    assert [file.sha256 for file in await store.files()] == [kept]
    assert await store.delete(deleted) == []


async def test_pictures_are_found_by_name_in_the_order_asked_for(store: PictureStore) -> None:
    names = [await store.put(data) for data in (b"first", b"second", b"third")]
    found = await store.find([names[2], "0" * 64, names[0], "../secret", ""])
    assert [(file.sha256, file.bytes) for file in found] == [(names[2], 5), (names[0], 5)]
    assert await store.delete(found) == found
    assert [await store.has(name) for name in names] == [False, True, False]
