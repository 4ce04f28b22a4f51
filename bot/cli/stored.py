"""What the owner's commands of `keeping` do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from bot.cli.common import tell
from bot.errors import StorageError
from bot.service.stewardship import Keeping, shelf_of
from bot.settings import Settings
from bot.storage.backup import PICTURE_LIST, back_up
from bot.storage.database import open_database, open_to_read
from bot.storage.restore import restore
from bot.stores import DATABASE, PICTURES, open_stores
from bot.ui.keeping import kept

_MOST_MISSING = 20  # that are named


def write_backup(settings: Settings, target: Path) -> None:
    """While the bot goes on."""
    folder = settings.storage.folder
    written = back_up(folder / DATABASE, folder / PICTURES, target)
    size = f"{written.bytes / 2**20:.1f} MiB, checked"
    listed = f"{written.pictures} pictures of {folder / PICTURES} are listed in {target / PICTURE_LIST}"
    tell(f"{written.database}: {size}. {listed}.")


def bring_back(settings: Settings, source: Path, *, replace: bool) -> None:
    """A backup in the place of the database."""
    folder = settings.storage.folder
    back = restore(source, folder / DATABASE, folder / PICTURES, replace=replace)
    tell(f"{folder / DATABASE}: restored and checked, schema {back.schema}; keys: {back.keys}.")
    tell(*(f"Moved aside: {path}" for path in back.aside))
    tell(f"Pictures in {folder / PICTURES}: {back.present} are there, {len(back.missing)} are missing.")
    tell(*(f"  missing: {path}" for path in back.missing[:_MOST_MISSING]))
    if len(back.missing) > _MOST_MISSING:
        tell(f"  … and {len(back.missing) - _MOST_MISSING} more; {source / PICTURE_LIST} lists all.")


async def write_export(settings: Settings, user_id: int, out: Path) -> None:
    """Into a new file; the bot may be at work."""
    async with open_to_read(settings.storage.folder / DATABASE) as database:
        privacy = open_stores(database, settings).privacy
        with _new_file(out) as file:
            packed = await privacy.write_export(file, user_id, sys.maxsize)
    tell(f"{out}: {packed.rows} rows about the member {user_id}, and {packed.pictures} pictures.")


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """For its owner's eyes; nothing is left of it when it is not written to the end."""
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}; choose another file, such as their-data.zip."
        ) from error
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise


async def show_retention(settings: Settings) -> None:
    """The same as `/owner retention`; the bot may be at work."""
    async with open_to_read(settings.storage.folder / DATABASE) as database:
        stores = open_stores(database, settings)
        tell(*kept(Keeping(await stores.retention.outlook(), await shelf_of(stores.backups)), _local_time))


def _local_time(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000):%Y-%m-%d %H:%M}"


async def allow_guild(settings: Settings, guild_id: int | None, allow: bool) -> None:
    """Change the list, which needs the bot to rest, and show it."""
    path = settings.storage.folder / DATABASE
    if guild_id is not None:
        async with open_database(path) as database:
            stores = open_stores(database, settings)
            change = stores.allowed_guilds.allow if allow else stores.allowed_guilds.disallow
            if await change(guild_id):
                act = "owner allow guild" if allow else "owner disallow guild"
                await stores.audit.add(guild_id, None, act, detail="on the command line")
    async with open_to_read(path) as database:
        allowed = sorted(await open_stores(database, settings).allowed_guilds.all())
    tell(f"Servers on the list: {', '.join(map(str, allowed)) or 'none'}.")
    holds = "on this list only" if settings.discord.guilds == "listed" else 'everywhere, until it is "listed"'
    tell(f'discord.guilds is "{settings.discord.guilds}": the bot answers {holds}.')
