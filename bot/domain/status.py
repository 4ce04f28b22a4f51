"""What a member sees of a job before its pictures are there."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.job import State
from engine.events import Picture
from engine.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nothing new is drawn now, and until when (UTC milliseconds), where that is known."""

    why: Sentence
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """`position` 1 is next; `seconds` is the estimate until the pictures are there, where one is known."""

    position: int
    seconds: float | None
    resumed: bool = False
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """`fraction` (0 to 1) of all denoising steps is done, `finished` of `count` pictures are drawn.

    `sketches` shows each cell as far as it is drawn, none where nothing is yet; it is empty before the first preview.
    """

    fraction: float
    finished: int
    count: int
    resumed: bool = False
    sketches: tuple[Picture | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """The pictures are drawn, and a moderator looks at them first."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over without pictures; `reason` is a sentence."""

    state: State
    reason: str


Status = Waiting | Working | Held | Ended
