"""The picture files: whole or not there, named by content, swept when no job knows them."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from bot.errors import PictureGone, StorageError
from bot.storage.pictures import PictureStore


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
    with pytest.raises(StorageError, match="pictures cannot be written"):
        await PictureStore(tmp_path / "pictures").put(b"a picture")


async def test_a_sweep_deletes_old_orphans_and_nothing_else(store: PictureStore, tmp_path: Path) -> None:
    known, orphan, young = [await store.put(data) for data in (b"known", b"orphan", b"young")]
    unfinished = tmp_path / "pictures" / known[:2] / "tmpabc.part"
    unfinished.write_bytes(b"half a pict")
    hour_ago = time.time() - 3600
    for path in files(tmp_path):
        if path.stem != young:
            os.utime(path, (hour_ago, hour_ago))
    assert await store.sweep({known}, older_than_s=600) == 2
    assert {path.stem for path in files(tmp_path)} == {known, young}
    with pytest.raises(PictureGone):
        await store.get(orphan)


async def test_a_sweep_before_the_first_picture_finds_nothing(store: PictureStore) -> None:
    assert await store.sweep(set(), older_than_s=0) == 0
