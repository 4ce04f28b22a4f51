"""What a member may ask for: all that is stored of them, or that nothing is any more."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO

from bot.domain.privacy import Deleted, Export
from bot.errors import StorageError
from bot.storage.backup_shelf import BackupShelf
from bot.storage.database import Connection, Database, Value, in_transaction, open_as_it_is
from bot.storage.export import Packed, pack
from bot.storage.ids import new_id
from bot.storage.migrate import backups_of, check_schema, discard
from bot.storage.pictures import PictureStore
from bot.storage.pseudonyms import Pseudonyms

_log = logging.getLogger(__name__)


class PrivacyStore:
    """Knows every place of `HOLDINGS`. `now` gives UTC milliseconds; every method may raise `StorageError`.

    `forget` are called after a deletion: other stores have copies in memory of what it changes. `shelf` has backups
    that are cleaned like those beside the database.
    """

    def __init__(
        self,
        database: Database,
        pictures: PictureStore,
        pseudonyms: Pseudonyms,
        now: Callable[[], int],
        forget: Iterable[Callable[[], None]] = (),
        shelf: BackupShelf | None = None,
    ) -> None:
        self._database, self._pictures, self._pseudonyms, self._now = database, pictures, pseudonyms, now
        self._forget_copies, self._shelf = tuple(forget), shelf
        self._rewriting = asyncio.Lock()

    async def export(self, user_id: int, max_bytes: int) -> Export:
        """Everything that is stored of the member, with the latest of their pictures that `max_bytes` have room for."""
        out = io.BytesIO()
        packed = await self.write_export(out, user_id, max_bytes)
        return Export(out.getvalue(), packed.pictures, packed.left_out)

    async def write_export(self, out: IO[bytes], user_id: int, max_bytes: int) -> Packed:
        """The same archive, written into an empty file."""
        reader, member = self._database.reader, self._pseudonyms.of(user_id)
        stand_in = self._pseudonyms.stand_in(user_id)
        sections = {
            "jobs": await reader.rows("jobs_of", user_id=user_id),
            "pictures": await reader.rows("pictures_of", user_id=user_id),
            "reviews": await reader.rows("reviews_of", user_id=user_id),
            "takedowns": await reader.rows("takedowns_of", user_id=user_id),
            "postings": await reader.rows("postings_of", user_id=user_id),
            "favourites": await reader.rows("favourites_of", user_id=user_id),
            "preferences": await reader.rows("preferences", user_id=user_id),
            "shortcuts": await reader.rows("shortcuts_of", user_id=user_id),
            "drafts": await reader.rows("drafts_of", user_id=user_id),
            "reports": await reader.rows("reports_of", user_id=user_id),
            "optouts": await reader.rows("optouts_of", user_id=user_id),
            "rules": await reader.rows("rules_of", user_id=user_id, stand_in=stand_in),
            "blocks": await reader.rows("blocks_of", member=member),
            "debits": await reader.rows("debits_of", member=member),
            "lanes": await reader.rows("lanes_of", member=member),
            "audit": await reader.rows("audit_of", user_id=user_id),
            "studio": await reader.rows("pauses_of", user_id=user_id),
        }
        files = await reader.rows("files_of", user_id=user_id)
        hashes = [row["sha256"] for row in files]
        withheld = {row["sha256"] for row in files if row["own"] and not row["seen"]}
        found = await self._pictures.find(hashes)
        return await asyncio.to_thread(pack, out, sections, hashes, found, withheld, max_bytes)

    async def delete(self, user_id: int) -> Deleted:
        """Delete what is stored of the member, in the database, its log, its backups and the picture folder.

        Their jobs may be waiting or running: a worker of one finds that it has lost its lease. What stays, and why,
        stands in `HOLDINGS`. Backups of an older schema are deleted whole. It may be repeated where it was cut off,
        and where nothing is left to delete it keeps nobody waiting.
        """
        try:
            deleted = await self._delete_rows(user_id)
        finally:
            for forget in self._forget_copies:
                forget()
        await self._rewrite(self._database)
        copies = backups_of(self._database.path) + (await self._shelf.files() if self._shelf else [])
        backups = [await self._clean(copy, user_id) for copy in copies]
        return replace(deleted, backups_cleaned=backups.count(True), backups_deleted=backups.count(False))

    async def _delete_rows(self, user_id: int) -> Deleted:
        """A picture stays where others have drawn it too; what was only started from stays where others need it."""
        deleted, gone = await self._forget_member(user_id)
        found = await self._pictures.find(gone)
        return replace(deleted, files=len(await self._pictures.delete(found)))

    @in_transaction
    def _forget_member(self, connection: Connection, user_id: int) -> tuple[Deleted, list[str]]:
        """What was deleted, and the files that nothing needs any more."""
        files = connection.rows("files_of", user_id=user_id)
        pictures = connection.rows("pictures_of", user_id=user_id)
        jobs, anything = self._forget(connection, user_id)
        own = [row["sha256"] for row in files if row["own"]]
        starts = [row["sha256"] for row in files if not row["own"]]
        gone = connection.rows("unshown_files", files=json.dumps(own))
        gone += connection.rows("needless_files", files=json.dumps(starts))
        return Deleted(jobs, len(pictures), anything=anything), [row["sha256"] for row in gone]

    async def _clean(self, backup: Path, user_id: int) -> bool:
        """Whether the backup could be cleaned; where its schema is another, or it is damaged, it is deleted."""
        try:
            await asyncio.to_thread(check_schema, backup)
            async with open_as_it_is(backup) as database:
                await database.transaction(lambda connection: self._forget(connection, user_id))
                await self._rewrite(database)
        except StorageError as error:
            _log.warning(
                "deleted %s, since a member's data cannot be deleted from it: %s", backup.name, error
            )
            await asyncio.to_thread(discard, backup)
            return False
        return True

    async def _rewrite(self, database: Database) -> None:
        """Write the file anew where a deletion, even one that was cut off, has left bytes of what was deleted.

        Those that come together share it: whoever comes second finds that it is done.
        """
        async with self._rewriting:
            owed = await database.write("owed_rewriting")  # behind those who delete now: once does for all
            if owed is not None:
                await database.compact()
                await database.write("pay_rewriting", debt=owed["debt"])

    def _forget(self, connection: Connection, user_id: int) -> tuple[int, bool]:
        """The number of jobs that went, and whether anything did, for which the file is to be written anew."""
        (before,) = connection.rows("changes")
        jobs = self._forget_rows(connection, user_id)
        (after,) = connection.rows("changes")
        anything = after["changes"] != before["changes"]
        if anything:
            connection.rows("owe_rewriting", debt=new_id())
        return jobs, anything

    def _forget_rows(self, connection: Connection, user_id: int) -> int:
        """What refers to the member's jobs is changed first, while it is known whose they are."""
        whose: dict[str, Value] = {
            "user_id": user_id,
            "member": self._pseudonyms.of(user_id),
            "now": self._now(),
        }
        connection.rows("blank_blocks_of", **whose)
        connection.rows("blank_audit_of", **whose)
        connection.rows("blank_pauses_of", **whose)
        connection.rows("blank_reports_about", **whose)
        connection.rows("blank_children_of", **whose)
        connection.rows("forget_favourites_of", **whose)
        connection.rows("forget_preference_of", **whose)
        connection.rows("forget_shortcuts_of", **whose)
        connection.rows("forget_drafts_of", **whose)
        connection.rows("forget_reports_of", **whose)
        connection.rows("blank_optouts_of", **whose)
        connection.rows("forget_optouts_of", **whose)
        connection.rows("hide_rules_of", stand_in=self._pseudonyms.stand_in(user_id), **whose)
        connection.rows("cancel_jobs_of", **whose)
        return len(connection.rows("forget_jobs_of", **whose))
