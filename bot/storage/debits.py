"""What members' requests cost them: kept apart from the requests, so that nobody is rid of it by deleting them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.policy.actors import Usage
from bot.storage.database import Connection, Database
from bot.storage.ids import new_id
from bot.storage.rows import usage_of


@dataclass(frozen=True, slots=True)
class Debit:
    """What one request costs: `milliseconds` of the engine, estimated, of a member known by a keyed hash.

    The hour and the day that it counts in began at `hour_start` and `day_start`, in UTC milliseconds.
    """

    member: str
    milliseconds: int
    hour_start: int
    day_start: int


def read_usage(connection: Connection, debit: Debit, user_id: int, guild_id: int | None, lane: str) -> Usage:
    """What the member has used in the hour and the day of this debit, and what waits now."""
    (row,) = connection.rows(
        "used",
        member=debit.member,
        hour_start=debit.hour_start,
        day_start=debit.day_start,
        user_id=user_id,
        guild_id=guild_id or 0,
        lane=lane,
    )
    return usage_of(row)


class DebitStore:
    """`now` gives UTC milliseconds; guild 0 is direct messages; every method may raise `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now

    async def grant(self, member: str, guild_id: int, requests: int, milliseconds: int) -> None:
        """Let the member ask for so much more in this hour and this day."""
        await self._database.write(
            "insert_debit",
            id=new_id(),
            member=member,
            guild_id=guild_id,
            now=self._now(),
            requests=-requests,
            milliseconds=-milliseconds,
        )

    async def reset(self, member: str, guild_id: int, since: int) -> None:
        """Forget what the member has used, and was granted, since then."""
        await self._database.write("reset_debits", member=member, guild_id=guild_id, since=since)

    async def forget(self, before: int) -> None:
        """Forget what is older: no window reaches back so far."""
        await self._database.write("forget_debits", before=before)
