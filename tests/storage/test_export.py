"""A member's archive has every row that the database has of them, and nothing of anybody else's."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from bot.domain.privacy import Export
from bot.storage.database import Database
from bot.storage.pictures import PictureStore
from bot.storage.privacy import PrivacyStore
from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import Clock
from tests.storage.seeding import (
    GUILD,
    MODERATOR,
    NOW,
    contents,
    insert,
    insert_job,
    insert_picture,
    opened,
    settle,
)

ROOM = 10 * 2**20
USERS = [1_200_000_000_000_000_000 + number for number in range(20)]
SECTIONS = {
    "jobs": "job", "pictures": "picture", "reviews": "review", "takedowns": "takedown", "postings": "posting",
    "favourites": "favourite", "preferences": "preference", "shortcuts": "shortcut", "drafts": "draft",
    "reports": "report", "optouts": "optout", "rules": "rule", "blocks": "block", "debits": "debit",
    "lanes": "lane", "audit": "audit", "studio": "studio",
}  # fmt: skip
Rows = list[dict[str, Any]]


@pytest.fixture
def pictures(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def pseudonyms(tmp_path: Path) -> Pseudonyms:
    return Pseudonyms(tmp_path / "pseudonyms.key")


@pytest.fixture
def privacy(database: Database, pictures: PictureStore, pseudonyms: Pseudonyms, clock: Clock) -> PrivacyStore:
    return PrivacyStore(database, pictures, pseudonyms, clock)


def unpacked(export: Export) -> tuple[dict[str, Rows], list[dict[str, Any]], dict[str, bytes]]:
    """The rows by section, the lines about the files, and the pictures by name."""
    with ZipFile(io.BytesIO(export.archive)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files.pop("data.json")), json.loads(files.pop("files.json")), files


def as_stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the archive as the database has it."""
    stored = dict(row)
    for name, value in row.items():
        if name in ("style", "words", "value") and value is not None:
            stored[name] = json.dumps(value)
        elif isinstance(value, str) and (name in ("at", "until") or name.endswith(("_at", "_until"))):
            stored[name] = round(datetime.fromisoformat(value).timestamp() * 1000)
    return stored


def rows_of(path: Path, user_id: int, member: str) -> dict[str, Rows]:
    """What the tables have of a member, found without a statement of ours."""
    tables = contents(path)
    jobs = {row["id"] for row in tables["job"] if row["user_id"] == user_id}
    known = {user_id, member, f"{GUILD}:{member}"}
    found: dict[str, Rows] = {}
    for section, table in SECTIONS.items():
        by_job = table in ("picture", "review", "takedown", "posting")
        mine = [
            row for row in tables[table] if (row["job_id"] in jobs if by_job else known & {*row.values()})
        ]
        found[section] = [dict(row) for row in mine]
    for row in found["audit"]:
        row |= {name: None for name in ("actor_id", "target_id") if row[name] != user_id}
    return found


def ordered(rows: Rows) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


async def test_the_archives_of_twenty_members_have_all_their_rows_and_no_others(
    privacy: PrivacyStore, pictures: PictureStore, pseudonyms: Pseudonyms, path: Path
) -> None:
    files: dict[int, list[bytes]] = {}
    for place, user_id in enumerate(USERS):
        files[user_id] = [f"picture {cell} of {user_id}".encode() for cell in range(3)]
        stored = [await pictures.put(data) for data in files[user_id]]
        settle(path, pseudonyms, user_id, 1 + 3 * place, stored)
    for user_id in USERS:
        export = await privacy.export(user_id, ROOM)
        data, _, packed = unpacked(export)
        wanted = rows_of(path, user_id, pseudonyms.of(user_id))
        assert data.keys() == wanted.keys()
        for section, rows in wanted.items():
            assert rows or section == "studio"
            assert ordered([as_stored(row) for row in data[section]]) == ordered(rows), section
        assert sorted(packed.values()) == files[user_id]
        assert (export.pictures, export.left_out) == (3, 0)


async def test_it_can_be_read_by_a_person(
    privacy: PrivacyStore, pictures: PictureStore, pseudonyms: Pseudonyms, path: Path
) -> None:
    settle(path, pseudonyms, USERS[0], 1, [await pictures.put(b"a picture")])
    data, _, _ = unpacked(await privacy.export(USERS[0], ROOM))
    (job,) = data["jobs"]
    assert job["prompt"] == "the prompt of member 000, 1"
    assert job["finished_at"] == "2023-11-14T22:13:20.000+00:00"
    assert job["style"] == {"name": "ink", "prompt": "", "negative": "", "loras": []}
    assert data["drafts"][0]["words"] == {"prompt": "the draft of member 000"}


async def test_nobody_else_is_named_in_it(
    privacy: PrivacyStore, pictures: PictureStore, pseudonyms: Pseudonyms, path: Path
) -> None:
    for place, user_id in enumerate(USERS[:2]):
        settle(path, pseudonyms, user_id, 1 + place, [await pictures.put(b"%d" % user_id)])
    with opened(path) as db:
        theirs = {"guild_id": GUILD, "user_id": USERS[1], "created_at": NOW}
        insert(db, "report", job_id="job1", channel_id=3, message_id=1, reason="I saw it", **theirs)
    text = json.dumps(unpacked(await privacy.export(USERS[0], ROOM))[0])
    for secret in (str(USERS[1]), str(MODERATOR), pseudonyms.of(USERS[1]), "member 001", "I saw it"):
        assert secret not in text


async def test_the_pause_that_an_owner_ordered_is_theirs(privacy: PrivacyStore, path: Path) -> None:
    with opened(path) as db:
        insert(db, "studio", key="pause", value=json.dumps({"since": NOW, "by": USERS[0]}))
    found = [unpacked(await privacy.export(user_id, ROOM))[0]["studio"] for user_id in USERS[:2]]
    assert found == [[{"key": "pause", "value": {"since": NOW, "by": USERS[0]}}], []]


async def test_of_a_stranger_there_is_nothing(privacy: PrivacyStore) -> None:
    data, files, packed = unpacked(await privacy.export(404, ROOM))
    assert data.keys() == SECTIONS.keys()
    assert not any(data.values())
    assert files == []
    assert packed == {}


async def test_pictures_that_have_no_room_are_left_out_and_named_the_latest_first(
    privacy: PrivacyStore, pictures: PictureStore, pseudonyms: Pseudonyms, path: Path
) -> None:
    stored = [await pictures.put(bytes([number]) * 30_000) for number in range(8)]
    settle(path, pseudonyms, USERS[0], 1, stored)
    rows = len((await privacy.export(USERS[0], 0)).archive)
    for room in (0, 1000, 29_000, 40_000, 99_000, 200_000, 400_000):
        export = await privacy.export(USERS[0], rows + room)
        _, files, packed = unpacked(export)
        assert len(export.archive) <= rows + max(room, 100)
        there = [line["sha256"] for line in files if line["file"]]
        assert [line["sha256"] for line in files] == stored[::-1]
        assert there == stored[::-1][: len(there)]
        assert {f"pictures/{sha256}.png" for sha256 in there} == packed.keys()
        assert (export.pictures, export.left_out) == (len(there), 8 - len(there))
        assert all("no room" in line["missing"] for line in files if not line["file"])
        assert len(there) == min(8, room // 31_000), room


async def test_a_small_picture_takes_the_room_that_a_large_one_does_not_fit_into(
    privacy: PrivacyStore, pictures: PictureStore, pseudonyms: Pseudonyms, path: Path
) -> None:
    stored = [await pictures.put(bytes([number]) * size) for number, size in enumerate((10_000, 90_000))]
    settle(path, pseudonyms, USERS[0], 1, stored)
    rows = len((await privacy.export(USERS[0], 0)).archive)
    _, files, _ = unpacked(await privacy.export(USERS[0], rows + 20_000))
    assert [bool(line["file"]) for line in files] == [False, True]


async def test_it_says_which_pictures_are_gone_and_which_are_held_back(
    privacy: PrivacyStore, pictures: PictureStore, path: Path
) -> None:
    seen, held, start, mask, sketch = [await pictures.put(name.encode()) for name in "abcde"]
    gone = "0" * 64
    with opened(path) as db:
        for number, (sha256, state) in enumerate(
            [(seen, "delivered"), (held, "ready"), (gone, "delivered")], 1
        ):
            starts = {"image_sha256": start, "mask_sha256": mask} if number == 1 else {}
            insert_picture(db, insert_job(db, number, USERS[0], state=state, **starts), sha256)
        insert_picture(db, "job1", "", cell=1, flagged=1)
        insert(db, "review", job_id="job2", guild_id=GUILD, created_at=1)
        draft = json.dumps({"prompt": "x", "image_sha256": sketch, "mask_sha256": None})
        insert(db, "draft", id="draft", user_id=USERS[0], words=draft, created_at=1)
    _, files, packed = unpacked(await privacy.export(USERS[0], ROOM))
    missing = {line["sha256"]: line["missing"] for line in files}
    assert missing == dict.fromkeys((seen, start, mask, sketch)) | {
        held: "held back from everybody",
        gone: "no longer stored",
    }
    assert sorted(packed.values()) == [b"a", b"c", b"d", b"e"]
