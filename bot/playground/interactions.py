"""The life of an interaction: three seconds to acknowledge it once, fifteen minutes to use its token."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto

from bot.playground.clock import Clock, Timer
from bot.playground.errors import Refusal, refuse
from bot.playground.snowflake import SnowflakeFactory
from bot.playground.wire import Json
from bot.playground.world import Channel, Message, User

ACKNOWLEDGE_WITHIN_S = 3.0
TOKEN_LIVES_S = 15 * 60.0


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


class State(Enum):
    """Where an interaction is in its life."""

    WAITING = auto()
    ACKNOWLEDGED = auto()
    FAILED = auto()


MESSAGE_ANSWERS = frozenset({CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE})
UPDATE_ANSWERS = frozenset({CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE})


@dataclass(eq=False, slots=True)
class Interaction:
    """One interaction; `source` is the message whose component started it (for a modal: opened it)."""

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    created_at: float
    name: str
    nonce: str | None = None
    data: Json = field(default_factory=dict)
    source: Message | None = None
    triggered_by: Interaction | None = None
    state: State = State.WAITING
    answered_with: CallbackType | None = None
    original: Message | None = None
    messages: set[int] = field(default_factory=set)
    timer: Timer | None = None


def legal_answers(kind: InteractionType, *, from_message: bool) -> frozenset[CallbackType]:
    """The callback types that Discord takes; `from_message` says that a component started it all."""
    if kind is InteractionType.AUTOCOMPLETE:
        return frozenset({CallbackType.AUTOCOMPLETE})
    legal = MESSAGE_ANSWERS | (UPDATE_ANSWERS if from_message else frozenset())
    return legal if kind is InteractionType.MODAL_SUBMIT else legal | {CallbackType.MODAL}


class Interactions:
    """Every interaction by its token; `failed` hears of those that nobody acknowledged in time.

    A test on a busy machine may raise `patience_s` above Discord's three seconds.
    """

    def __init__(self, clock: Clock, new_id: SnowflakeFactory, failed: Callable[[Interaction], None]) -> None:
        self._clock = clock
        self._new_id = new_id
        self._failed = failed
        self.patience_s = ACKNOWLEDGE_WITHIN_S
        self._by_token: dict[str, Interaction] = {}

    def begin(
        self, kind: InteractionType, user: User, channel: Channel, name: str, nonce: str | None
    ) -> Interaction:
        """A new interaction whose three seconds start now.

        `name` is the command's, `nonce` is how the one who starts it recognises the outcome.
        """
        self._forget_expired()
        token = f"tok{secrets.token_urlsafe(96)}"
        now = self._clock.now()
        interaction = Interaction(self._new_id(), token, kind, user, channel, now, name, nonce)
        self._by_token[token] = interaction
        interaction.timer = self._clock.call_later(self.patience_s, lambda: self._give_up(interaction))
        return interaction

    def latest(self) -> Interaction:
        """The one that began last; LookupError when there was none."""
        return self._by_token[next(reversed(self._by_token))]

    def to_acknowledge(self, interaction_id: int | None, token: str) -> Interaction:
        """The waiting interaction that this callback is for; 10062 or 40060 when there is none."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id or interaction.state is State.FAILED:
            raise refuse(Refusal.UNKNOWN_INTERACTION)
        if interaction.state is State.ACKNOWLEDGED:
            raise refuse(Refusal.ALREADY_ACKNOWLEDGED)
        return interaction

    def acknowledge(self, interaction: Interaction, answer: CallbackType) -> None:
        """Stop the three seconds: the bot has answered."""
        interaction.state = State.ACKNOWLEDGED
        interaction.answered_with = answer
        if interaction.timer is not None:
            self._clock.cancel(interaction.timer)

    def by_webhook(self, application_id: int | None, own_id: int, token: str) -> Interaction:
        """The acknowledged interaction behind a webhook address; 10015, or 50027 after 15 minutes."""
        interaction = self._by_token.get(token)
        if application_id != own_id or interaction is None or interaction.state is not State.ACKNOWLEDGED:
            raise refuse(Refusal.UNKNOWN_WEBHOOK)
        if self._clock.now() >= interaction.created_at + TOKEN_LIVES_S:
            raise refuse(Refusal.INVALID_WEBHOOK_TOKEN)
        return interaction

    def _give_up(self, interaction: Interaction) -> None:
        interaction.state = State.FAILED
        self._failed(interaction)

    def _forget_expired(self) -> None:
        """Keep expired tokens for a day, so that late calls get 50027 and not 10015."""
        oldest = self._clock.now() - 24 * 3600
        while self._by_token:
            token, interaction = next(iter(self._by_token.items()))
            if interaction.created_at > oldest:
                break
            del self._by_token[token]
