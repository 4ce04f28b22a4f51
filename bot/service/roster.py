"""The seam to whoever knows the members: what they are and where, at this moment."""

from __future__ import annotations

from typing import Protocol

from bot.domain.job import Place
from bot.domain.policy.actors import Actor, Venue


class Roster(Protocol):
    """Raises `PostUncertain` where nobody can be asked now."""

    async def look_up(self, user_id: int, place: Place) -> tuple[Actor, Venue]:
        """The member with their roles and rights there; not `present` once they have left."""
