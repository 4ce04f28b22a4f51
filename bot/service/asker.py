"""Who asks, and what they are told back."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.job import Job, Place
from bot.domain.policy.actors import Actor, Venue
from bot.domain.status import Waiting
from engine.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, and with which interaction. `upload_limit` is bytes; the place of a thread is the thread."""

    interaction_id: int
    actor: Actor
    venue: Venue
    place: Place
    locale: str
    upload_limit: int

    @property
    def user_id(self) -> int:
        return self.actor.user_id


@dataclass(frozen=True, slots=True)
class Spot:
    """One picture: a cell, from 0, of a job."""

    job_id: str
    cell: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A member's own picture, checked and stored; sides in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was written down, where it stands, and how it differs from what was said."""

    job: Job
    status: Waiting
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """Words that would become several requests and wait for a yes. `seconds` is the estimate for all, if known."""

    draft_id: str
    requests: int
    pictures: int
    seconds: float | None
    notes: tuple[Sentence, ...] = ()
