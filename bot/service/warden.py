"""Asks the policy wherever something is wanted: at submit, at every press, and when a job runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Protocol

from bot.domain.blocklist import Hit, WordList
from bot.domain.blocklist.minors import MINORS
from bot.domain.drawing import Drawing
from bot.domain.inventory import Inventory, Limits
from bot.domain.job import Job, StoredPicture
from bot.domain.moderation import EVERYWHERE
from bot.domain.pace import Pace, whole
from bot.domain.policy.actors import ACTIONS, Action, Actor, Usage, Venue, asked_by, subject_of
from bot.domain.policy.decision import Decision, decide, is_open, may_enter
from bot.domain.policy.lanes import lane_of
from bot.domain.policy.layers import Resolved, resolve
from bot.domain.policy.rules import AgeRule, Rules
from bot.domain.policy.windows import Windows, windows
from bot.domain.safety import Safety
from bot.domain.showing import seen_in
from bot.domain.text import code
from bot.errors import NotAllowed, QueueFull
from bot.service.asker import Asker
from bot.service.roster import Roster
from bot.storage.allowed_guilds import AllowedGuilds
from bot.storage.debits import Debit
from bot.storage.jobs import JobQueue
from bot.storage.moderation import BlockStore, ReviewStore
from bot.storage.policies import PolicyStore
from bot.storage.pseudonyms import Pseudonyms
from engine.sentence import Sentence, say


class _Words(Protocol):
    def find(self, text: str) -> Hit | None: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a member in a place; `blocked_until` is none where a block is for good.

    `opened` is false in a server that the owner has not opened the bot to. `asked_names` are refused because somebody
    asked for it, whatever the rules say.
    """

    actor: Actor
    venue: Venue
    resolved: Resolved
    blocked_until: int | Literal[False] | None
    opened: bool
    asked_names: tuple[str, ...]

    @property
    def rules(self) -> Rules:
        return self.resolved.rules

    @property
    def safety(self) -> Safety:
        """The mode that holds here: a place may say that its age restriction is enough."""
        relaxed = self.venue.age_restricted and self.rules.age_restricted is AgeRule.RELAX
        return Safety.OFF if relaxed else self.rules.safety


@dataclass(frozen=True, slots=True)
class Offer:
    """What a member may choose from here; the inventory still knows the other models, to say why not."""

    inventory: Inventory
    models: frozenset[str]


@dataclass(frozen=True, slots=True)
class Admission:
    """The place in line of a request that may be written down; `check` refuses it where the usage says so."""

    lane: str
    priority: int
    debit: Debit
    check: Callable[[Usage], None]


class Warden:
    """Raises `NotAllowed` with the policy's own sentence. `now` gives UTC milliseconds.

    `base` is what holds where no admin has said anything; `capacity` is how many requests may wait in all; `listed`
    says that only the allowed guilds are open, `direct` that pictures are drawn in direct messages too.
    """

    def __init__(
        self,
        policies: PolicyStore,
        blocks: BlockStore,
        reviews: ReviewStore,
        allowed_guilds: AllowedGuilds,
        queue: JobQueue,
        pseudonyms: Pseudonyms,
        roster: Roster,
        inventory: Inventory,
        pace: Pace,
        *,
        base: Rules,
        capacity: int,
        listed: bool,
        direct: bool,
        now: Callable[[], int],
    ) -> None:
        self._policies, self._blocks, self._reviews = policies, blocks, reviews
        self._allowed_guilds = allowed_guilds
        self._queue, self.listed, self._direct = queue, listed, direct
        self._pseudonyms, self._roster = pseudonyms, roster
        self._inventory, self._pace = inventory, pace
        self.base, self._capacity, self._now = base, capacity, now
        self._word_list = lru_cache(maxsize=256)(WordList)

    async def enter(self, asker: Asker) -> None:
        """Refuse whatever it is where the bot does not answer."""
        _demand(may_enter(asker.actor, await self.is_open(asker.venue.guild_id)))

    async def is_open(self, guild_id: int | None) -> bool:
        """Whether the owner has opened the bot to this server."""
        return is_open(guild_id, await self._allowed_guilds.all() if self.listed else None)

    async def standing(self, actor: Actor, venue: Venue) -> Standing:
        """What holds for this member there, and why."""
        rules = (
            () if venue.guild_id is None else await self._policies.rules_for(venue.guild_id, actor.user_id)
        )
        blocked_until = await self._blocks.blocked_until(actor.user_id, venue.guild_id or 0)
        base = self.base if self._direct or venue.guild_id is not None else replace(self.base, enabled=False)
        resolved, opened = resolve(base, rules, actor, venue), await self.is_open(venue.guild_id)
        asked_names = await self.asked_names(venue.guild_id or EVERYWHERE)
        return Standing(actor, venue, resolved, blocked_until, opened, asked_names)

    async def asked_names(self, guild_id: int) -> tuple[str, ...]:
        """Names that are refused there because somebody asked for it and a moderator agreed."""
        return await self._reviews.refused_names(guild_id)

    async def check(self, asker: Asker, action: Action, job: Job | None = None) -> None:
        """Refuse what this member may not do here, or not to this job."""
        standing = await self.standing(asker.actor, asker.venue)
        subject = None if job is None else subject_of(job)
        _demand(_decide(standing, action, self._now(), subject=subject))

    async def seen(
        self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]
    ) -> tuple[Job, list[StoredPicture]]:
        """Which of a job's pictures the mode of this place lets be shown, and whether behind a spoiler."""
        standing = await self.standing(asker.actor, asker.venue)
        return seen_in(standing.safety, asker.venue.guild_id, job, pictures)

    async def mailed(
        self, asker: Asker, job: Job, pictures: Sequence[StoredPicture]
    ) -> tuple[Job, list[StoredPicture]]:
        """The same for a direct message that is sent from here, which the place's age restriction does not cover.

        What is not shown here is not sent, nor what is not shown in direct messages.
        """
        here = replace(asker.venue, age_restricted=False)
        for venue in (here, Venue(None, 0)):
            job, pictures = await self.seen(replace(asker, venue=venue), job, pictures)
        return job, list(pictures)

    async def offer(self, asker: Asker) -> Offer:
        """The studio's inventory within the rules of this place."""
        rules = (await self.standing(asker.actor, asker.venue)).rules
        models = self._inventory.models
        allowed = frozenset(models) if rules.models is None else rules.models & models.keys()
        ordered = dict(sorted(models.items(), key=lambda item: item[0] not in allowed))
        limits = _within(self._inventory.limits, rules)
        return Offer(replace(self._inventory, models=ordered, limits=limits), allowed)

    async def admit(
        self, asker: Asker, action: Action, drawing: Drawing, parent: Job | None = None, part: int = 0
    ) -> Admission:
        """All that can be said before the request is written down; the parts of one have no cooldown between them."""
        standing, now = await self.standing(asker.actor, asker.venue), self._now()
        subject, asked = None if parent is None else subject_of(parent), asked_by(drawing)

        def check(usage: Usage) -> None:
            usage = replace(usage, last_at=None) if part else usage
            if usage.waiting_in_all >= self._capacity:
                raise QueueFull(_full(self._capacity))
            _demand(_decide(standing, action, now, subject=subject, asked=asked, usage=usage))
            if usage.draining:
                raise NotAllowed(_DRAINING)

        _demand(_decide(standing, action, now, subject=subject, asked=asked))
        self._check_words(standing, drawing)
        rules, member = standing.rules, self._pseudonyms.of(asker.user_id)
        seconds, window = self._pace.seconds([whole(drawing)]) or 0.0, windows(now, rules.timezone)
        debit = Debit(member, round(seconds * 1000), window.hour_start, window.day_start)
        lane = lane_of(asker.actor, asker.venue, rules, member, now)
        return Admission(lane, rules.priority, debit, check)

    async def permit(self, job: Job) -> Safety:
        """Whether a job may still run, by what its member and its place are now, and how it is checked there.

        Raises `PostUncertain` where nobody can be asked.
        """
        actor, venue = await self._roster.look_up(job.order.user_id, job.order.place)
        standing = await self.standing(actor, venue)
        drawing = job.order.drawing
        _demand(_decide(standing, ACTIONS[job.order.origin], self._now(), asked=asked_by(drawing)))
        self._check_words(standing, drawing)
        return standing.safety

    async def usage(self, standing: Standing) -> tuple[Usage, Windows]:
        """What the member has used there so far, and when it is given back."""
        actor, venue, rules, now = standing.actor, standing.venue, standing.rules, self._now()
        member, window = self._pseudonyms.of(actor.user_id), windows(now, rules.timezone)
        lane = lane_of(actor, venue, rules, member, now)
        debit = Debit(member, 0, window.hour_start, window.day_start)
        return await self._queue.usage(debit, actor.user_id, venue.guild_id, lane), window

    def verdict(self, standing: Standing, usage: Usage) -> Decision:
        """Whether this member could ask for a picture there now, with words that nobody minds."""
        if usage.waiting_in_all >= self._capacity:
            return Decision(False, _full(self._capacity))
        decision = _decide(standing, Action.IMAGINE, self._now(), usage=usage)
        return Decision(False, _DRAINING) if decision.allowed and usage.draining else decision

    def _check_words(self, standing: Standing, drawing: Drawing) -> None:
        style = drawing.style.name if drawing.style else ""
        texts = (drawing.prompt, drawing.negative, style)
        words, names = standing.rules.words, (*standing.rules.names, *standing.asked_names)
        lists: list[tuple[_Words, Callable[[str], Sentence]]] = [
            (self._word_list(words), _word_refused),
            (self._word_list(names), _name_refused),
        ]
        if standing.venue.age_restricted and standing.safety is Safety.OFF:
            lists.append((MINORS, _minor_refused))
        for listed, refusal in lists:
            for text in texts:
                if hit := listed.find(text):
                    raise NotAllowed(refusal(code(hit.text, 100)))


_DRAINING = say("An admin lets the queue of this server run empty; ask again later.")


def _full(most: int) -> Sentence:
    return say("The queue is full with {most} requests; try again in a few minutes.", most=most)


def _word_refused(word: str) -> Sentence:
    return say("The word {word} may not be used here.", word=word)


def _name_refused(name: str) -> Sentence:
    return say("Pictures by or of {name} are not drawn here.", name=name)


def _minor_refused(word: str) -> Sentence:
    return say("The word {word} may not be used where pictures are not checked.", word=word)


def _decide(standing: Standing, action: Action, now: int, **about: Any) -> Decision:
    return decide(
        standing.actor,
        standing.venue,
        action,
        standing.resolved,
        now=now,
        blocked_until=standing.blocked_until,
        opened=standing.opened,
        **about,
    )


def _demand(decision: Decision) -> None:
    if not decision.allowed:
        raise NotAllowed(decision.why)


def _within(limits: Limits, rules: Rules) -> Limits:
    return replace(
        limits,
        max_pixels=min(limits.max_pixels, rules.max_pixels or limits.max_pixels),
        max_steps=min(limits.max_steps, rules.max_steps or limits.max_steps),
        max_count=min(limits.max_count, rules.max_count or limits.max_count),
    )
