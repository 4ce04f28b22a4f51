"""Where a picture comes from: what it says itself, and whether it is one that was drawn here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from bot.domain.job import Job
from bot.domain.policy.actors import Action
from bot.domain.text import code
from bot.errors import BadRequest, NotAllowed
from bot.ingest import decoded
from bot.provenance import (
    MOST_BITS,
    Inspection,
    Signing,
    Trust,
    fingerprint_of,
    inspect,
    unsigned,
)
from bot.service.asker import Asker
from bot.service.finding import Finder
from bot.storage.fingerprints import FingerprintStore, Match

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A picture of a job that the asker may see; `bits` of its fingerprint differ, 0 to `MOST_BITS`."""

    job: Job
    cell: int
    bits: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`same` are the pictures that are this very file, `alike` those that look like it where there are none.

    `kept_secret` tells that it is this very file of a request that the asker may not know.
    """

    inspection: Inspection
    same: tuple[Sighting, ...] = ()
    alike: tuple[Sighting, ...] = ()
    kept_secret: bool = False

    @property
    def ours(self) -> bool:
        """Beyond doubt; what only looks like ours may be."""
        return bool(self.same) or self.kept_secret or self.inspection.manifest.trust is Trust.OURS


class Provenance:
    """`signing` is what pictures are signed with here, where they are."""

    def __init__(self, fingerprints: FingerprintStore, finder: Finder, signing: Signing | None) -> None:
        self._fingerprints, self._finder, self._signing = fingerprints, finder, signing

    async def look(self, asker: Asker, data: bytes, filename: str) -> Answer:
        """Where this file comes from. Raises `BadRequest` where it is no PNG, WebP or JPEG, and `StorageError`."""
        looks = await asyncio.to_thread(_looks, data, filename)
        inspection = await asyncio.to_thread(inspect, data, self._signing)
        matches = await self._fingerprints.by_sha256(sha256(unsigned(data)).hexdigest())
        if matches:
            same = await self._seen(asker, matches)
            return Answer(inspection, same, kept_secret=not same)
        near = await self._fingerprints.nearest(looks, MOST_BITS)
        return Answer(inspection, alike=await self._seen(asker, near))

    async def _seen(self, asker: Asker, matches: Iterable[Match]) -> tuple[Sighting, ...]:
        """The first few that the asker may see; the others are left out as if they were not there."""
        seen: list[Sighting] = []
        for match in matches:
            try:
                job = await self._finder.job(asker, match.job_id, Action.SHOW)
            except (NotAllowed, BadRequest):
                continue
            if _within_reach(asker, job):
                seen.append(Sighting(job, match.cell, match.bits))
        return tuple(seen[:_SHOWN])


def _within_reach(asker: Asker, job: Job) -> bool:
    """Whoever knows a job's id may have it shown; so it is given away in its own server only, and to its own member."""
    guild_id = job.order.place.guild_id
    same_guild = guild_id is not None and guild_id == asker.venue.guild_id
    return same_guild or job.order.user_id == asker.user_id or asker.actor.is_owner


def _looks(data: bytes, filename: str) -> int:
    return fingerprint_of(decoded(data, code(filename, 60)))
