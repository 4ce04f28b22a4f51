"""The messages beside a job's own that show its pictures, so that they can be emptied with it."""

from __future__ import annotations

from bot.domain.job import Placeholder
from bot.storage.database import Database


class Postings:
    """Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, job_id: str, message: Placeholder) -> None:
        """This message shows pictures of the job, too."""
        await self._database.write(
            "insert_posting", job_id=job_id, channel_id=message.channel_id, message_id=message.message_id
        )

    async def of_job(self, job_id: str) -> list[Placeholder]:
        """The oldest first; without the job's own message."""
        rows = await self._database.reader.rows("postings_of_job", job_id=job_id)
        return [Placeholder(row["channel_id"], row["message_id"]) for row in rows]
