"""What moderators see and do: blocks, the review queue, takedowns, and the log of it all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.job import Job

EVERYWHERE = 0  # in place of a guild: all of them, and direct messages
MAX_OPEN_OPTOUTS = 5  # of one member


@dataclass(frozen=True, slots=True)
class Block:
    """A member who may not draw in this guild, `until` then in UTC milliseconds, or for good where that is none.

    `member` is the pseudonym; `user_id` is none of a member who had their data deleted.
    """

    member: str
    guild_id: int
    user_id: int | None
    until: int | None
    reason: str
    created_at: int

    def holds(self, now: int) -> bool:
        return self.until is None or self.until > now


class ItemKind(StrEnum):
    """Why moderators are asked; the values are the first letters of the items' ids."""

    HELD = "h"
    REPORT = "r"
    OPTOUT = "o"


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Something that waits for a moderator's yes or no.

    `text` is the prompt of a held job, the reason of a report, or the name not to be drawn by, with its `note`.
    `user_id` is who asked, reported or asks, none where they had their data deleted. The message is the one reported,
    or the held job's own.
    """

    kind: ItemKind
    id: str
    guild_id: int
    job_id: str | None
    user_id: int | None
    text: str
    note: str
    channel_id: int | None
    message_id: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of the review queue; `page` counts from 1, and `pages` is 1 where nothing waits."""

    items: list[ReviewItem]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Optout:
    """Somebody asks that nothing is drawn by this name in this guild."""

    user_id: int | None
    guild_id: int
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Takedown:
    """The jobs that were taken down, as they stand now, and the sha256 of the files that must go."""

    jobs: list[Job]
    files: list[str]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of an owner, admin or moderator; `target_id` is the member that it was about.

    Ids are none, and `detail` is empty, where the people have had their data deleted.
    """

    id: int
    at: int
    guild_id: int
    actor_id: int | None
    act: str
    target_id: int | None
    job_id: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the log; `more` says whether another follows."""

    entries: list[AuditEntry]
    more: bool
