"""What the bot's owner keeps in order beside the machine: backups, what is kept how long, who is let in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.dispatch import Dispatcher
from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.powers import Power, demand
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog
from bot.service.herald import Herald
from bot.service.warden import Warden
from bot.storage.allowed_guilds import AllowedGuilds
from bot.storage.backup_shelf import BackupShelf
from bot.storage.retention import Outlook, Retention


@dataclass(frozen=True, slots=True)
class Shelf:
    """The backups in their folder: how many, their bytes, and when the oldest and the newest were made.

    Times are UTC milliseconds; one goes `keep_ms` after it was made. The newest stays, so there is `leaves_at`, when
    the next one goes, only where there are two.
    """

    folder: Path
    count: int
    bytes: int
    newest_at: int | None
    leaves_at: int | None
    keep_ms: int


@dataclass(frozen=True, slots=True)
class NewBackup:
    """A backup, its size in bytes, how many pictures belong to it, and the folder as it is now."""

    folder: Path
    bytes: int
    pictures: int
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is stored, and what goes when."""

    pictures: Outlook
    backups: Shelf


@dataclass(frozen=True, slots=True)
class GuestList:
    """The allowed servers, the names of those that the bot is in, and whether the settings ask about the list."""

    allowed: frozenset[int]
    names: Mapping[int, str]
    holds: bool


class Stewardship:
    """Every act is written into the log. Raises `NotAllowed` to all but owners, and `StorageError`."""

    def __init__(
        self,
        shelf: BackupShelf,
        retention: Retention,
        allowed_guilds: AllowedGuilds,
        log: ActLog,
        warden: Warden,
        dispatcher: Dispatcher,
        herald: Herald,
    ) -> None:
        self._shelf, self._retention, self._allowed_guilds = shelf, retention, allowed_guilds
        self._log, self._warden, self._dispatcher = log, warden, dispatcher
        self._herald = herald

    async def back_up(self, asker: Asker) -> NewBackup:
        """Copy the database and its keys, while all goes on."""
        demand(asker.actor, Power.OWN)
        made = await self._shelf.add()
        folder = made.database.parent
        await self._log.note(asker, "owner backup", detail=folder.name, guild_id=EVERYWHERE)
        return NewBackup(folder, made.bytes, made.pictures, await shelf_of(self._shelf))

    async def keeping(self, asker: Asker) -> Keeping:
        """What is kept how long."""
        demand(asker.actor, Power.OWN)
        return Keeping(await self._retention.outlook(), await shelf_of(self._shelf))

    async def guests(self, asker: Asker) -> GuestList:
        """Which servers the bot is opened to."""
        demand(asker.actor, Power.OWN)
        return GuestList(await self._allowed_guilds.all(), self._herald.guilds(), self._warden.listed)

    async def allow(self, asker: Asker, guild_id: int, *, allowed: bool) -> GuestList:
        """Open the bot to a server or close it; where it is closed, what waits there is refused in its turn."""
        demand(asker.actor, Power.OWN)
        change = self._allowed_guilds.allow if allowed else self._allowed_guilds.disallow
        if await change(guild_id):
            act = "owner allow guild" if allowed else "owner disallow guild"
            await self._log.note(asker, act, guild_id=guild_id)
            self._dispatcher.wake()
        return await self.guests(asker)


async def shelf_of(shelf: BackupShelf) -> Shelf:
    """How the folder of the backups looks."""
    kept = await shelf.look()
    return Shelf(
        folder=shelf.folder,
        count=len(kept),
        bytes=sum(backup.bytes for backup in kept),
        newest_at=kept[-1].at if kept else None,
        leaves_at=kept[0].at + shelf.keep_ms if len(kept) > 1 else None,
        keep_ms=shelf.keep_ms,
    )
