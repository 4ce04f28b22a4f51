"""What a member finds again: their pictures page by page, what they have used, and what they found wrong."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.job import Job, StoredPicture


@dataclass(frozen=True, slots=True)
class Entry:
    """A job with its pictures, or with those of them that are looked for; never without any."""

    job: Job
    pictures: list[StoredPicture]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of several; `page` counts from 1, and `pages` is 1 where there is nothing to show."""

    entries: list[Entry]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What was drawn for a member, deleted pictures included; `seconds` is the engine's time."""

    pictures: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """A member finds a message wrong; `job_id` is none where no job of ours is known behind it."""

    user_id: int
    job_id: str | None
    guild_id: int | None
    channel_id: int
    message_id: int
    reason: str
