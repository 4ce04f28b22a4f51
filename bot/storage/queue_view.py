"""What anybody may ask of the queue; it changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.domain.job import Halt, Job, State, StoredPicture
from bot.domain.policy.actors import Usage
from bot.storage.database import Database, Value
from bot.storage.debits import Debit, read_usage
from bot.storage.rows import job_of, picture_of


class QueueView:
    """Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, job_id: str) -> Job | None:
        return await self._job("get", job_id=job_id)

    async def by_interaction(self, interaction_id: int, part: int = 0) -> Job | None:
        return await self._job("by_interaction", interaction_id=interaction_id, part=part)

    async def active_of_user(self, user_id: int) -> list[Job]:
        """The queued and running jobs of this member, oldest first."""
        return await self._jobs("active_of_user", user_id=user_id)

    async def unshown_of_user(self, user_id: int) -> list[Job]:
        """The ready jobs of this member, whose pictures are not shown yet, oldest first."""
        return await self._jobs("unshown_of_user", user_id=user_id)

    async def pictures(self, job_id: str) -> list[StoredPicture]:
        """The finished cells of a job that may be seen, by cell: neither withheld nor waiting for a moderator."""
        return [picture_of(row) for row in await self._database.reader.rows("pictures", job_id=job_id)]

    async def cells(self, job_id: str) -> list[StoredPicture]:
        """All finished cells of a job, by cell."""
        return [picture_of(row) for row in await self._database.reader.rows("cells", job_id=job_id)]

    async def needs(self, sha256: str) -> bool:
        """Whether a picture, a start of a request or a draft has this file."""
        files = json.dumps([sha256])
        return await self._database.reader.row("needless_files", files=files) is None

    async def queue(self) -> list[Job]:
        """The queued jobs in the order in which they will be claimed, those of paused guilds last."""
        return await self._jobs("queue")

    async def position(self, job_id: str) -> int | None:
        """Its place in `queue`, 1 is next; none when it is not queued."""
        row = await self._database.reader.row("position", job_id=job_id)
        return None if row is None else int(row["position"])

    async def counts(self) -> Mapping[State, int]:
        """How many jobs stand in each state."""
        found = {State(row["state"]): int(row["jobs"]) for row in await self._database.reader.rows("counts")}
        return {state: found.get(state, 0) for state in State}

    async def usage(self, debit: Debit, user_id: int, guild_id: int | None, lane: str) -> Usage:
        """What a member has used in this guild in the hour and the day of this debit, and what waits now."""
        return await self._database.reader.read(
            lambda connection: read_usage(connection, debit, user_id, guild_id, lane)
        )

    async def halt_of(self, guild_id: int) -> Halt | None:
        """How the guild's queue is stopped, if it is; guild 0 is direct messages."""
        row = await self._database.reader.row("halt_of", guild_id=guild_id)
        return None if row is None or row["halt"] is None else Halt(row["halt"])

    async def undelivered(self) -> list[Job]:
        """The ready jobs that may be shown, oldest first."""
        return await self._jobs("undelivered")

    async def held(self) -> list[Job]:
        """The ready jobs whose pictures wait for a moderator, oldest first."""
        return await self._jobs("held")

    async def unannounced(self) -> list[Job]:
        """The failed, cancelled and refused jobs whose message does not say so yet, oldest first."""
        return await self._jobs("unannounced")

    async def unwithdrawn(self) -> list[Job]:
        """The deleted jobs of which a message may still show pictures, oldest first."""
        return await self._jobs("unwithdrawn")

    async def _job(self, name: str, **values: Value) -> Job | None:
        row = await self._database.reader.row(name, **values)
        return None if row is None else job_of(row)

    async def _jobs(self, name: str, **values: Value) -> list[Job]:
        return [job_of(row) for row in await self._database.reader.rows(name, **values)]
