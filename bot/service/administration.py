"""How admins keep order in their server: who is shut out, quotas, the order of its queue, and the log of it all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.dispatch import Dispatcher
from bot.domain.job import Halt, Job
from bot.domain.moderation import EVERYWHERE, AuditEntry, Block
from bot.domain.policy.powers import Power, demand
from bot.domain.status import Closed
from bot.errors import BadRequest
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog, guild_of
from bot.service.roster import Roster
from bot.service.warden import Warden
from bot.storage.debits import DebitStore
from bot.storage.jobs import JobQueue
from bot.storage.moderation import AuditStore, BlockStore
from bot.storage.pseudonyms import Pseudonyms
from engine.sentence import say

AUDIT_PAGE = 10
LONGEST_BLOCK_S = 366 * 86_400


@dataclass(frozen=True, slots=True)
class Health:
    """Whether there is a safety checker, how the server's queue is stopped, and why the whole studio is closed."""

    checks: bool
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
        checks: bool,
        now: Callable[[], int],
    ) -> None:
        self._blocks, self._debits, self._audit, self._log = blocks, debits, audit, log
        self._queue, self._dispatcher = queue, dispatcher
        self._warden, self._roster, self._pseudonyms = warden, roster, pseudonyms
        self._checks, self._now = checks, now

    # Members

    async def block(
        self, asker: Asker, user_id: int, seconds: int | None, reason: str, *, everywhere: bool
    ) -> int | None:
        """Shut a member out for a time or for good, and cancel what they have waiting; when the block ends."""
        guild_id = _scope(asker, everywhere=everywhere)
        if seconds is not None and not 0 < seconds <= LONGEST_BLOCK_S:
            raise BadRequest(say("A member can be shut out for 366 days at most, or for good."))
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
        return await self._blocks.blocks(guild_of(asker, Power.MODERATE))

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
        standing = await self._warden.standing(*await self._roster.look_up(user_id, asker.place))
        _, window = await self._warden.usage(standing)
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

    async def log(self, asker: Asker, page: int) -> list[AuditEntry]:
        """What was done in this server, the latest first; pages count from 1, and have `AUDIT_PAGE` entries."""
        return await self._audit.page(guild_of(asker, Power.ADMINISTER), page, AUDIT_PAGE)

    async def health(self, asker: Asker) -> Health:
        """What a check of this server finds on our side."""
        guild_id = guild_of(asker, Power.MODERATE)
        halt, waiting = await self._queue.halt_of(guild_id), await self._waiting(guild_id)
        return Health(self._checks, halt, self._dispatcher.line.closed(), len(waiting))

    async def _waiting(self, guild_id: int) -> list[Job]:
        return [job for job in await self._queue.queue() if job.order.place.guild_id == guild_id]


def _scope(asker: Asker, *, everywhere: bool) -> int:
    if not everywhere:
        return guild_of(asker, Power.MODERATE)
    demand(asker.actor, Power.OWN)
    return EVERYWHERE
