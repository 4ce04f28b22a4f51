"""The lane in which a member waits: one of their own, or the one that all newcomers share."""

from __future__ import annotations

from bot.domain.policy.actors import Actor, Venue
from bot.domain.policy.rules import Rules

DAY_MS = 86_400_000


def is_newcomer(actor: Actor, rules: Rules, now: int) -> bool:
    """By the age of the account, and by the time since they joined where there is one; `now` is UTC milliseconds."""
    if now < actor.created_at + rules.newcomer_account_days * DAY_MS:
        return True
    return actor.joined_at is not None and now < actor.joined_at + rules.newcomer_member_days * DAY_MS


def lane_of(actor: Actor, venue: Venue, rules: Rules, pseudonym: str, now: int) -> str:
    """Members with several accounts gain nothing by them as long as these are new."""
    owner = "newcomers" if is_newcomer(actor, rules, now) else pseudonym
    return f"{venue.guild_id or 0}:{owner}"
