"""Who keeps order: what moderators, admins and the bot's owners may do beyond drawing."""

from __future__ import annotations

from enum import StrEnum

from bot.domain.policy.actors import Actor
from bot.errors import NotAllowed
from engine.sentence import say


class Power(StrEnum):
    """Each includes the ones before it; owners have theirs everywhere, the others in their own server."""

    MODERATE = "moderate"  # reviews, takedowns, blocks
    ADMINISTER = "administer"  # the server's policy, quotas, queue and log
    OWN = "own"  # the machine


_REFUSALS = {
    Power.MODERATE: say(
        "Only moderators can do this; they need Discord's permission Manage Messages in this server."
    ),
    Power.ADMINISTER: say("Only admins can do this; they need Discord's permission Manage Server."),
    Power.OWN: say("Only the owner of this bot can do this."),
}


def demand_above(actor: Actor, other: Actor) -> None:
    """Only who stands above somebody may shut them out. Raises `NotAllowed`."""
    if actor.user_id == other.user_id:
        raise NotAllowed(say("You cannot block yourself."))
    if _rank(actor) <= _rank(other):
        raise NotAllowed(
            say(
                "You cannot block who keeps order here as you do, or above you: owner, then admins, then moderators."
            )
        )


def _rank(actor: Actor) -> int:
    standing = (actor.is_owner, actor.is_admin, actor.is_moderator, True)
    return len(standing) - standing.index(True)


def demand(actor: Actor, power: Power) -> None:
    """Raises `NotAllowed`."""
    held = {
        Power.MODERATE: actor.is_moderator or actor.is_admin,
        Power.ADMINISTER: actor.is_admin,
        Power.OWN: False,
    }
    if not (actor.is_owner or (actor.present and held[power])):
        raise NotAllowed(_REFUSALS[power])
