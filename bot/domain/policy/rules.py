"""The rules of a place: every setting that an admin can make, with its default and its legal values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic

from bot.domain.policy.actors import Action
from bot.domain.policy.forms import (
    LONGEST_ITEM,
    Form,
    T,
    choice,
    choices,
    duration,
    flag,
    listing,
    number,
    pixels,
    subset,
    timezone,
    unlimited,
)
from bot.domain.safety import Safety
from bot.domain.text import code
from bot.errors import BadRequest
from engine.request import MAX_STEPS
from engine.sentence import Sentence, say

_MOST_PICTURES = 4
_DAY_S = 24 * 60 * 60
_PAUSES = ("0s", "10s", "30s", "1m", "5m", "15m", "1h")
_MOST_DAYS = 3650
TAKING_BACK = frozenset({Action.CANCEL, Action.DELETE})
"""No setting keeps anybody from these."""


class Buttons(StrEnum):
    """Whose requests the buttons under them are for."""

    ANYONE = "anyone"
    REQUESTER = "requester"


class AgeRule(StrEnum):
    """What Discord's age restriction of a channel changes."""

    ANY = "any"  # nothing
    REQUIRED = "required"  # nothing is drawn without it
    RELAX = "relax"  # the safety mode is off with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds for a member in a place; none is no limit, but for `max_*`: there it is the studio's own.

    `max_pixels` is of one picture, `cooldown` seconds between requests; `per_hour` requests and
    `gpu_seconds_per_day` hold for the calendar hour and day of `timezone`. `queue_cap` is a member's waiting requests,
    `newcomer_cap` those of all newcomers, `guild_cap` those of everybody here. A newcomer's account is younger than
    `newcomer_account_days`, or they joined less than `newcomer_member_days` ago. Work of priority 2 counts half.
    """

    enabled: bool = True
    models: frozenset[str] | None = None
    max_pixels: int | None = None
    max_steps: int | None = None
    max_count: int | None = None
    cooldown: int = 0
    per_hour: int | None = None
    gpu_seconds_per_day: int | None = None
    queue_cap: int | None = None
    newcomer_cap: int | None = None
    guild_cap: int | None = None
    priority: int = 1
    safety: Safety = Safety.OFF
    age_restricted: AgeRule = AgeRule.ANY
    img2img: bool = True
    training: bool = True
    actions: frozenset[Action] | None = None
    buttons: Buttons = Buttons.ANYONE
    min_account_days: int = 0
    min_member_days: int = 0
    newcomer_account_days: int = 7
    newcomer_member_days: int = 1
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A field of `Rules` as an admin meets it. One that `adds_up` over the layers is never replaced."""

    name: str
    help: Sentence
    form: Form[T]
    adds_up: bool = False
    guild_only: bool = False

    def parse(self, text: str) -> T:
        """What an admin types. Raises `BadRequest` with the setting, the value, and legal values."""
        try:
            return self.form.read(text.strip())
        except ValueError:
            raise BadRequest(
                say("{setting} cannot be {value}; choose {legal}.",
                    setting=code(self.name), value=code(text, 100), legal=self.form.legal)
            ) from None  # fmt: skip

    def show(self, value: T) -> str:
        """What `parse` reads back."""
        return self.form.show(value)

    def to_json(self, value: T) -> str:
        """The text of a JSON value."""
        return json.dumps(sorted(value) if isinstance(value, frozenset) else value, ensure_ascii=False)

    def from_json(self, text: str) -> T:
        """What `to_json` wrote; values are not checked again, so that old ones outlive a narrower range."""
        return self.form.thaw(json.loads(text))


_ITEMS = say("words separated by commas, each of at most {most} characters", most=LONGEST_ITEM)
_DAYS = number(0, _MOST_DAYS, 0, 1, 3, 7, 14, 30, 90, 365)
_LIST: tuple[Setting[Any], ...] = (
    Setting("enabled", say("Whether pictures are drawn here at all."), flag()),
    Setting(
        "models",
        say("The models that may be used."),
        subset(str, say("names of models, separated by commas")),
    ),
    Setting("max_pixels", say("The largest picture, in pixels."), unlimited(pixels())),
    Setting(
        "max_steps", say("The most denoising steps."), unlimited(number(1, MAX_STEPS, 20, 30, 50, 75, 100))
    ),
    Setting("max_count", say("The most pictures in one request."), unlimited(number(1, _MOST_PICTURES))),
    Setting("cooldown", say("The time between two requests of a member."), duration(_DAY_S, *_PAUSES)),
    Setting("per_hour", say("A member's requests in an hour."), unlimited(number(1, 10_000, 5, 10, 20, 60))),
    Setting(
        "gpu_seconds_per_day",
        say("A member's seconds on the GPU in a day."),
        unlimited(number(1, _DAY_S, 60, 300, 600, 1800, 3600)),
    ),
    Setting(
        "queue_cap", say("A member's waiting requests."), unlimited(number(1, 1_000, 1, 2, 3, 5, 10, 20))
    ),
    Setting(
        "newcomer_cap",
        say("The waiting requests of all newcomers."),
        unlimited(number(1, 100_000, 5, 10, 20, 50)),
    ),
    Setting(
        "guild_cap",
        say("The waiting requests of the whole server."),
        unlimited(number(1, 100_000, 20, 50, 100, 200, 500)),
    ),
    Setting("priority", say("How many turns a member gets for one of others."), number(1, 4)),
    Setting("safety", say("What is done about pictures that the safety checker flags."), choice(Safety)),
    Setting("age_restricted", say("What a channel's age restriction changes."), choice(AgeRule)),
    Setting("img2img", say("Whether pictures may be drawn from other pictures."), flag()),
    Setting("training", say("Whether members may train embeddings."), flag()),
    Setting(
        "actions",
        say("What members may do. They can always cancel and delete what is theirs."),
        choices(Action, [action for action in Action if action not in TAKING_BACK]),
    ),
    Setting("buttons", say("Who may draw with the buttons under a request."), choice(Buttons)),
    Setting("min_account_days", say("How old an account must be."), _DAYS),
    Setting("min_member_days", say("How long ago a member must have joined."), _DAYS),
    Setting("newcomer_account_days", say("Members with a younger account share one turn."), _DAYS),
    Setting("newcomer_member_days", say("Members who joined later share one turn."), _DAYS),
    Setting("words", say("Words that prompts may not have."), listing(_ITEMS), adds_up=True),
    Setting("names", say("Artists and people that are not drawn."), listing(_ITEMS), adds_up=True),
    Setting("timezone", say("Whose hours and days the limits follow."), timezone(), guild_only=True),
)
SETTINGS: Mapping[str, Setting[Any]] = {setting.name: setting for setting in _LIST}
"""By name, in the order in which they are shown."""
