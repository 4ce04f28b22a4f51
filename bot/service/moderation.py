"""What moderators look at: pictures that wait for them, reports, names not to be drawn by, and takedowns."""

from __future__ import annotations

import logging

from bot.cells import Cell, load_cells
from bot.dispatch import Dispatcher
from bot.domain.album import Report
from bot.domain.job import Job, State
from bot.domain.moderation import EVERYWHERE, ItemKind, ReviewItem, ReviewPage
from bot.domain.policy.layers import Layer
from bot.domain.policy.powers import Power, demand
from bot.domain.status import Ended
from bot.domain.text import code
from bot.errors import BadRequest, NotAllowed
from bot.provenance import Seal
from bot.service.asker import Asker
from bot.storage.album import AlbumStore
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.moderation import AuditStore, ReviewStore, TakedownStore
from bot.storage.pictures import PictureStore
from bot.storage.policies import PolicyStore
from bot.storage.postings import Postings
from engine.sentence import say

_log = logging.getLogger(__name__)
_LONGEST_NAME = 80


class Moderation:
    """Every decision is written into the server's log. Raises `NotAllowed` and `BadRequest`."""

    def __init__(
        self,
        reviews: ReviewStore,
        takedowns: TakedownStore,
        audit: AuditStore,
        policies: PolicyStore,
        members: MemberStore,
        queue: JobQueue,
        pictures: PictureStore,
        album: AlbumStore,
        postings: Postings,
        dispatcher: Dispatcher,
        seal: Seal | None,
    ) -> None:
        self._reviews, self._takedowns, self._audit = reviews, takedowns, audit
        self._policies, self._members = policies, members
        self._album, self._postings = album, postings
        self._queue, self._pictures, self._dispatcher = queue, pictures, dispatcher
        self._seal = seal

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
        return await self._reviews.open_items(_place(asker), page, 1)

    async def pictures(self, asker: Asker, item_id: str) -> tuple[ReviewItem, list[Cell]]:
        """An item with the pictures that it is about, as far as they are still there."""
        item = await self._item(asker, item_id)
        cells = [] if item.job_id is None else await self._queue.cells(item.job_id)
        there = [each for each in cells if not each.withheld and await self._pictures.has(each.sha256)]
        return item, await load_cells(self._pictures, there, asker.upload_limit, self._seal)

    async def approve(self, asker: Asker, item_id: str) -> ReviewItem:
        """Show the held pictures; take the reported ones down; have the name refused from now on."""
        return await self._decide(asker, item_id, approved=True)

    async def reject(self, asker: Asker, item_id: str) -> ReviewItem:
        """Never show the held pictures; leave the reported ones, or the name, as they are."""
        return await self._decide(asker, item_id, approved=False)

    async def take_down(self, asker: Asker, job_id: str) -> int:
        """Take a request's pictures away for good, and all that was made from them; the number of requests."""
        guild_id = _place(asker)
        job = await self._queue.get(job_id)
        if job is None:
            raise BadRequest(say("I do not know this request any more; it may have been deleted."))
        if (job.order.place.guild_id or EVERYWHERE) != guild_id:
            demand(asker.actor, Power.OWN)
        return await self._take_down(asker, job_id)

    async def job_of_message(self, asker: Asker, message_id: int) -> Job:
        """The job whose message this is. Raises `BadRequest`."""
        _place(asker)
        job = await self._album.by_message(message_id) or await self._postings.job(message_id)
        if job is None:
            raise BadRequest(say("This is no message of mine with pictures."))
        return job

    async def _take_down(self, asker: Asker, job_id: str) -> int:
        taken = await self._takedowns.take_down(job_id, asker.venue.guild_id or EVERYWHERE)
        await self._pictures.delete(await self._pictures.find(taken.files))
        for job in taken.jobs:
            self._dispatcher.withdraw(job, Ended(State.REFUSED, _TAKEN_DOWN))
        await self._note(asker, "takedown", job_id=job_id, detail=f"{len(taken.jobs)} requests")
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
        await self._note(asker, act, job_id=item.job_id, detail=item.kind.name.lower())
        return item

    async def _decide_held(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        reason = say("A moderator decided that these pictures are not shown.")
        job = await self._queue.decide_review(item.job_id or "", approved, reason)
        if job is not None:
            (self._dispatcher.deliver if approved else self._dispatcher.ended)(job)
        return job is not None

    async def _decide_report(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        if approved and item.job_id is not None:
            await self._take_down(asker, item.job_id)  # which answers every report about it
            return True
        return await self._reviews.decide_report(item.id, approved)

    async def _decide_optout(self, asker: Asker, item: ReviewItem, approved: bool) -> bool:
        if item.guild_id == EVERYWHERE and approved:
            raise BadRequest(
                say("Add the name {name} to `policy.names` in the settings.", name=code(item.text))
            )
        optout = await self._reviews.decide_optout(item.id, approved)
        if optout is not None and approved:
            await self._refuse_name(optout.guild_id, optout.name)
        return optout is not None

    async def _refuse_name(self, guild_id: int, name: str) -> None:
        here = [rule for rule in await self._policies.rules_for(guild_id) if rule.layer is Layer.GUILD]
        names = next((rule.value for rule in here if rule.setting == "names"), ())
        await self._policies.set(guild_id, Layer.GUILD, guild_id, "names", (*names, name))

    async def _item(self, asker: Asker, item_id: str) -> ReviewItem:
        guild_id = _place(asker)
        item = await self._reviews.item(item_id)
        if item is None:
            raise BadRequest(_DECIDED)
        if item.guild_id != guild_id and not asker.actor.is_owner:
            raise NotAllowed(say("This is about another server."))
        return item

    async def _note(self, asker: Asker, act: str, job_id: str | None = None, detail: str = "") -> None:
        where = asker.venue.guild_id or EVERYWHERE
        await self._audit.add(where, asker.user_id, act, None, job_id, detail)


_TAKEN_DOWN = say("A moderator took these pictures down.")
_DECIDED = say("This is decided already, or was taken back.")


def _place(asker: Asker) -> int:
    """The server whose order the asker keeps; 0 for the owner in a direct message."""
    demand(asker.actor, Power.MODERATE)
    return asker.venue.guild_id or EVERYWHERE
