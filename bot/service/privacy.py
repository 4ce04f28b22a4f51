"""What is known of a member: all of it handed over, or all of it gone."""

from __future__ import annotations

from bot.dispatch import Dispatcher
from bot.domain.privacy import Deleted, Export
from bot.service.asker import Asker
from bot.storage.jobs import JobQueue
from bot.storage.privacy import PrivacyStore

_ROOM = 200_000  # bytes of a file that are left to its frame


class Privacy:
    """Everybody may ask this of themselves, wherever they are, blocked or not."""

    def __init__(self, privacy: PrivacyStore, queue: JobQueue, dispatcher: Dispatcher) -> None:
        self._privacy, self._queue, self._dispatcher = privacy, queue, dispatcher

    async def export(self, asker: Asker) -> Export:
        """Everything that is stored of the asker, as large as Discord takes it."""
        return await self._privacy.export(asker.user_id, asker.upload_limit - _ROOM)

    async def delete(self, asker: Asker) -> Deleted:
        """Cancel what the asker has waiting, and delete everything that is stored of them."""
        for job in await self._queue.active_of_user(asker.user_id):
            self._dispatcher.ended(await self._queue.cancel(job.id))
        return await self._privacy.delete(asker.user_id)
