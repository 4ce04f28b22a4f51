"""A member in a test's hands: types commands, presses buttons, and sees what that member would see."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.playground.acts import Acts
from bot.playground.command_line import Value, command_data, find_command
from bot.playground.core import NO_ANSWER, Core, Status
from bot.playground.errors import DeniedError
from bot.playground.feed import Change, News
from bot.playground.interactions import ACKNOWLEDGE_WITHIN_S, Interaction
from bot.playground.page_state import visible_channels
from bot.playground.uploads import Upload
from bot.playground.wire import Json
from bot.playground.world import Attachment, Channel, Message, Role, User, walk

PATIENCE_S = 10.0
Answer = str | bool | Sequence[str | User | Role | Channel | Attachment]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an interaction went for the one who started it.

    `modal` and `choices` are Discord's own objects, `reply` is the message that answers (or was changed),
    `message` is what the app shows when it failed.
    """

    status: Status
    modal: Json = field(default_factory=dict)
    choices: tuple[Json, ...] = ()
    message: str = ""
    reply: Message | None = None

    @property
    def acknowledged(self) -> bool:
        return self.status is Status.ACKNOWLEDGED

    @property
    def failed(self) -> bool:
        return self.status is Status.FAILED


class Member:
    """One member at the playground; everything is event driven, nothing is polled.

    `news` is all that this member saw since the driver was made, in order.
    """

    def __init__(self, core: Core, acts: Acts, user: User) -> None:
        self.user = user
        self.news: list[News] = []
        self._core = core
        self._acts = acts
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._watchers: list[Callable[[Message], None]] = []
        self._subscription = core.feed.subscribe(user.id, self._hear)
        self._left = False

    def leave(self) -> None:
        """See nothing more."""
        if not self._left:
            self._left = True
            self._core.feed.unsubscribe(self._subscription)

    async def command(self, where: str | Channel, name: str, /, **options: Value) -> Outcome:
        """Run a slash command, subcommands separated by spaces (`"admin policy show"`).

        An option is a str, int, float or bool, a User, Role or Channel, or a file: bytes or an Upload.
        DeniedError is raised for what Discord's app would not even send.
        """
        channel = self._channel(where)
        data = command_data(self._core, self._acts, find_command(self._core, name), name, options)
        return await self._do(lambda nonce: self._acts.run_command(self.user, channel, nonce, data))

    async def autocomplete(
        self, where: str | Channel, name: str, option: str, typed: str = "", /, **others: Value
    ) -> Outcome:
        """Type into an option; the suggestions are the outcome's `choices`."""
        channel = self._channel(where)
        given = {**others, option: typed}
        command = find_command(self._core, name)
        data = command_data(self._core, self._acts, command, name, given, focused=option)
        return await self._do(lambda nonce: self._acts.autocomplete(self.user, channel, nonce, data))

    async def use_on(self, target: Message | User, name: str, where: str | Channel | None = None) -> Outcome:
        """Run a context menu command on a message, or on a user in a channel."""
        place = target.channel if isinstance(target, Message) else self._channel(where or "studio")
        kind = 3 if isinstance(target, Message) else 2
        command = find_command(self._core, name, kind)
        data: Json = {"id": command["id"], "target_id": str(target.id)}
        return await self._do(lambda nonce: self._acts.run_command(self.user, place, nonce, data))

    async def click(self, message: Message, button: str) -> Outcome:
        """Press the button with this custom_id, label or emoji."""
        found = message.component(button) or message.button(button)
        data = {"custom_id": found.get("custom_id") if found else button}
        return await self._do(lambda nonce: self._acts.use_component(self.user, message, nonce, data))

    async def select(self, message: Message, custom_id: str, *values: str | User | Role | Channel) -> Outcome:
        """Pick from a select: option values, or the people, roles and channels themselves."""
        picked = [each if isinstance(each, str) else str(each.id) for each in values]
        data = {"custom_id": custom_id, "values": picked}
        return await self._do(lambda nonce: self._acts.use_component(self.user, message, nonce, data))

    async def submit_modal(self, modal: Json, answers: Mapping[str, Answer]) -> Outcome:
        """Fill in an opened modal: custom_id → text, or a list of values, users, channels or files."""
        inputs = [each for each in walk(modal["components"]) if each.get("custom_id") in answers]
        entered = [self._entered(each, answers[each["custom_id"]]) for each in inputs]
        data = {"custom_id": modal["custom_id"], "components": entered}
        return await self._do(lambda nonce: self._acts.submit_modal(self.user, nonce, data))

    def upload(self, filename: str, data: bytes, content_type: str | None = None) -> Attachment:
        """Hand in a file."""
        return self._acts.upload(Upload(filename, data, content_type))

    def say(self, where: str | Channel, content: str) -> Message:
        """Write an ordinary message."""
        return self._acts.say(self.user, self._channel(where), content)

    def react(self, message: Message, emoji: str) -> None:
        """Add this reaction, or take it back."""
        self._acts.toggle_reaction(self.user, message, emoji)

    def see(self, where: str | Channel) -> list[Message]:
        """The messages this member sees in a channel, oldest first."""
        channel = self._channel(where)
        if channel not in visible_channels(self._core, self.user):
            return []
        return [each for each in channel.messages.values() if each.viewer in {None, self.user.id}]

    def see_everywhere(self) -> list[Message]:
        """The messages this member sees in any channel, oldest first."""
        channels = visible_channels(self._core, self.user)
        return sorted((each for channel in channels for each in self.see(channel)), key=lambda each: each.id)

    async def wait_for(self, predicate: Callable[[Message], bool], timeout: float = PATIENCE_S) -> Message:  # noqa: ASYNC109
        """The first visible message, now or later, of which the predicate is true.

        The predicate is asked again about each message that changes; TimeoutError says what was visible.
        """
        found: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def look_at(message: Message) -> None:
            if not found.done() and predicate(message):
                found.set_result(message)

        self._watchers.append(look_at)
        try:
            for each in self.see_everywhere():
                look_at(each)
            return await asyncio.wait_for(found, timeout)
        except TimeoutError:
            seen = [each.text or str(each.flags) for each in self.see_everywhere()]
            raise TimeoutError(f"{self.user.username} saw no such message, only {seen}") from None
        finally:
            self._watchers.remove(look_at)

    def _channel(self, where: str | Channel) -> Channel:
        if isinstance(where, Channel):
            return where
        if where == "dm":
            direct = self._core.world.dm_with(self.user)
            if direct is None:
                raise DeniedError("There is no direct channel with the bot yet.")
            return direct
        return self._core.world.channel_named(where)

    def _entered(self, field: Json, answer: Answer) -> Json:
        body = {key: field[key] for key in ("type", "custom_id")}
        if isinstance(answer, (str, bool)):
            return body | {"value": answer}
        return body | {"values": [each if isinstance(each, str) else str(each.id) for each in answer]}

    async def _do(self, act: Callable[[str], Interaction]) -> Outcome:
        nonce = secrets.token_hex(8)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[nonce] = outcome
        try:
            interaction = act(nonce)
            settled = await asyncio.wait_for(outcome, ACKNOWLEDGE_WITHIN_S + PATIENCE_S)
            return replace(settled, reply=interaction.original)
        finally:
            del self._waiting[nonce]

    def _hear(self, news: News) -> None:
        self.news.append(news)
        if news.change is Change.INTERACTION_UPDATE:
            self._settle(news.body)
        if news.message is not None and news.change is not Change.MESSAGE_DELETE:
            for look_at in list(self._watchers):
                look_at(news.message)

    def _settle(self, body: Json) -> None:
        waiting = self._waiting.get(body["nonce"] or "")
        if waiting is not None and not waiting.done():
            choices = tuple(body.get("choices", ()))
            status = Status(body["status"])
            failure = body.get("message", NO_ANSWER) if status is Status.FAILED else ""
            waiting.set_result(Outcome(status, body.get("modal", {}), choices, failure))
