"""What the owner set while the bot ran: it outlasts a restart."""

from __future__ import annotations

import json
from dataclasses import asdict

from bot.domain.studio import Notice, Pause, StudioSettings
from bot.storage.database import Database

_NOTICE = "notice:"


class StudioState:
    """One row of JSON for each value that is set. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self) -> StudioSettings:
        """As they stand."""
        values = {row["key"]: json.loads(row["value"]) for row in await self._database.reader.rows("studio")}
        pause = values.get("pause")
        return StudioSettings(
            pause=None if pause is None else Pause(**pause),
            quiet_hours=values.get("quiet_hours"),
            memory_gib=values.get("memory_gib"),
        )

    async def set_pause(self, pause: Pause | None) -> None:
        """The GPU rests, or works again."""
        await self._set("pause", None if pause is None else asdict(pause))

    async def set_quiet_hours(self, quiet_hours: str | None) -> None:
        await self._set("quiet_hours", quiet_hours)

    async def set_memory_gib(self, memory_gib: float | None) -> None:
        await self._set("memory_gib", memory_gib)

    async def notices(self) -> list[Notice]:
        """Those that are on their way, in no order."""
        rows = await self._database.reader.rows("studio")
        return [Notice(**json.loads(row["value"])) for row in rows if row["key"].startswith(_NOTICE)]

    async def put_notice(self, notice: Notice) -> None:
        """It is on its way, so far."""
        await self._set(_NOTICE + notice.id, asdict(notice))

    async def drop_notice(self, notice: Notice) -> None:
        """It has been said everywhere."""
        await self._set(_NOTICE + notice.id, None)

    async def _set(self, key: str, value: object) -> None:
        if value is None:
            await self._database.write("reset_studio", key=key)
        else:
            await self._database.write("set_studio", key=key, value=json.dumps(value))
