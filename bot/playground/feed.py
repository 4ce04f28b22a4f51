"""What members see as it happens: every change goes to those who may see it, pages and test drivers alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.playground.wire import Json
from bot.playground.world import Message


class Change(StrEnum):
    """The `type` of a frame in the page protocol."""

    STATE = "state"
    MESSAGE_CREATE = "message_create"
    MESSAGE_UPDATE = "message_update"
    MESSAGE_DELETE = "message_delete"
    INTERACTION_UPDATE = "interaction_update"


@dataclass(frozen=True, slots=True)
class News:
    """One change; `message` is the live object behind a message change, `body` the frame's other fields."""

    change: Change
    body: Json
    message: Message | None = None

    def frame(self) -> Json:
        """The frame that the page receives."""
        return {"type": str(self.change), **self.body}


@dataclass(eq=False, slots=True)
class Subscription:
    """One watcher that sees what its member sees."""

    member_id: int
    hear: Callable[[News], None]


class Feed:
    """Passes news on, at once and in order, to the subscriptions that may have them."""

    def __init__(self) -> None:
        self._subscriptions: list[Subscription] = []

    def subscribe(self, member_id: int, hear: Callable[[News], None]) -> Subscription:
        """Call `hear` with every later change that this member may see; it must not block."""
        subscription = Subscription(member_id, hear)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.remove(subscription)

    def watching(self) -> set[int]:
        """The members who have at least one watcher."""
        return {each.member_id for each in self._subscriptions}

    def publish(self, news: News, member_ids: set[int]) -> None:
        """Tell the watchers of these members."""
        for subscription in list(self._subscriptions):
            if subscription.member_id in member_ids:
                subscription.hear(news)
