"""What is known of a member: all of it handed over, or all of it gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.dispatch import Dispatcher
from bot.domain.job import State
from bot.domain.privacy import Deleted, Export
from bot.errors import NotAllowed
from bot.service.asker import Asker
from bot.storage.jobs import JobQueue
from bot.storage.privacy import PrivacyStore
from engine.sentence import say

_DELETED = say("Whoever asked for it had their data deleted.")
_ROOM = 200_000  # bytes of a file that are left to its frame
_DELETE_EVERY_MS = 3_600_000  # all who write wait while a file is written anew


class Privacy:
    """Everybody may ask this of themselves, wherever they are, blocked or not. `now` gives UTC milliseconds."""

    def __init__(
        self, privacy: PrivacyStore, queue: JobQueue, dispatcher: Dispatcher, now: Callable[[], int]
    ) -> None:
        self._privacy, self._queue, self._dispatcher, self._now = privacy, queue, dispatcher, now
        self._deletions: dict[int, int] = {}

    async def export(self, asker: Asker) -> Export:
        """Everything that is stored of the asker, as large as Discord takes it."""
        return await self._privacy.export(asker.user_id, asker.upload_limit - _ROOM)

    async def delete(self, asker: Asker) -> Deleted:
        """Cancel what the asker has waiting, and delete everything that is stored of them; once an hour.

        Raises `NotAllowed`. One that failed, or found nothing, may be repeated at once.
        """
        self._begin(asker.user_id)
        deleted = None
        try:
            deleted = await self._delete(asker)
        finally:
            if deleted is None or not deleted.anything:
                self._deletions.pop(asker.user_id, None)
        return deleted

    def _begin(self, user_id: int) -> None:
        now = self._now()
        self._deletions = {user: at for user, at in self._deletions.items() if now < at + _DELETE_EVERY_MS}
        if user_id in self._deletions:
            again = (self._deletions[user_id] + _DELETE_EVERY_MS) // 1000
            raise NotAllowed(
                say("You have deleted your data within this hour; you can do it again {time}.",
                    time=f"<t:{again}:R>")
            )  # fmt: skip
        self._deletions[user_id] = now

    async def _delete(self, asker: Asker) -> Deleted:
        for job in await self._queue.active_of_user(asker.user_id):
            self._dispatcher.ended(await self._queue.cancel(job.id, by_member=True))
        for job in await self._queue.unshown_of_user(asker.user_id):
            if await self._queue.give_up(job.id, State.REFUSED, _DELETED):
                self._dispatcher.ended(replace(job, state=State.REFUSED, reason=_DELETED))
        return await self._privacy.delete(asker.user_id)
