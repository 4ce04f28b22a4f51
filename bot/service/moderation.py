"""What moderators look at: pictures that wait for them, reports, names not to be drawn by, and takedowns."""

from __future__ import annotations

import logging

from bot.cells import Cell, load_cells
from bot.dispatch import Dispatcher
from bot.domain.album import Report
from bot.domain.job import Job, Placeholder, State
from bot.domain.moderation import EVERYWHERE, ItemKind, ReviewItem, ReviewPage
from bot.domain.policy.powers import Power, demand
from bot.domain.status import Ended
from bot.domain.text import code
from bot.errors import BadRequest, NotAllowed, PictureGone, PostRefused
from bot.provenance import Seal
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog, place_of
from bot.storage.album import AlbumStore
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.moderation import ReviewStore, TakedownStore
from bot.storage.pictures import PictureStore
from engine.sentence import say

_log = logging.getLogger(__name__)
_LONGEST_NAME = 80


class Moderation:
    """Every decision is written into the server's log. Raises `NotAllowed` and `BadRequest`."""

    def __init__(
        self,
        reviews: ReviewStore,
        takedowns: TakedownStore,
        log: ActLog,
        members: MemberStore,
        queue: JobQueue,
        pictures: PictureStore,
        album: AlbumStore,
        dispatcher: Dispatcher,
        seal: Seal | None,
    ) -> None:
        self._reviews, self._takedowns, self._log = reviews, takedowns, log
        self._members, self._album, self._queue, self._pictures = members, album, queue, pictures
        self._dispatcher, self._seal = dispatcher, seal

    # What members do

    async def report(self, report: Report) -> None:
        """Write down that a member finds a message wrong."""
        await self._members.report(report)
        _log.warning("message %s was reported", report.message_id)

    async def opt_out(self, asker: Asker, name: str, note: str) -> None:
        """Ask that nothing is drawn by this name here; moderators decide."""
        name = " ".join(name.split())
        if not 3 <= len(name) <= _LONGEST_NAME:
            raise BadRequest(say("A name has {low} to {high} characters.", low=3, high=_LONGEST_NAME))
        await self._reviews.add_optout(asker.user_id, asker.venue.guild_id or EVERYWHERE, name, note)

    # What moderators do

    async def items(self, asker: Asker, page: int) -> ReviewPage:
        """What waits for a yes or no in this server, one a page, the oldest first; pages count from 1."""
        return await self._reviews.open_items(place_of(asker, Power.MODERATE), page, 1)

    async def pictures(self, asker: Asker, item: ReviewItem) -> list[Cell]:
        """Those that an item is about; none where they cannot be shown, for it must be decided all the same."""
        demand(asker.actor, Power.MODERATE)
        cells = [] if item.job_id is None else await self._queue.cells(item.job_id)
        there = [each for each in cells if not each.withheld and await self._pictures.has(each.sha256)]
        try:
            return await load_cells(self._pictures, there, asker.upload_limit, self._seal)
        except (PictureGone, PostRefused) as error:
            _log.warning("pictures of item %s cannot be shown: %s", item.id, error.sentence)
            return []

    async def approve(self, asker: Asker, item_id: str) -> ReviewItem:
        """Show the held pictures; take the reported ones down; have the name refused from now on.

        Pictures of another server stay there: of them only the reported message is emptied.
        """
        return await self._decide(asker, item_id, approved=True)

    async def reject(self, asker: Asker, item_id: str) -> ReviewItem:
        """Never show the held pictures; leave the reported ones; let the name be drawn, also one approved before."""
        return await self._decide(asker, item_id, approved=False)

    async def take_down(self, asker: Asker, job_id: str) -> int:
        """Take a request's pictures away for good, and all that was made from them; the number of requests."""
        place_of(asker, Power.MODERATE)
        job = await self._queue.get(job_id)
        if job is None:
            raise BadRequest(say("I do not know this request any more; it may have been deleted."))
        if not _is_theirs(asker, job):
            demand(asker.actor, Power.OWN)
        return await self._take_down(asker, job)

    async def job_of_message(self, asker: Asker, message_id: int) -> Job:
        """The job whose message this is. Raises `BadRequest`."""
        place_of(asker, Power.MODERATE)
        job = await self._album.by_message(message_id)
        if job is None:
            raise BadRequest(say("This is no message of mine with pictures."))
        return job

    async def _take_down(self, asker: Asker, job: Job) -> int:
        guild_id = _home(job)
        taken = await self._takedowns.take_down(job.id, guild_id)
        for each in taken.jobs:
            self._dispatcher.withdraw(each, _TAKEN_DOWN)
        await self._pictures.delete(await self._pictures.find(taken.files))
        detail = f"{len(taken.jobs)} requests"
        await self._log.note(asker, "takedown", job_id=job.id, detail=detail, guild_id=guild_id)
        return len(taken.jobs)

    async def _decide(self, asker: Asker, item_id: str, *, approved: bool) -> ReviewItem:
        item = await self._item(asker, item_id)
        decide = {
            ItemKind.HELD: self._decide_held,
            ItemKind.REPORT: self._decide_report,
            ItemKind.OPTOUT: self._decide_optout,
        }
        if not await decide[item.kind](asker, item, approved):
            raise BadRequest(_DECIDED)
        act = f"review {'approve' if approved else 'reject'}"
        kind = item.kind.name.lower()
        detail = kind if item.job_id else f"{kind} {item.id}"
        await self._log.note(asker, act, job_id=item.job_id, detail=detail, guild_id=item.guild_id)
        return item

    async def _decide_held(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        reason = say("A moderator decided that these pictures are not shown.")
        job = await self._queue.decide_review(item.job_id or "", approved, reason)
        if job is not None:
            (self._dispatcher.deliver if approved else self._dispatcher.ended)(job)
        return job is not None

    async def _decide_report(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        job = await self._queue.get(item.job_id) if approved and item.job_id else None
        if job is not None and _is_theirs(asker, job):
            await self._take_down(asker, job)  # which answers every report about it
            return True
        decided = await self._reviews.decide_report(item.id, approved)
        if decided and job is not None and item.channel_id and item.message_id:
            self._dispatcher.empty(job, Placeholder(item.channel_id, item.message_id), _TAKEN_DOWN)
        return decided

    async def _decide_optout(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        if item.guild_id == EVERYWHERE and approved:
            raise BadRequest(
                say("Add the name {name} to `policy.names` in the settings.", name=code(item.text))
            )
        return await self._reviews.decide_optout(item.id, approved) is not None

    async def _item(self, asker: Asker, item_id: str) -> ReviewItem:
        guild_id = place_of(asker, Power.MODERATE)
        item = await self._reviews.item(item_id)
        if item is None:
            raise BadRequest(_DECIDED)
        if item.guild_id != guild_id and not asker.actor.is_owner:
            raise NotAllowed(say("This is about another server."))
        return item


_TAKEN_DOWN = Ended(State.REFUSED, say("A moderator took these pictures down."))
_DECIDED = say("This is decided already, or was taken back.")


def _home(job: Job) -> int:
    return job.order.place.guild_id or EVERYWHERE


def _is_theirs(asker: Asker, job: Job) -> bool:
    """Pictures are taken away by their own server's moderators; others may only empty a message in theirs."""
    return asker.actor.is_owner or _home(job) == asker.venue.guild_id
