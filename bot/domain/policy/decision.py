"""The one place that says who may do what, where and now, and if not, why and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.domain.job import State
from bot.domain.policy import sentences
from bot.domain.policy.actors import Action, Actor, Asked, Subject, Usage, Venue
from bot.domain.policy.lanes import DAY_MS, is_newcomer
from bot.domain.policy.layers import Resolved, Source
from bot.domain.policy.rules import TAKING_BACK, AgeRule, Buttons, Rules
from bot.domain.policy.windows import windows
from engine.sentence import Sentence, say

_ACTIVE = frozenset({State.QUEUED, State.RUNNING})
_ANY = frozenset(State)
_SHOWN = frozenset(
    {State.READY, State.DELIVERED}
)  # what a moderator must see first has no pictures to anybody yet
STATES: Mapping[Action, frozenset[State]] = {
    Action.IMAGINE: _SHOWN,  # where it starts from a picture of the job
    Action.BLEND: _SHOWN,
    Action.UPSCALE: _SHOWN,
    Action.REROLL: _ANY,
    Action.REMIX: _ANY,
    Action.VARY: _SHOWN,
    Action.REGION: _SHOWN,
    Action.ZOOM: _SHOWN,
    Action.SHOW: _SHOWN,
    Action.FAVOURITE: _SHOWN,
    Action.CANCEL: _ACTIVE,
    Action.DELETE: _ANY - _ACTIVE,
}
"""In which states of a job each action can be about it. Nothing can be about a deleted one."""
_LOOKING = frozenset({Action.SHOW, Action.FAVOURITE})
_FROM_PICTURES = frozenset({Action.BLEND, Action.UPSCALE, Action.VARY, Action.REGION, Action.ZOOM})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it is allowed, and the sentence for who asks. `setting` and `source` say which rule refuses it.

    They are none where no rule does: a block, or the state of the job.
    """

    allowed: bool
    why: Sentence
    setting: str | None = None
    source: Source | None = None


ALLOWED = Decision(True, say("This is allowed here."))


def decide(
    actor: Actor,
    venue: Venue,
    action: Action,
    resolved: Resolved,
    *,
    now: int,
    subject: Subject | None = None,
    asked: Asked | None = None,
    usage: Usage | None = None,
    blocked_until: int | Literal[False] | None = False,
    opened: bool = True,
) -> Decision:
    """The first reason against it, or that there is none. Times are UTC milliseconds.

    `opened` is false in a server that the owner has not opened the bot to; `blocked_until` is none where a block is
    for good. `subject` is the job that it is about; `asked` and `usage` are looked at where they are given.

    - In a server that the bot is not opened to: nothing at all, whoever it is.
    - Blocked, or gone from the server: nothing at all, whoever it is.
    - A private job, or one of a direct message, is known to who asked for it alone.
    - Cancelling and deleting is for who asked, for moderators and admins of the job's own server, and for the bot's
      owners. No setting keeps anybody from it. With `buttons` at `requester`, so is drawing from the job.
    - Admins and moderators are members too: the rules hold for them as for everybody, so that they see what members
      see; an admin who wants more says so in a rule for their role.
    - The bot's owners pass `enabled`, `actions`, the ages and all that counts use. They do not pass `age_restricted`,
      which is Discord's rule, nor what a request may ask for, which is what the machine can bear.
    """
    if not opened:
        return Decision(False, sentences.NOT_OPENED)
    case = _Case(actor, venue, action, resolved, now, subject)
    return next(_refusals(case, asked, usage, blocked_until), ALLOWED)


def is_open(guild_id: int | None, listed: frozenset[int] | None) -> bool:
    """Whether the owner has opened the bot to this server; none is direct messages, and no list is all servers."""
    return guild_id is None or listed is None or guild_id in listed


def may_enter(actor: Actor, opened: bool) -> Decision:
    """Whether the bot answers here at all: in a server that it is not opened to, its owners alone, who may open it."""
    return ALLOWED if opened or actor.is_owner else Decision(False, sentences.NOT_OPENED)


@dataclass(frozen=True, slots=True)
class _Case:
    """What is asked, without the amounts."""

    actor: Actor
    venue: Venue
    action: Action
    resolved: Resolved
    now: int
    subject: Subject | None

    @property
    def rules(self) -> Rules:
        return self.resolved.rules

    def keeps_order(self, subject: Subject) -> bool:
        """The requester, a moderator of the job's server, or an owner of the bot."""
        own_guild = self.venue.guild_id is not None and self.venue.guild_id == subject.guild_id
        moderates = own_guild and (self.actor.is_moderator or self.actor.is_admin)
        return self.actor.user_id == subject.owner_id or moderates or self.actor.is_owner

    def by(self, setting: str, why: Sentence) -> Decision:
        """Refused by this setting."""
        return Decision(False, why, setting, self.resolved.source(setting))


_Refusals = Iterator[Decision]


def _refusals(
    case: _Case, asked: Asked | None, usage: Usage | None, blocked_until: int | Literal[False] | None
) -> _Refusals:
    """In the order in which they are told; what comes first is what a member must know first."""
    yield from _shut_out(case, blocked_until)
    if case.subject:
        yield from _not_about(case, case.subject)
    if case.action in TAKING_BACK:
        return
    yield from _not_here(case)
    if not case.actor.is_owner:
        yield from _too_new(case)
    yield from _too_much(case, asked)
    if usage and not case.actor.is_owner:
        yield from _too_often(case, usage)
        yield from _too_many_waiting(case, usage)


def _shut_out(case: _Case, blocked_until: int | Literal[False] | None) -> _Refusals:
    if blocked_until is None:
        yield Decision(False, sentences.BLOCKED)
    elif blocked_until is not False and case.now < blocked_until:
        yield Decision(False, sentences.blocked(blocked_until))
    if not case.actor.present:
        yield Decision(False, sentences.LEFT)


def _not_about(case: _Case, subject: Subject) -> _Refusals:
    secret = subject.private or subject.guild_id is None
    if secret and case.actor.user_id != subject.owner_id:
        yield Decision(False, sentences.UNKNOWN)
    if subject.deleted:
        yield Decision(False, sentences.DELETED)
    if subject.state not in STATES[case.action]:
        yield Decision(False, sentences.wrong_state(case.action, subject.state))
    if case.keeps_order(subject):
        return
    if case.action in TAKING_BACK:
        yield Decision(False, sentences.NOT_YOURS)
    if case.action not in _LOOKING and case.rules.buttons is Buttons.REQUESTER:
        yield case.by("buttons", sentences.BUTTONS)


def _not_here(case: _Case) -> _Refusals:
    rules, owner = case.rules, case.actor.is_owner
    if not (rules.enabled or owner):
        direct, layer = case.venue.guild_id is None, case.resolved.source("enabled").layer
        yield case.by("enabled", sentences.NOT_IN_DIRECT if direct else sentences.switched_off(layer))
    if rules.actions is not None and case.action not in rules.actions and not owner:
        yield case.by("actions", sentences.action(case.action, rules.actions))
    if rules.age_restricted is AgeRule.REQUIRED and not case.venue.age_restricted:
        yield case.by("age_restricted", sentences.AGE_RESTRICTED)


def _too_new(case: _Case) -> _Refusals:
    """Where Discord does not say when a member joined, they are a guest, and joined now."""
    rules, actor = case.rules, case.actor
    old_enough = actor.created_at + rules.min_account_days * DAY_MS
    if case.now < old_enough:
        yield case.by("min_account_days", sentences.account_age(rules.min_account_days, old_enough))
    joined_at = case.now if actor.joined_at is None else actor.joined_at
    long_enough = joined_at + rules.min_member_days * DAY_MS
    if case.venue.guild_id is not None and case.now < long_enough:
        yield case.by("min_member_days", sentences.member_age(rules.min_member_days, long_enough))


def _too_much(case: _Case, asked: Asked | None) -> _Refusals:
    """A button that starts from a picture is refused before anybody says how."""
    rules = case.rules
    if asked:
        if rules.models is not None and asked.model not in rules.models:
            yield case.by("models", sentences.model(asked.model, rules.models))
        if rules.max_pixels is not None and asked.pixels > rules.max_pixels:
            yield case.by("max_pixels", sentences.pixels(asked.pixels, rules.max_pixels))
        if rules.max_steps is not None and asked.steps > rules.max_steps:
            yield case.by("max_steps", sentences.steps(asked.steps, rules.max_steps))
        if rules.max_count is not None and asked.count > rules.max_count:
            yield case.by("max_count", sentences.count(asked.count, rules.max_count))
    starts_from_picture = case.action in _FROM_PICTURES or (asked is not None and asked.starts_from_picture)
    if starts_from_picture and not rules.img2img:
        yield case.by("img2img", sentences.IMG2IMG)


def _too_often(case: _Case, usage: Usage) -> _Refusals:
    rules, window = case.rules, windows(case.now, case.rules.timezone)
    again = (usage.last_at or 0) + rules.cooldown * 1000
    if rules.cooldown and case.now < again:  # without one, a request written in this moment is later than now
        yield case.by("cooldown", sentences.cooldown(rules.cooldown, again))
    if rules.per_hour is not None and usage.hour >= rules.per_hour:
        yield case.by("per_hour", sentences.per_hour(usage.hour, rules.per_hour, window.hour_end))
    if rules.gpu_seconds_per_day is not None and usage.day_ms >= rules.gpu_seconds_per_day * 1000:
        why = sentences.per_day(usage.day_ms // 1000, rules.gpu_seconds_per_day, window.day_end)
        yield case.by("gpu_seconds_per_day", why)


def _too_many_waiting(case: _Case, usage: Usage) -> _Refusals:
    rules = case.rules
    if rules.queue_cap is not None and usage.waiting_of_member >= rules.queue_cap:
        yield case.by("queue_cap", sentences.queue_cap(rules.queue_cap))
    newcomer = is_newcomer(case.actor, rules, case.now)
    if rules.newcomer_cap is not None and newcomer and usage.waiting_in_lane >= rules.newcomer_cap:
        yield case.by("newcomer_cap", sentences.newcomer_cap(rules.newcomer_cap))
    if rules.guild_cap is not None and usage.waiting_in_guild >= rules.guild_cap:
        yield case.by("guild_cap", sentences.guild_cap(rules.guild_cap))
