"""What the owner does on the command line with all that is stored, with the bot at work where it may be."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.cli import stored
from bot.errors import StorageError
from bot.settings import DiscordSettings, Settings, StorageSettings
from bot.storage.backup import PICTURE_LIST, back_up
from bot.storage.database import locked
from bot.storage.migrate import migrate, shipped_migrations
from bot.storage.pictures import PictureStore, path_of
from bot.stores import DATABASE, PICTURES, open_shelf
from tests.cli.test_command_line import atelier
from tests.storage.seeding import contents, insert_job, insert_picture, opened

ADA, BEN = 2**61 + 7, 2**61 + 8


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a database of no requests."""
    settings = Settings(storage=StorageSettings(folder=tmp_path / "data"))
    settings.storage.folder.mkdir()
    migrate(settings.storage.folder / DATABASE)
    return settings


async def draw(settings: Settings, number: int, user_id: int) -> str:
    """A picture of this member's; the path of its file in the folder of pictures."""
    folder = settings.storage.folder
    sha256 = await PictureStore(folder / PICTURES).put(f"picture {number}".encode())
    with opened(folder / DATABASE) as database:
        insert_picture(database, insert_job(database, number, user_id), sha256)
    return str(path_of(sha256))


def test_a_backup_is_restored_only_where_the_owner_means_it(settings: Settings, tmp_path: Path) -> None:
    folder = settings.storage.folder
    back_up(folder / DATABASE, folder / PICTURES, tmp_path / "copy")
    with opened(folder / DATABASE) as database:
        insert_job(database, 1, ADA)
    refused = atelier(tmp_path, "restore", "copy")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "with --replace it is moved aside" in refused.stderr
    assert len(contents(folder / DATABASE)["job"]) == 1
    done = atelier(tmp_path, "restore", "copy", "--replace")
    assert done.returncode == 0, done.stderr
    (aside,) = re.findall(r"Moved aside: (.*)\n", done.stdout)
    assert (len(contents(folder / DATABASE)["job"]), len(contents(tmp_path / aside)["job"])) == (0, 1)
    assert "0 are there, 0 are missing." in done.stdout


async def test_a_restore_names_the_missing_pictures_some_of_many(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = settings.storage.folder
    paths = [await draw(settings, number, ADA) for number in range(30)]
    back_up(folder / DATABASE, folder / PICTURES, tmp_path / "copy")
    for path in paths[:25]:
        (folder / PICTURES / path).unlink()
    stored.bring_back(settings, tmp_path / "copy", replace=True)
    said = capsys.readouterr().out
    assert f"Pictures in {folder / PICTURES}: 5 are there, 25 are missing." in said
    named = re.findall(r"^  missing: (.*)$", said, re.MULTILINE)
    assert len(named) == 20
    assert set(named) <= set(paths[:25])
    assert f"… and 5 more; {tmp_path / 'copy' / PICTURE_LIST} lists all." in said


async def test_an_export_has_the_members_own_and_nothing_else_while_the_bot_runs(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, other = await draw(settings, 1, ADA), await draw(settings, 2, BEN)
    out = tmp_path / "ada.zip"
    with locked(settings.storage.folder / DATABASE):
        await stored.write_export(settings, ADA, out)
    assert "2 rows about the member" in capsys.readouterr().out
    with ZipFile(out) as archive:
        data = json.loads(archive.read("data.json"))
        files = [name for name in archive.namelist() if name.endswith(".png")]
    assert [job["user_id"] for job in data["jobs"]] == [ADA]
    assert files == [f"pictures/{Path(own).name}"]
    assert Path(other).name not in str(files)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


async def test_an_export_overwrites_nothing_and_a_failed_one_leaves_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "ada.zip"
    out.write_text("mine")
    with pytest.raises(StorageError, match=r"ada\.zip cannot be written: File exists; choose another file"):
        await stored.write_export(settings, ADA, out)
    assert out.read_text() == "mine"
    out.unlink()
    (settings.storage.folder / PICTURES).write_text("a file where the folder should be")
    await draw_without_file(settings)
    with pytest.raises(StorageError, match="picture folder"):
        await stored.write_export(settings, ADA, out)
    assert not out.exists()


async def draw_without_file(settings: Settings) -> None:
    with opened(settings.storage.folder / DATABASE) as database:
        insert_picture(database, insert_job(database, 1, ADA), "a" * 64)


async def test_an_older_schema_is_not_read_but_named(tmp_path: Path) -> None:
    settings = Settings(storage=StorageSettings(folder=tmp_path))
    with pytest.raises(StorageError, match="There is no database at"):
        await stored.show_retention(settings)
    migrate(tmp_path / DATABASE, shipped_migrations()[:-1])
    with pytest.raises(StorageError, match="run `atelier migrate` first"):
        await stored.show_retention(settings)


async def test_retention_is_shown_while_the_bot_runs(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await draw(settings, 1, ADA)
    await open_shelf(settings).add()
    with locked(settings.storage.folder / DATABASE):
        await stored.show_retention(settings)
    said = capsys.readouterr().out
    assert "Files with pictures: 1, 0.0 MiB of 20 GiB" in said
    assert re.search(r"the oldest was stored \d{4}-\d\d-\d\d \d\d:\d\d\.", said)
    assert re.search(r"\(`storage.backups`\): 1, ", said)


async def test_servers_are_let_in_while_the_bot_rests(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = settings.model_copy(update={"discord": DiscordSettings(guilds="listed")})
    for guild_id in (7, 5, 7):
        await stored.allow_guild(listed, guild_id, True)
    await stored.allow_guild(listed, 5, False)
    capsys.readouterr()
    path = settings.storage.folder / DATABASE
    with locked(path):
        await stored.allow_guild(listed, None, True)
        with pytest.raises(StorageError, match="Another Atelier is using"):
            await stored.allow_guild(listed, 9, True)
    said = capsys.readouterr().out
    assert "Servers on the list: 7." in said
    assert "answers on this list only" in said
    acts = [(row["guild_id"], row["actor_id"], row["act"]) for row in contents(path)["audit"]]
    assert acts == [
        (7, None, "owner allow guild"), (5, None, "owner allow guild"), (5, None, "owner disallow guild"),
    ]  # fmt: skip
