"""What members set for themselves, left open or reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict

from bot.domain.album import Report
from bot.domain.preferences import MAX_SHORTCUTS, Preferences
from bot.domain.words import Words
from bot.errors import BadRequest
from bot.storage.copies import Copies
from bot.storage.database import Connection, Database, in_transaction
from bot.storage.ids import new_id
from bot.storage.rows import preferences_of
from engine.sentence import say

DRAFT_MS = 24 * 60 * 60_000  # so long words wait for their member's yes


class MemberStore:
    """Preferences are kept in memory. `now` gives UTC milliseconds; every method may raise `StorageError`."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database, self._now = database, now
        self.copies: Copies[int, Preferences] = Copies(self._read)

    async def preferences(self, user_id: int) -> Preferences:
        """Those of a member who never set any leave all to the studio."""
        return await self.copies.get(user_id)

    async def set_preferences(self, user_id: int, preferences: Preferences) -> None:
        with self.copies.changing():
            await self._database.write("set_preferences", user_id=user_id, **asdict(preferences))

    async def shortcuts(self, user_id: int) -> dict[str, str]:
        """The flags that each of the member's own names stands for, by name."""
        rows = await self._database.reader.rows("shortcuts", user_id=user_id)
        return {row["name"]: row["flags"] for row in rows}

    async def set_shortcut(self, user_id: int, name: str, flags: str) -> None:
        """Add it, or change what it stands for. Raises `BadRequest` where the member has too many."""
        kept = await self._database.write(
            "set_shortcut", user_id=user_id, name=name, flags=flags, most=MAX_SHORTCUTS
        )
        if kept is None:
            raise BadRequest(
                say("You have {most} options of your own, and more are not kept; delete one first.",
                    most=MAX_SHORTCUTS)
            )  # fmt: skip

    async def delete_shortcut(self, user_id: int, name: str) -> bool:
        """Whether there was one."""
        return await self._database.write("delete_shortcut", user_id=user_id, name=name) is not None

    @in_transaction
    def put_draft(self, connection: Connection, user_id: int, words: Words) -> str:
        """Keep words for a day, until their member says yes; the draft's id."""
        draft_id, now = new_id(), self._now()
        connection.rows("forget_drafts", before=now - DRAFT_MS)
        text = json.dumps(asdict(words))
        connection.rows("insert_draft", id=draft_id, user_id=user_id, words=text, now=now)
        return draft_id

    async def take_draft(self, draft_id: str, user_id: int) -> Words | None:
        """The words, once; none where they were taken before, are forgotten or are another member's."""
        row = await self._database.write("take_draft", draft_id=draft_id, user_id=user_id)
        return None if row is None else Words(**json.loads(row["words"]))

    async def report(self, report: Report) -> None:
        """Write it down; a second one of the same message by the same member replaces it, and is open again."""
        await self._database.write("insert_report", now=self._now(), **asdict(report))

    async def _read(self, user_id: int) -> Preferences:
        row = await self._database.reader.row("preferences", user_id=user_id)
        return Preferences() if row is None else preferences_of(row)
