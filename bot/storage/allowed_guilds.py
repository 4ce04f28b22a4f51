"""The guilds that the owner has opened the bot to."""

from __future__ import annotations

from collections.abc import Callable

from bot.storage.copies import Copies
from bot.storage.database import Database

_ALL = "all"


class AllowedGuilds:
    """Kept in memory, since every press asks. `now` gives UTC milliseconds; every method may raise `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        self._copies: Copies[str, frozenset[int]] = Copies(self._read)

    async def all(self) -> frozenset[int]:
        """Their ids."""
        return await self._copies.get(_ALL)

    async def allow(self, guild_id: int) -> bool:
        """Whether that changed anything."""
        with self._copies.changing():
            return await self._database.write("allow_guild", guild_id=guild_id, now=self._now()) is not None

    async def disallow(self, guild_id: int) -> bool:
        """Whether that changed anything."""
        with self._copies.changing():
            return await self._database.write("disallow_guild", guild_id=guild_id) is not None

    async def _read(self, _all: str) -> frozenset[int]:
        return frozenset(row["guild_id"] for row in await self._database.reader.rows("allowed_guilds"))
