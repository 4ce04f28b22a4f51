"""What admins and moderators do to a server: whose right it is, and the log that knows of it."""

from __future__ import annotations

from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.powers import Power, demand
from bot.errors import BadRequest
from bot.service.asker import Asker
from bot.storage.moderation import AuditStore
from engine.sentence import say


def guild_of(asker: Asker, power: Power) -> int:
    """The server that this is about, where the asker has this power. Raises `NotAllowed` and `BadRequest`."""
    if asker.venue.guild_id is None:
        raise BadRequest(say("This is about a server; use it in one of its channels."))
    demand(asker.actor, power)
    return asker.venue.guild_id


def place_of(asker: Asker, power: Power) -> int:
    """The same, and `EVERYWHERE` for the bot's owner in a direct message: what is about no server at all."""
    if asker.venue.guild_id is None and asker.actor.is_owner:
        return EVERYWHERE
    return guild_of(asker, power)


class ActLog:
    """Members are named by `target_id` alone, so that they can be forgotten; `guild_id` is by default the asker's."""

    def __init__(self, audit: AuditStore) -> None:
        self._audit = audit

    async def note(
        self,
        asker: Asker,
        act: str,
        target_id: int | None = None,
        job_id: str | None = None,
        detail: str = "",
        guild_id: int | None = None,
    ) -> None:
        where = (asker.venue.guild_id or EVERYWHERE) if guild_id is None else guild_id
        await self._audit.add(where, asker.user_id, act, target_id, job_id, detail)
