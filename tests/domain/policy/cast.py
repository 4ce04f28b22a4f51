"""A member, a server, and a request of theirs, as most decisions here are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.domain.job import State
from bot.domain.policy.actors import Action, Actor, Subject, Venue
from bot.domain.policy.decision import Decision, decide
from bot.domain.policy.layers import Resolved, resolve
from bot.domain.policy.rules import Rules

DAY = 86_400_000
NOW = 1_764_008_100_000  # 2025-11-24 18:15:00 UTC
GUILD, CATEGORY, CHANNEL, EVERYONE, ARTIST, PATRON, ADA, BEN = 10, 20, 30, 10, 41, 42, 51, 52
HERE = Venue(GUILD, CHANNEL, CATEGORY)
DIRECT = Venue(None, 99)


def member(user_id: int = ADA, **facts: Any) -> Actor:
    """Of long standing, with two roles, of which `PATRON` is the higher."""
    standing = Actor(
        user_id=user_id,
        created_at=NOW - 900 * DAY,
        joined_at=NOW - 300 * DAY,
        roles=(EVERYONE, ARTIST, PATRON),
    )
    return replace(standing, **facts)


def request(state: State = State.DELIVERED, **facts: Any) -> Subject:
    """Ada's, made in the server."""
    return replace(Subject(ADA, GUILD, state), **facts)


def judged(
    action: Action = Action.IMAGINE,
    rules: Rules | Resolved | None = None,
    actor: Actor | None = None,
    venue: Venue = HERE,
    **about: Any,
) -> Decision:
    """What is decided about a member here; `rules` hold for the whole studio where they are not resolved."""
    actor = actor or member()
    about.setdefault("now", NOW)
    if not isinstance(rules, Resolved):
        rules = resolve(rules or Rules(), [], actor, venue)
    return decide(actor, venue, action, rules, **about)
