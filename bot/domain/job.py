"""A job: one member's request for up to four pictures, and the states it may pass through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.drawing import Drawing
from bot.domain.safety import Safety


class State(StrEnum):
    """Where a job stands; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"  # every picture is stored, none is shown yet
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class Origin(StrEnum):
    """What a member did to get a job; all but the first two and `BLEND` are made from a picture of another job."""

    IMAGINE = "imagine"
    BLEND = "blend"
    REROLL = "reroll"
    REDRAW = "redraw"  # the same pictures again, after their files have expired
    REMIX = "remix"
    VARY_SUBTLE = "vary_subtle"
    VARY_STRONG = "vary_strong"
    VARY_REGION = "vary_region"
    ZOOM = "zoom"
    SQUARE = "square"
    PAN = "pan"
    UPSCALE = "upscale"


class Halt(StrEnum):
    """How a guild's queue was stopped."""

    PAUSED = "paused"  # nothing of it is drawn
    DRAINING = "draining"  # what waits is drawn, and nothing new is taken


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.CANCELLED, State.REFUSED, State.FAILED}),
    State.RUNNING: frozenset({State.QUEUED, State.READY, State.FAILED, State.CANCELLED, State.REFUSED}),
    State.READY: frozenset({State.DELIVERED, State.FAILED, State.REFUSED}),
    State.DELIVERED: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.REFUSED: frozenset(),
}

MAX_FAILURES = 2  # attempts that ended in an error of ours; then the job is quarantined
MAX_ATTEMPTS = 10  # starts in all, those included that a crash of the process cut off


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job was asked for; `guild_id` is none in a direct message."""

    guild_id: int | None
    channel_id: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is written down when a member asks: everything of a job that never changes.

    `interaction_id` and `part` (of the jobs that one interaction asked for) make submitting idempotent.
    `upload_limit` is the largest file, in bytes, that Discord takes there. `origin`, `parent_id` and `parent_cell`
    are its lineage. A `private` job's message is a direct one; `notify` asks for a ping when it is done,
    `auto_dm` for a copy of its pictures as a direct message. Of `priority` 2 (1 to 4) it costs its lane half.
    """

    interaction_id: int
    user_id: int
    place: Place
    locale: str
    drawing: Drawing
    lane: str
    upload_limit: int
    origin: Origin = Origin.IMAGINE
    parent_id: str | None = None
    parent_cell: int | None = None
    part: int = 0
    spoiler: bool = False
    private: bool = False
    notify: bool = False
    auto_dm: bool = False
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The one message of a job, which every later change edits."""

    channel_id: int
    message_id: int


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the queue. Times are UTC milliseconds; `reason` is a sentence when it ended badly or was taken down.

    `started_at` is its latest start.
    `safety` is the mode of its place when its drawing began, or a stricter one that held when it was shown, much later.
    """

    id: str
    order: Order
    state: State
    attempt: int
    failures: int
    placeholder: Placeholder | None
    created_at: int
    started_at: int | None
    finished_at: int | None
    reason: str | None
    deleted_at: int | None = None
    safety: Safety = Safety.OFF


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job: every write of a worker carries it, so that a stale worker cannot finish a job."""

    job_id: str
    owner: str
    attempt: int


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A finished cell: its file is named by `sha256`; `upscaled_by` says what made it larger, if anything did.

    `flagged` is the safety check's verdict; `fingerprint` is a perceptual hash of 64 bits, without a sign.
    """

    cell: int
    seed: int
    sha256: str
    width: int
    height: int
    seconds: float
    model_hash: str
    upscaled_by: str = ""
    flagged: bool = False
    fingerprint: int | None = None

    @property
    def withheld(self) -> bool:
        """Whether nobody may see it: it has no file."""
        return self.sha256 == ""
