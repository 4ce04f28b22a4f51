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
    read_parameters,
    unsigned,
)
from bot.service.asker import Asker
from bot.service.finding import Finder
from bot.storage.fingerprints import FingerprintStore, Match

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A picture of a job that the asker may see."""

    job: Job
    cell: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`same` are the pictures that are this very file, `alike` those that look like it where there are none.

    `untold` says that it is this very file, but of requests that the asker may not know, or not here.
    """

    inspection: Inspection
    same: tuple[Sighting, ...] = ()
    alike: tuple[Sighting, ...] = ()
    untold: bool = False

    @property
    def ours(self) -> bool:
        """Beyond doubt; what only looks like ours may be."""
        return bool(self.same) or self.untold or self.inspection.manifest.trust is Trust.OURS


class Provenance:
    """`signing` is what pictures are signed with here, where they are."""

    def __init__(self, fingerprints: FingerprintStore, finder: Finder, signing: Signing | None) -> None:
        self._fingerprints, self._finder, self._signing = fingerprints, finder, signing

    async def look(self, asker: Asker, data: bytes, filename: str) -> Answer:
        """Where this file comes from. Raises `BadRequest` where it is no PNG, WebP or JPEG, and `StorageError`."""
        looks = await asyncio.to_thread(_looks, data, filename)
        inspection = await asyncio.to_thread(inspect, data, self._signing)
        matches = await self._fingerprints.by_sha256(await asyncio.to_thread(_name, data))
        if matches:
            same = await self._seen(asker, matches)
            return Answer(inspection, same, untold=not same)
        near = await self._fingerprints.nearest(looks, MOST_BITS)
        return Answer(inspection, alike=await self._seen(asker, near))

    async def parameters(self, data: bytes) -> str:
        """What a PNG says about how it was made; empty where it says nothing or is none."""
        return await asyncio.to_thread(read_parameters, data)

    async def _seen(self, asker: Asker, matches: Iterable[Match]) -> tuple[Sighting, ...]:
        """The first few that the asker may see; the others are left out as if they were not there."""
        seen: list[Sighting] = []
        for match in matches:
            if len(seen) == _SHOWN:
                break
            try:
                job = await self._finder.job(asker, match.job_id, Action.SHOW)
            except (NotAllowed, BadRequest):
                continue
            if _within_reach(asker, job):
                seen.append(Sighting(job, match.cell))
        return tuple(seen)


def _within_reach(asker: Asker, job: Job) -> bool:
    """Whoever knows a job's id may have it shown; so it is given away in its own server only, and to its own member."""
    guild_id = job.order.place.guild_id
    same_guild = guild_id is not None and guild_id == asker.venue.guild_id
    return same_guild or job.order.user_id == asker.user_id or asker.actor.is_owner


def _name(data: bytes) -> str:
    """Under which it is stored, if it was drawn here."""
    return sha256(unsigned(data)).hexdigest()


def _looks(data: bytes, filename: str) -> int:
    return fingerprint_of(decoded(data, code(filename, 60)))
