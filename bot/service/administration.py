"""How admins keep order in their server: who is shut out, quotas, the order of its queue, and the log of it all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from bot.dispatch import Dispatcher
from bot.domain.job import Halt, Job
from bot.domain.moderation import EVERYWHERE, AuditPage, Block
from bot.domain.policy.powers import Power, demand, demand_above
from bot.domain.policy.windows import windows
from bot.domain.status import Closed
from bot.errors import BadRequest
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog, guild_of, place_of
from bot.service.roster import Roster
from bot.service.warden import Warden
from bot.storage.debits import DebitStore
from bot.storage.jobs import JobQueue
from bot.storage.moderation import AuditStore, BlockStore
from bot.storage.pseudonyms import Pseudonyms
from engine.errors import EngineError
from engine.executor import Executor
from engine.sentence import say

_AUDIT_PAGE = 10  # acts
_PATIENCE_S = 60.0  # a model may be on its way into the memory
LONGEST_BLOCK_S = 366 * 86_400


class Checker(Enum):
    """What is to be said of the safety checker."""

    WORKS = "works"
    NOT_FETCHED = "is fetched at its first use"
    NOT_NAMED = "is named nowhere"
    BROKEN = "cannot be used"
    BUSY = "cannot be asked now"


@dataclass(frozen=True, slots=True)
class Health:
    """The safety checker with the reason where it is broken, how the server's queue is stopped, and why the whole
    studio is closed."""

    checker: Checker
    reason: str
    halt: Halt | None
    closed: Closed | None
    waiting: int


class Administration:
    """Every act is written into the server's log. Raises `NotAllowed` and `BadRequest`."""

    def __init__(
        self,
        blocks: BlockStore,
        debits: DebitStore,
        audit: AuditStore,
        log: ActLog,
        queue: JobQueue,
        dispatcher: Dispatcher,
        warden: Warden,
        roster: Roster,
        pseudonyms: Pseudonyms,
        *,
        engine: Executor,
        now: Callable[[], int],
    ) -> None:
        self._blocks, self._debits, self._audit, self._log = blocks, debits, audit, log
        self._queue, self._dispatcher = queue, dispatcher
        self._warden, self._roster, self._pseudonyms = warden, roster, pseudonyms
        self._engine, self._now = engine, now

    # Members

    async def block(
        self, asker: Asker, user_id: int, seconds: int | None, reason: str, *, everywhere: bool
    ) -> int | None:
        """Shut out a member who stands below the asker, for a time or for good, and cancel what they have waiting.

        Returns when the block ends. Raises `PostUncertain` where nobody can say who the member is.
        """
        guild_id = _scope(asker, everywhere=everywhere)
        if seconds is not None and not 0 < seconds <= LONGEST_BLOCK_S:
            raise BadRequest(say("A member can be shut out for 366 days at most, or for good."))
        target, _ = await self._roster.look_up(user_id, asker.place)
        demand_above(asker.actor, target)
        until = None if seconds is None else self._now() + seconds * 1000
        await self._blocks.block(user_id, guild_id, until, reason)
        act = "block" if until is None else "timeout"
        length = "" if seconds is None else f"{seconds // 60} min"
        detail = ": ".join(part for part in (length, reason) if part)
        await self._log.note(asker, act, user_id, detail=detail, guild_id=guild_id)
        for job in await self._queue.active_of_user(user_id):
            if guild_id in (EVERYWHERE, job.order.place.guild_id):
                self._dispatcher.ended(await self._queue.cancel(job.id))
        return until

    async def unblock(self, asker: Asker, user_id: int, *, everywhere: bool) -> None:
        guild_id = _scope(asker, everywhere=everywhere)
        if not await self._blocks.unblock(user_id, guild_id):
            raise BadRequest(say("This member is not blocked here."))
        await self._log.note(asker, "unblock", user_id, guild_id=guild_id)

    async def blocks(self, asker: Asker) -> list[Block]:
        """Those of this server that hold, the latest first."""
        return await self._blocks.blocks(place_of(asker, Power.MODERATE))

    async def grant(self, asker: Asker, user_id: int, requests: int, seconds: int) -> None:
        """Give a member more for the present hour and day."""
        guild_id = guild_of(asker, Power.ADMINISTER)
        if requests <= 0 and seconds <= 0:
            raise BadRequest(say("Say how many requests or seconds more, such as 5."))
        await self._debits.grant(self._pseudonyms.of(user_id), guild_id, requests, seconds * 1000)
        await self._log.note(asker, "quota grant", user_id, detail=f"{requests} requests, {seconds} s")

    async def reset_quota(self, asker: Asker, user_id: int) -> None:
        """What a member has used today counts no more."""
        guild_id = guild_of(asker, Power.ADMINISTER)
        here = await self._warden.standing(asker.actor, asker.venue)  # a server has one time zone for all
        window = windows(self._now(), here.rules.timezone)
        since = min(window.hour_start, window.day_start)
        await self._debits.reset(self._pseudonyms.of(user_id), guild_id, since)
        await self._log.note(asker, "quota reset", user_id)

    # Queue

    async def halt(self, asker: Asker, halt: Halt | None) -> None:
        """Pause the drawing for this server, or take nothing new, or go on as usual."""
        guild_id = guild_of(asker, Power.ADMINISTER)
        await self._queue.halt(guild_id, halt)
        await self._log.note(asker, f"queue {halt or 'resumed'}")
        self._dispatcher.wake()

    async def clear(self, asker: Asker) -> int:
        """Cancel everything that waits in this server; the number of requests."""
        jobs = await self._queue.clear(guild_of(asker, Power.ADMINISTER))
        for job in jobs:
            self._dispatcher.ended(job)
        await self._log.note(asker, "queue clear", detail=f"{len(jobs)} requests")
        return len(jobs)

    async def move(self, asker: Asker, job_id: str, *, first: bool) -> None:
        """Before or behind all that waits in this server."""
        guild_id = guild_of(asker, Power.ADMINISTER)
        job = await self._queue.get(job_id)
        if job is None or job.order.place.guild_id != guild_id or not await self._queue.move(job_id, first):
            raise BadRequest(say("No such request waits in this server; choose one that is offered."))
        await self._log.note(asker, "queue move", job_id=job_id, detail="first" if first else "last")
        self._dispatcher.wake()

    async def waiting(self, asker: Asker) -> list[Job]:
        """What waits in this server, in its turn."""
        return await self._waiting(guild_of(asker, Power.ADMINISTER))

    # What there is to look at

    async def log(
        self, asker: Asker, page: int, act: str | None = None, member: int | None = None
    ) -> AuditPage:
        """What was done in this server, the latest first; pages count from 1.

        Where they are named, of one act, and by or about one member.
        """
        guild_id = place_of(asker, Power.ADMINISTER)
        if act is not None and act not in await self._audit.acts(guild_id):
            raise BadRequest(say("Nothing of this kind was done here; choose an act that is offered."))
        return await self._audit.page(guild_id, page, _AUDIT_PAGE, act, member)

    async def acts(self, asker: Asker) -> list[str]:
        """What was done in this server at all."""
        return await self._audit.acts(place_of(asker, Power.ADMINISTER))

    async def health(self, asker: Asker) -> Health:
        """What a check of this server finds on our side."""
        guild_id = guild_of(asker, Power.MODERATE)
        halt, waiting = await self._queue.halt_of(guild_id), await self._waiting(guild_id)
        checker, reason = await self._checker()
        return Health(checker, reason, halt, self._dispatcher.line.closed(), len(waiting))

    async def _checker(self) -> tuple[Checker, str]:
        """Tried out as the first picture that is to be checked would."""
        if not self._engine.has_checker:
            return Checker.NOT_NAMED, ""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                here = await self._engine.try_checker()
        except TimeoutError:
            return Checker.BUSY, ""
        except EngineError as error:
            return Checker.BROKEN, error.sentence
        return (Checker.WORKS if here else Checker.NOT_FETCHED), ""

    async def _waiting(self, guild_id: int) -> list[Job]:
        return [job for job in await self._queue.queue() if job.order.place.guild_id == guild_id]


def _scope(asker: Asker, *, everywhere: bool) -> int:
    if not everywhere:
        return guild_of(asker, Power.MODERATE)
    demand(asker.actor, Power.OWN)
    return EVERYWHERE
