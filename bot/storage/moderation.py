"""What moderators decide: blocks, the review queue, takedowns, and the log that is never shortened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Literal

from bot.domain.job import Job
from bot.domain.moderation import (
    EVERYWHERE,
    MAX_OPEN_OPTOUTS,
    AuditEntry,
    AuditPage,
    Block,
    ItemKind,
    Optout,
    ReviewItem,
    ReviewPage,
    Takedown,
)
from bot.errors import BadRequest, UnknownJob
from bot.storage.copies import Copies
from bot.storage.database import Connection, Database, Value, in_transaction
from bot.storage.pseudonyms import Pseudonyms
from bot.storage.rows import job_of, signed
from engine.sentence import say

_TAKEN_DOWN = say("A moderator took this request down.")
_MOST_PAGES = 1_000_000
_SAME_BITS = 2  # of 64 that a picture moves by when it is drawn again with other settings of no effect


class BlockStore:
    """Who may not draw, by pseudonym, so that deleting one's data lifts no block.

    A guild's blocks are kept in memory. `now` gives UTC milliseconds; every method may raise `StorageError`.
    """

    def __init__(self, database: Database, pseudonyms: Pseudonyms, now: Callable[[], int]) -> None:
        self._database, self._pseudonyms, self._now = database, pseudonyms, now
        self.copies: Copies[int, dict[str, Block]] = Copies(self._read)

    async def block(self, user_id: int, guild_id: int, until: int | None, reason: str) -> None:
        """In this guild or `EVERYWHERE`, until then or for good; it takes the place of one that there is."""
        member, now = self._pseudonyms.of(user_id), self._now()
        with self.copies.changing():
            await self._set_block(Block(member, guild_id, user_id, until, reason, now))

    @in_transaction
    def _set_block(self, connection: Connection, block: Block) -> None:
        connection.rows("forget_blocks", guild_id=block.guild_id, now=block.created_at)
        connection.rows("set_block", **asdict(block))

    async def unblock(self, user_id: int, guild_id: int) -> bool:
        """Whether there was a block that held; one that is set elsewhere stays."""
        member = self._pseudonyms.of(user_id)
        with self.copies.changing():
            row = await self._database.write("delete_block", member=member, guild_id=guild_id)
        return row is not None and (row["until"] is None or row["until"] > self._now())

    async def blocked_until(self, user_id: int, guild_id: int) -> int | Literal[False] | None:
        """When the longest block that holds here ends, none where it never does, false where there is none."""
        member, now = self._pseudonyms.of(user_id), self._now()
        here = [(await self.copies.get(guild)).get(member) for guild in {guild_id, EVERYWHERE}]
        ends = [block.until for block in here if block is not None and block.holds(now)]
        if not ends:
            return False
        return None if None in ends else max(end for end in ends if end is not None)

    async def blocks(self, guild_id: int) -> list[Block]:
        """Those set for this guild that still hold, the latest first."""
        now = self._now()
        return [block for block in (await self.copies.get(guild_id)).values() if block.holds(now)]

    async def _read(self, guild_id: int) -> dict[str, Block]:
        rows = await self._database.reader.rows("blocks", guild_id=guild_id)
        return {row["member"]: Block(**dict(row)) for row in rows}


class ReviewStore:
    """What waits for a moderator: held jobs, reports, and names that people ask not to be drawn by.

    Items have the ids `h:<job>`, `r:<number>` and `o:<number>`; guild 0 has those from direct messages. A guild's
    refused names are kept in memory. `now` gives UTC milliseconds; every method may raise `StorageError`.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        self._names: Copies[int, tuple[str, ...]] = Copies(self._read_names)

    async def open_items(self, guild_id: int, page: int, size: int) -> ReviewPage:
        """The oldest first, `size` a page; a page beyond the ends is the nearest."""
        before = min(max(page, 1), _MOST_PAGES) - 1
        rows = await self._database.reader.rows("open_items", guild_id=guild_id, before=before, size=size)
        pages = max(1, -(-(rows[0]["found"] if rows else 0) // size))
        return ReviewPage([_item_of(row) for row in rows], min(before + 1, pages), pages)

    async def item(self, item_id: str) -> ReviewItem | None:
        """None where there is no such item, or where it is decided; a name that was approved can be let go again."""
        kind, _, key = item_id.partition(":")
        row = await self._database.reader.row("open_item", kind=kind, key=key)
        return None if row is None else _item_of(row)

    async def decide_report(self, item_id: str, approved: bool) -> bool:
        """Whether it was still open. An approved report is one that was right."""
        return await self._database.write("decide_report", **self._decision(item_id, approved)) is not None

    async def decide_optout(self, item_id: str, approved: bool) -> Optout | None:
        """What was asked for; none where there was nothing to decide.

        An approved name is refused from now on; one that was approved before may be let go.
        """
        with self._names.changing():
            row = await self._database.write("decide_optout", **self._decision(item_id, approved))
        return None if row is None else Optout(row["user_id"], row["guild_id"], row["name"], row["note"])

    async def refused_names(self, guild_id: int) -> tuple[str, ...]:
        """The approved ones of this guild."""
        return await self._names.get(guild_id)

    @in_transaction
    def add_optout(self, connection: Connection, user_id: int, guild_id: int, name: str, note: str) -> None:
        """Ask that nothing is drawn by this name; asked again while it is open, the note is replaced.

        Raises `BadRequest` where it was decided before, or where the member has too many open ones.
        """
        asked: dict[str, Value] = {"user_id": user_id, "guild_id": guild_id, "name": name}
        (before,) = connection.rows("optouts_before", **asked)
        if before["decided"]:
            raise BadRequest(say("The moderators have decided about this name already; ask them why."))
        if before["open"] >= MAX_OPEN_OPTOUTS:
            raise BadRequest(
                say("You have {most} names waiting for the moderators, which is the most; wait for their answer.",
                    most=MAX_OPEN_OPTOUTS)
            )  # fmt: skip
        connection.rows("set_optout", note=note, now=self._now(), **asked)

    async def _read_names(self, guild_id: int) -> tuple[str, ...]:
        rows = await self._database.reader.rows("approved_names", guild_id=guild_id)
        return tuple(row["name"] for row in rows)

    def _decision(self, item_id: str, approved: bool) -> dict[str, Value]:
        return {"key": item_id.partition(":")[2], "approved": approved, "now": self._now()}


class TakedownStore:
    """Takes pictures away for good, with all that was made from them.

    `now` gives UTC milliseconds; every method may raise `StorageError`.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now

    @in_transaction
    def take_down(self, connection: Connection, job_id: str, guild_id: int) -> Takedown:
        """Take down the job, what was made from it, and every other job that shows one of these pictures.

        Those that wait or run are cancelled, and those that are not shown yet refused. The pictures of the job and
        of what was made from it are remembered; the caller empties the messages and deletes the files. Raises
        `UnknownJob`.
        """
        now = self._now()
        family = _ids(connection.rows("family", job_id=job_id))
        banned = [row["sha256"] for row in connection.rows("pictures_of_jobs", job_ids=family)]
        noted = json.dumps(sorted({sha256 for sha256 in banned if sha256}))
        twins = connection.rows("jobs_with_pictures", files=noted)
        jobs = json.dumps(sorted({*json.loads(family), *(row["job_id"] for row in twins)}))
        connection.rows("note_takedown", files=noted, job_id=job_id, guild_id=guild_id, now=now)
        files = json.dumps([row["sha256"] for row in connection.rows("files_of_jobs", job_ids=jobs)])
        taken = self._remove(connection, jobs, now)
        gone = connection.rows("needless_files", files=files)
        if not taken:
            raise UnknownJob(say("There is no request {id}; it may have been deleted.", id=job_id))
        return Takedown(taken, sorted({*json.loads(noted), *(row["sha256"] for row in gone)}))

    async def is_taken_down(self, sha256: str, fingerprint: int) -> bool:
        """Whether a picture of this file, or one that looks the same, may not be shown again."""
        row = await self._database.reader.row(
            "taken_down", sha256=sha256, fingerprint=signed(fingerprint), most_bits=_SAME_BITS
        )
        return row is not None

    def _remove(self, connection: Connection, jobs: str, now: int) -> list[Job]:
        connection.rows("stop_jobs", job_ids=jobs, now=now)
        connection.rows("reject_reviews", job_ids=jobs, now=now)
        connection.rows("approve_reports", job_ids=jobs, now=now)
        connection.rows("delete_pictures_of_jobs", job_ids=jobs)
        deleted = connection.rows("delete_jobs", job_ids=jobs, reason=_TAKEN_DOWN, now=now)
        return [job_of(row) for row in deleted]


class AuditStore:
    """Every act of owners, admins and moderators; the database itself refuses to change or delete one.

    `now` gives UTC milliseconds; every method may raise `StorageError`.
    """

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now

    async def add(
        self,
        guild_id: int,
        actor_id: int | None,
        act: str,
        target_id: int | None = None,
        job_id: str | None = None,
        detail: str = "",
    ) -> None:
        """Write an act down; guild 0 is the whole studio, and no actor the command line.

        Name members by `target_id` only, never in `detail`.
        """
        await self._database.write(
            "insert_audit",
            now=self._now(),
            guild_id=guild_id,
            actor_id=actor_id,
            act=act,
            target_id=target_id,
            job_id=job_id,
            detail=detail,
        )

    async def page(
        self, guild_id: int, page: int, size: int, act: str | None = None, member: int | None = None
    ) -> AuditPage:
        """The latest first, `size` a page from 1 on; where they are named, of one act, and by or about one member."""
        offset = (min(max(page, 1), _MOST_PAGES) - 1) * size
        rows = await self._database.reader.rows(
            "audit", guild_id=guild_id, act=act, member=member, size=size + 1, offset=offset
        )
        return AuditPage([AuditEntry(**dict(row)) for row in rows[:size]], len(rows) > size)

    async def acts(self, guild_id: int) -> list[str]:
        """What was done there at all."""
        rows = await self._database.reader.rows("audited_acts", guild_id=guild_id)
        return [row["act"] for row in rows]


def _item_of(row: sqlite3.Row) -> ReviewItem:
    kind = ItemKind(row["kind"])
    return ReviewItem(
        kind=kind,
        id=f"{kind}:{row['key']}",
        guild_id=row["guild_id"],
        job_id=row["job_id"],
        user_id=row["user_id"],
        text=row["text"],
        note=row["note"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        created_at=row["created_at"],
    )


def _ids(rows: Iterable[sqlite3.Row]) -> str:
    return json.dumps([row["id"] for row in rows])
