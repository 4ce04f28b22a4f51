"""What members find again: the pictures of their jobs, their favourites, and what they have used."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from bot.domain.album import Entry, Page, Usage
from bot.domain.job import Job, StoredPicture
from bot.errors import BadRequest, PictureGone
from bot.storage.database import Connection, Database, Value, in_transaction
from bot.storage.rows import job_of, picture_of
from engine.sentence import say

_MOST_PAGES = 1_000_000


class AlbumStore:
    """`now` gives UTC milliseconds; every method may raise `StorageError`.

    A search finds a part of the prompt, of the negative prompt or of the model's name, in upper or lower case.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now

    async def history(self, user_id: int, search: str | None, page: int, size: int) -> Page:
        """The member's jobs with pictures, newest first, `size` a page; a page beyond the ends is the nearest."""
        rows = await self._database.reader.rows("history", **_wanted(user_id, search, page, size))
        pictures = await self._database.reader.rows("shown_of_jobs", job_ids=_ids(rows))
        return _page_of(rows, pictures, page, size)

    async def favourites(self, user_id: int, search: str | None, page: int, size: int) -> Page:
        """The pictures that the member keeps, by job, what was added last first; pages as in `history`."""
        rows = await self._database.reader.rows("favourites", **_wanted(user_id, search, page, size))
        pictures = await self._database.reader.rows("favourites_of_jobs", user_id=user_id, job_ids=_ids(rows))
        return _page_of(rows, pictures, page, size)

    @in_transaction
    def toggle_favourite(self, connection: Connection, user_id: int, job_id: str, cell: int) -> bool:
        """Whether the picture is a favourite of the member's now. Raises `PictureGone` where there is none."""
        values: dict[str, Value] = {"user_id": user_id, "job_id": job_id, "cell": cell}
        if connection.row("delete_favourite", **values):
            return False
        if connection.row("insert_favourite", now=self._now(), **values):
            return True
        raise PictureGone(say("The picture is no longer stored here."))

    async def keep(self, user_id: int, job_id: str, cell: int) -> None:
        """Make the picture a favourite of the member's, where it is there and none yet."""
        await self._database.write(
            "insert_favourite", now=self._now(), user_id=user_id, job_id=job_id, cell=cell
        )

    async def by_message(self, message_id: int) -> Job | None:
        """The job whose message this is, or whose pictures it shows."""
        row = await self._database.reader.row("by_message", message_id=message_id)
        return None if row is None else job_of(row)

    @in_transaction
    def remove(self, connection: Connection, job_id: str) -> None:
        """Take its pictures away for good, out of all favourites too; their files go with the next tidying.

        Raises `BadRequest` while it waits or runs: its worker would add more.
        """
        # Its message has the buttons a moment before it is written down that it has.
        connection.rows("withdraw_review", job_id=job_id)
        connection.rows("deliver", job_id=job_id)
        if connection.row("delete_job", job_id=job_id, now=self._now()) is None:
            raise BadRequest(say("This request is not done yet; cancel it first."))
        connection.rows("delete_pictures", job_id=job_id)

    async def usage(self, user_id: int, since_ms: int) -> Usage:
        """What the jobs that the member asked for since then have used so far."""
        (row,) = await self._database.reader.rows("usage", user_id=user_id, since=since_ms)
        return Usage(row["drawn"], row["spent"] / 1000)


def _wanted(user_id: int, search: str | None, page: int, size: int) -> dict[str, Value]:
    folded = search.strip().casefold() if search else ""
    before = min(max(page, 1), _MOST_PAGES) - 1
    return {"user_id": user_id, "search": folded or None, "before": before, "size": size}


def _ids(rows: Sequence[sqlite3.Row]) -> str:
    return json.dumps([row["id"] for row in rows])


def _page_of(rows: Sequence[sqlite3.Row], pictures: Sequence[sqlite3.Row], page: int, size: int) -> Page:
    """Jobs whose pictures went in between the two readings are left out."""
    cells: dict[str, list[StoredPicture]] = {}
    for picture in pictures:
        cells.setdefault(picture["job_id"], []).append(picture_of(picture))
    entries = [Entry(job_of(row), cells[row["id"]]) for row in rows if row["id"] in cells]
    found = rows[0]["found"] if rows else 0
    pages = max(1, -(-found // size))
    return Page(entries, min(max(page, 1), pages), pages)
