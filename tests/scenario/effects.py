"""What can come of a press or of a form, and how a test sees that this came of it and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.domain.job import Origin
from bot.playground import Member, Message, Outcome
from bot.playground.core import Status
from bot.playground.wire import Json
from tests.scenario.stage import Stage

_SOON_S = 10.0
_BUTTON = 2


@dataclass(frozen=True)
class Makes:
    """A job of whoever pressed, made from the message's job, or from the cell of it that the button is about."""

    origin: Origin
    of_cell: bool = True
    of_job: bool = True


@dataclass(frozen=True)
class Says:
    """One sentence that nobody else sees."""

    text: str


@dataclass(frozen=True)
class Opens:
    """A form."""

    title: str


@dataclass(frozen=True)
class Posts:
    """A message with pictures."""


@dataclass(frozen=True)
class Sends:
    """The pictures, as a direct message."""


@dataclass(frozen=True)
class Changes:
    """The message itself now shows this, and there are so many new jobs."""

    text: str
    jobs: int = 0


@dataclass(frozen=True)
class Unpressable:
    """Discord's app lets nobody press it."""


@dataclass(frozen=True)
class Deletes:
    """The message itself."""


Effect = Makes | Says | Opens | Posts | Sends | Changes | Deletes | Unpressable


def pressables(message: Message) -> Iterator[Json]:
    """Its buttons and selects."""
    return (each for each in message.walk() if "custom_id" in each)


def key_of(component: Json) -> str:
    """What it does, by its custom_id: the action, and what tells it from others of the same action."""
    _, action, subject, cell, *extra = component["custom_id"].split(":")
    match action:
        case "setting":
            return f"{action}:{subject}"
        case "page":
            return f"{action}:{cell}"
        case _:
            return ":".join([action, *extra])


async def press(member: Member, message: Message, component: Json) -> Outcome:
    """Click the button; of a select, choose what comes last."""
    if component["type"] == _BUTTON:
        return await member.click(message, component["custom_id"])
    return await member.select(message, component["custom_id"], component["options"][-1]["value"])


class Watch:
    """Of what a member does from now on."""

    def __init__(self, stage: Stage, member: Member) -> None:
        self._stage, self._member = stage, member
        self._before = stage.newest()
        self._seen = {message.id for message in member.see_everywhere()}

    async def expect(
        self, effects: Sequence[Effect], outcomes: Sequence[Outcome], message: Message, custom_id: str
    ) -> None:
        """These come of it, and nothing else; what was pressed has this custom_id and is under that message."""
        assert [outcome.message for outcome in outcomes] == [""] * len(outcomes)
        expected = list(self._expected(effects, custom_id))
        with suppress(TimeoutError):
            async with asyncio.timeout(_SOON_S):
                while len(self._happened(outcomes)) < len(expected):
                    await asyncio.sleep(0.01)
        left = self._happened(outcomes)
        for what, text in expected:
            found = next((each for each in left if each[0] == what and text in each[1]), None)
            assert found is not None, f"not {what} {text!r} but {left}"
            left.remove(found)
        assert not left, f"{custom_id}: also {left}"
        for effect in effects:
            assert not isinstance(effect, Changes) or effect.text in message.text, message.text
            assert not isinstance(effect, Deletes) or message.id not in message.channel.messages
        await self._stage.forget(self._before)

    def _expected(self, effects: Sequence[Effect], custom_id: str) -> Iterator[tuple[str, str]]:
        _, _, subject, cell, *_ = custom_id.split(":")
        for effect in effects:
            match effect:
                case Makes(origin, of_cell, of_job):
                    parent, parent_cell = subject if of_job else None, cell if of_cell else None
                    yield "makes", _job(self._member.user.id, origin, parent, parent_cell)
                    yield "asks", ""
                case Says(text):
                    yield "says", text
                case Opens(title):
                    yield "opens", title
                case Posts():
                    yield "posts", ""
                case Sends():
                    yield from [("sends", ""), ("says", "Sent to you")]
                case Deletes():
                    yield "says", "Deleted"
                case Changes(_, jobs):
                    yield from [
                        ("makes", _job(self._member.user.id, Origin.IMAGINE, None, None)),
                        ("asks", ""),
                    ] * jobs

    def _happened(self, outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
        """So far."""
        new = [each for each in self._member.see_everywhere() if each.id not in self._seen]
        query = "SELECT user_id, origin, parent_id, parent_cell FROM job WHERE number > ?"
        return [
            *(("makes", _job(*row)) for row in self._stage.rows(query, self._before)),
            *(("asks", "") for each in new if not each.ephemeral and each.button("Cancel")),
            *(("says", each.content) for each in new if each.ephemeral and not each.attachments),
            *(("opens", each.modal["title"]) for each in outcomes if each.status is Status.MODAL),
            *(("sends" if each.channel.recipient else "posts", "") for each in new if each.attachments),
        ]


def _job(user_id: int, origin: str, parent_id: str | None, parent_cell: int | str | None) -> str:
    return f"{origin} of {parent_id} {parent_cell} for {user_id}"
