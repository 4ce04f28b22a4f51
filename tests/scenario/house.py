"""One bot for all tests of a file, each of which brings members of its own and so starts from nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from itertools import count
from pathlib import Path
from typing import Any

from bot.compose import Parts
from bot.domain.job import Job
from bot.playground import Member, Message, Outcome, Playground, Upload, User
from bot.playground.default_world import DAY
from bot.playground.member import Answer
from bot.playground.world import Role
from bot.settings import EngineSettings, Settings, StorageSettings
from bot.stores import DATABASE
from tests.conformance import check_record
from tests.scenario.conftest import PICTURES_S, has_preview, pings, running_bot, whispers

_PATIENCE_S = 10.0  # a machine that runs tests is busier than one that serves a guild
_NUMBERS = count(1)


class House:
    """A playground with a running bot; `restart` gives it another process' life with the same data."""

    def __init__(self, playground: Playground, settings: Settings) -> None:
        self.playground, self.settings = playground, settings
        self.parts: Parts
        self._life = AsyncExitStack()
        playground.core.interactions.patience_s = _PATIENCE_S
        playground.limits.enabled = False  # waiting for Discord's own limits is tested elsewhere

    async def open(self) -> None:
        self.playground.gateway.arrived.clear()
        self.parts = await self._life.enter_async_context(running_bot(self.playground, self.settings))

    async def close(self) -> None:
        await self._life.aclose()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def newcomer(
        self,
        locale: str = "en-US",
        *,
        account_days: float = 2000,
        member_days: float = 365,
        roles: Iterable[Role] = (),
    ) -> Member:
        """Somebody whom the bot has never met; of long standing, unless the days say otherwise."""
        now = self.playground.clock.now()
        user = self.playground.new_user(
            f"guest{next(_NUMBERS)}",
            created=now - account_days * DAY,
            joined=now - member_days * DAY,
            roles=roles,
            locale=locale,
        )
        return self.playground.member(user.username)

    def post(self, author: User, content: str = "", *files: Upload, where: str = "studio") -> Message:
        """An ordinary message of somebody's, with files."""
        board = self.playground.core.board
        message = board.draft(self.playground.world.channel_named(where), author)
        board.fill(message, {"content": content}, dict(enumerate(files)))
        board.post(message)
        return message

    async def draw(self, member: Member, prompt: str = "a red house", **options: Any) -> Message:
        """The message with the pictures; one of two steps, unless more is asked for."""
        said = {"count": 1} | options
        outcome = await member.command("studio", "imagine", prompt=f"{prompt} --steps 2", **said)
        return await self.pictures(member, outcome)

    async def pictures(self, member: Member, outcome: Outcome) -> Message:
        """The message that answered, once it has its pictures."""
        assert outcome.reply is not None, outcome
        assert not outcome.reply.ephemeral, outcome.reply.content
        return await shown(member, outcome.reply)

    async def job(self, message: Message) -> Job:
        """The job whose message this is, by its buttons."""
        job = await self.parts.stores.queue.get(job_id(message))
        assert job is not None
        return job

    async def jobs(self, member: Member) -> list[Job]:
        """All of a member's jobs, in the order in which they were asked for."""
        ids = self.rows("SELECT id FROM job WHERE user_id = ? ORDER BY number", member.user.id)
        found = [await self.parts.stores.queue.get(each) for (each,) in ids]
        return [job for job in found if job is not None]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Straight from the database file."""
        with closing(self._connect()) as connection:
            return connection.execute(query, values).fetchall()

    async def write(self, statement: str, *values: object) -> None:
        """Straight into the database file, as time or an owner might have changed it."""

        def work() -> None:
            with closing(self._connect()) as connection, connection:
                connection.execute(statement, values)

        await asyncio.to_thread(work)  # the bot goes on, and so ends a transaction of its own

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(Path(self.settings.storage.folder) / DATABASE, timeout=10)


@asynccontextmanager
async def opened(folder: Path, **changes: Any) -> AsyncIterator[House]:
    """Every call to the playground must conform to Discord's published description."""
    changes = {"engine": EngineSettings(threads=1, rows=1)} | changes
    settings = Settings(storage=StorageSettings(folder=folder / "data"), **changes)
    async with Playground() as playground:
        house = House(playground, settings)
        await house.open()
        try:
            yield house
        finally:
            await house.close()
        check_record(playground, folder)
        assert [call for call in playground.record.calls if pings(call.json)] == []


async def shown(member: Member, message: Message) -> Message:
    """This message, once it has its pictures."""
    return await member.wait_for(
        lambda each: each is message and bool(each.attachments) and not has_preview(each), PICTURES_S
    )


def job_id(message: Message) -> str:
    """Of the job that the buttons under a message are about."""
    return next(str(each["custom_id"]).split(":")[2] for each in message.walk() if each.get("custom_id"))


def own(member: Member, where: str = "studio") -> list[Message]:
    """What all may see in a channel of the answers to this member."""
    return [
        message
        for message in member.see(where)
        if not message.ephemeral
        and message.interaction is not None
        and message.interaction["user"]["id"] == str(member.user.id)
    ]


def direct(member: Member) -> list[Message]:
    """The direct messages between the bot and this member."""
    return [message for message in member.see_everywhere() if message.channel.recipient is member.user]


async def sent(member: Member) -> Message:
    """The first direct message to this member that shows pictures."""
    return await member.wait_for(
        lambda each: each in direct(member) and bool(each.attachments) and not has_preview(each), PICTURES_S
    )


async def told(member: Member, name: str, /, **options: Any) -> str:
    """What a command in the studio whispers back, in one text."""
    before = len(whispers(member))
    outcome = await member.command("studio", name, **options)
    assert outcome.acknowledged, outcome
    if outcome.reply is not None:
        await member.wait_for(lambda message: message is outcome.reply and not message.loading)
    return "\n".join(whispers(member)[before:])


async def fill_in(member: Member, outcome: Outcome, answers: dict[str, Answer]) -> Outcome:
    """Submit the form that has opened."""
    assert outcome.modal, outcome
    return await member.submit_modal(outcome.modal, answers)
