"""Who asks for what, and where: all that a decision may depend on, free of Discord."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.drawing import Drawing
from bot.domain.job import Job, Origin, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A member at one moment. `roles` are ascending, so the last one is the highest; times are UTC milliseconds.

    `is_owner` is said of the bot's owners, `is_admin` of who may manage the server, `is_moderator` of who may manage
    messages in all of it; `present` is false of somebody who has left. A direct message has no admin or moderator.
    """

    user_id: int
    created_at: int
    joined_at: int | None = None
    roles: tuple[int, ...] = ()
    is_owner: bool = False
    is_admin: bool = False
    is_moderator: bool = False
    present: bool = True


@dataclass(frozen=True, slots=True)
class Venue:
    """Where it happens; a thread is its channel. `guild_id` is none in a direct message.

    `known` is false where Discord does not tell which channel and category it is.
    """

    guild_id: int | None
    channel_id: int
    category_id: int | None = None
    age_restricted: bool = False
    known: bool = True


class Action(StrEnum):
    """What a member may want to do. The first eight make a job, and `TRAIN` will; the others are about one."""

    IMAGINE = "imagine"
    BLEND = "blend"
    UPSCALE = "upscale"
    REROLL = "reroll"
    REMIX = "remix"
    VARY = "vary"
    REGION = "region"
    ZOOM = "zoom"  # zoom, square, pan
    SHOW = "show"  # show, copy, send
    FAVOURITE = "favourite"
    CANCEL = "cancel"
    DELETE = "delete"  # delete, hide


ACTIONS: dict[Origin, Action] = {
    Origin.IMAGINE: Action.IMAGINE,
    Origin.BLEND: Action.BLEND,
    Origin.REROLL: Action.REROLL,
    Origin.REDRAW: Action.REROLL,
    Origin.REMIX: Action.REMIX,
    Origin.VARY_SUBTLE: Action.VARY,
    Origin.VARY_STRONG: Action.VARY,
    Origin.VARY_REGION: Action.REGION,
    Origin.ZOOM: Action.ZOOM,
    Origin.SQUARE: Action.ZOOM,
    Origin.PAN: Action.ZOOM,
    Origin.UPSCALE: Action.UPSCALE,
}
"""What a member does who gets a job in each of these ways."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The job that an action is about."""

    owner_id: int
    guild_id: int | None
    state: State
    private: bool = False
    deleted: bool = False


def subject_of(job: Job) -> Subject:
    """The job, as a decision needs it."""
    order = job.order
    return Subject(order.user_id, order.place.guild_id, job.state, order.private, job.deleted_at is not None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request would take: the size of one picture in pixels, and how many of them."""

    model: str
    pixels: int
    steps: int
    count: int
    starts_from_picture: bool


def asked_by(drawing: Drawing) -> Asked:
    """What this drawing takes. One that is made larger counts with the size that it starts from."""
    pixels = drawing.width * drawing.height // drawing.upscale**2
    return Asked(drawing.model, pixels, drawing.steps, drawing.count, drawing.image_sha256 is not None)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a member has used so far in this guild, and how many requests wait.

    `last_at` is when they last asked, in UTC milliseconds; `hour` counts the requests of this hour, and
    `day_ms` the engine's milliseconds of this day, both as the guild's clock has them, grants taken off. While it is
    `draining` the guild's queue takes nothing new.
    """

    last_at: int | None = None
    hour: int = 0
    day_ms: int = 0
    waiting_of_member: int = 0
    waiting_in_lane: int = 0
    waiting_in_guild: int = 0
    waiting_in_all: int = 0
    draining: bool = False
