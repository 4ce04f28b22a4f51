"""What a member is told who may not do something: what is wrong, what is allowed, or when it is."""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt

from bot.domain.hints import hint
from bot.domain.job import State
from bot.domain.policy.actors import Action
from bot.domain.policy.layers import Layer
from bot.domain.text import code
from engine.request import SIDE_STEP
from engine.sentence import Sentence, say

NOT_OPENED = say("The owner of this bot has not opened it to this server; ask them to.")
NOT_IN_DIRECT = say("I draw nothing in direct messages; ask me in a server.")
BLOCKED = say("You are blocked here for good; only a moderator can lift it.")
LEFT = say("You are no member of this server any more; join it again to ask for pictures.")
UNKNOWN = say("I do not know this request any more; start a new one with `/imagine`.")
DELETED = say("The pictures of this request were deleted.")
NOT_YOURS = say("Only the member who asked, or a moderator, can do this.")
BUTTONS = say(
    "Only the member who asked, or a moderator, may draw from this request; ask for your own with `/imagine`."
)
AGE_RESTRICTED = say("Pictures are drawn in age-restricted channels only; ask again in one of them.")
IMG2IMG = say("Pictures may not be drawn from other pictures here; ask with words alone.")
_NONE_YET = say("This request has no pictures yet; try again when they are there.")
_NONE = say("This request ended without pictures; ask for new ones with `/imagine`.")
_ENDED = say("This request has ended already; there is nothing left to cancel.")
_STILL_ACTIVE = say("This request is not finished; cancel it instead.")
_WITHOUT: dict[State, Sentence] = {
    State.QUEUED: _NONE_YET,
    State.RUNNING: _NONE_YET,
}
_WHOM: dict[Layer, Sentence] = {
    Layer.STUDIO: say("everybody"),
    Layer.GUILD: say("this server"),
    Layer.CATEGORY: say("this category"),
    Layer.CHANNEL: say("this channel"),
    Layer.ROLE: say("a role of yours"),
    Layer.USER: say("you"),
}


def blocked(until: int) -> Sentence:
    return say("You are blocked here; the block ends {when}.", when=when(until))


def wrong_state(action: Action, state: State) -> Sentence:
    """Why this cannot be done to a job in this state."""
    if action is Action.CANCEL:
        return _ENDED
    if action is Action.DELETE:
        return _STILL_ACTIVE
    return _WITHOUT.get(state, _NONE)


def switched_off(layer: Layer) -> Sentence:
    return say("Drawing is switched off for {whom}; an admin can switch it on.", whom=_WHOM[layer])


def action(refused: Action, allowed: Iterable[Action]) -> Sentence:
    names = ", ".join(code(name) for name in sorted(allowed))
    return say("{action} is not allowed here; what is: {names}.", action=code(refused), names=names)


def account_age(days: int, until: int) -> Sentence:
    return say(
        "Your account is too young to draw here (days: {days}); it is old enough {when}.",
        days=days,
        when=when(until),
    )


def member_age(days: int, until: int) -> Sentence:
    return say(
        "You joined too recently to draw here (days: {days}); you may {when}.", days=days, when=when(until)
    )


def model(name: str, allowed: Iterable[str]) -> Sentence:
    return say(
        "The model {name} may not be used here; {hint}", name=code(name), hint=hint(name, sorted(allowed))
    )


def pixels(asked: int, most: int) -> Sentence:
    side = isqrt(most) // SIDE_STEP * SIDE_STEP
    return say(
        "A picture of {asked:,} pixels is too large here; at most {most:,} are allowed, such as {side}x{side}.",
        asked=asked,
        most=most,
        side=side,
    )


def steps(asked: int, most: int) -> Sentence:
    return say(
        "Steps: {asked}; at most {most} are allowed here, as in `--steps {most}`.", asked=asked, most=most
    )


def count(asked: int, most: int) -> Sentence:
    return say(
        "Pictures: {asked}; at most {most} are allowed here, as in `--count {most}`.", asked=asked, most=most
    )


def cooldown(seconds: int, until: int) -> Sentence:
    return say(
        "You asked a moment ago; you can ask again {when} (seconds between requests: {seconds}).",
        when=when(until),
        seconds=seconds,
    )


def per_hour(used: int, most: int, until: int) -> Sentence:
    return say(
        "You have asked for {used} of {most} requests this hour; the next hour begins {when}.",
        used=used,
        most=most,
        when=when(until),
    )


def per_day(used: int, most: int, until: int) -> Sentence:
    return say(
        "You have used {used} of {most} seconds of the GPU today; the next day begins {when}.",
        used=used,
        most=most,
        when=when(until),
    )


def queue_cap(most: int) -> Sentence:
    return say(
        "You have as many requests waiting as you may, {most}; try again when one of them has started.",
        most=most,
    )


def newcomer_cap(most: int) -> Sentence:
    return say("As many requests of new members wait as may, {most}; try again in a few minutes.", most=most)


def guild_cap(most: int) -> Sentence:
    return say("As many requests wait here as may, {most}; try again in a few minutes.", most=most)


def when(moment: int) -> str:
    """In Discord's words, in each reader's own language and timezone; never before the moment."""
    return f"<t:{-(-moment // 1000)}:R>"
