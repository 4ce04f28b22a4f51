"""A house in which some members' requests wait for ever, so that thousands of presses cost no drawing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import copytree, rmtree

from bot.compose import Parts, build_bot, run_bot
from bot.domain.job import Job, Lease, Order, State
from bot.playground import Member, Message, Playground, connect
from bot.settings import EngineSettings, LimitSettings, Settings, StorageSettings, StyleSettings
from bot.stores import PICTURES
from tests.conformance import check_record
from tests.scenario.conftest import PICTURES_S, pings
from tests.scenario.house import House
from tests.storage.making import an_order, submit

_WORKER, _FOR_EVER_MS = "another worker", 10**9
STYLES = ("ink", *(f"ink{number}" for number in range(2, 12)))
_NUMBERS = count(1)


class Stage(House):
    """`hold` the lanes of those whose requests should wait; they stay held when the bot is restarted."""

    def __init__(self, playground: Playground, settings: Settings) -> None:
        super().__init__(playground, settings)
        self._held: list[Member] = []

    async def open(self) -> None:
        self.playground.gateway.arrived.clear()
        self.parts = await self._life.enter_async_context(build_bot(self.settings))
        await self._hold_again()
        self._life.enter_context(connect(self.playground.endpoints))
        await self._life.enter_async_context(_alive(self.parts, self.playground.token))
        await self.playground.wait_until_online(PICTURES_S)

    async def close(self) -> None:
        """discord.py cannot be ended well before it is ready."""
        await self.parts.client.wait_until_ready()
        await super().close()

    async def hold(self, *members: Member) -> None:
        """Another worker draws one job of each for ever, and two at once of one member are not drawn."""
        for member in members:
            self._held.append(member)
            await self._hold(member)

    async def release(self, member: Member) -> None:
        """What waits of this member is drawn now."""
        self._held.remove(member)
        for job in await self.parts.stores.queue.active_of_user(member.user.id):
            if job.state is State.RUNNING:
                await self.parts.stores.queue.cancel(job.id)
        self.parts.dispatcher.wake()

    async def answered(self, message: Message) -> Job:
        """The job whose request this message answers."""
        assert message.interaction is not None
        job = await self.parts.stores.queue.by_interaction(int(message.interaction["id"]))
        assert job is not None, message.text
        return job

    async def forget(self, since: int) -> None:
        """The jobs after this number are cancelled where they wait, and nobody is told."""
        for (job_id,) in self.rows("SELECT id FROM job WHERE number > ? AND state = 'queued'", since):
            await self.parts.stores.queue.cancel(job_id)
            await self.parts.stores.queue.announce(job_id)

    def newest(self) -> int:
        """The number of the newest job, 0 where there is none."""
        ((number,),) = self.rows("SELECT coalesce(max(number), 0) FROM job")
        return int(number)

    @contextmanager
    def expired(self) -> Iterator[None]:
        """Meanwhile the files of all pictures are gone."""
        folder = self.parts.folder / PICTURES
        kept = folder.with_name("kept")
        folder.rename(kept)
        try:
            yield
        finally:
            copytree(kept, folder, dirs_exist_ok=True)
            rmtree(kept)

    async def _hold(self, member: Member) -> None:
        queue = self.parts.stores.queue
        await submit(queue, self._order(member))
        while await queue.claim(_WORKER, _FOR_EVER_MS, per_lane=1) is None:  # the bot was quicker
            for job in await queue.active_of_user(member.user.id):
                await queue.cancel(job.id)
            await submit(queue, self._order(member))

    def _order(self, member: Member) -> Order:
        """In the member's own lane."""
        guild_id = self.playground.world.guild.id
        lane = f"{guild_id}:{self.parts.stores.pseudonyms.of(member.user.id)}"
        return an_order(next(_NUMBERS), member.user.id, lane=lane, guild_id=guild_id)

    async def _hold_again(self) -> None:
        """Take the oldest job of each lane, and give those back that nobody held."""
        held, others = {member.user.id for member in self._held}, list[Lease]()
        while (claimed := await self.parts.stores.queue.claim(_WORKER, _FOR_EVER_MS, per_lane=1)) is not None:
            if claimed[0].order.user_id not in held:
                others.append(claimed[1])
        for lease in others:
            await self.parts.stores.queue.release(lease)


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[Stage]:
    """Every call to the playground must conform to Discord's published description, and none may ping."""
    settings = Settings(
        storage=StorageSettings(folder=folder / "data"),
        limits=LimitSettings(queue_per_member=1000, queue=10_000, live_per_member=1),
        engine=EngineSettings(threads=1),
        styles=tuple(StyleSettings(name=name, prompt=f"{{prompt}}, in {name}") for name in STYLES),
    )
    async with Playground() as playground:
        playground.limits.enabled = False  # else edits wait for their turn, and the end of a test for them
        stage = Stage(playground, settings)
        await stage.open()
        try:
            yield stage
        finally:
            await stage.close()
        check_record(playground, folder)
        assert [call for call in playground.record.calls if pings(call.json)] == []


@asynccontextmanager
async def _alive(parts: Parts, token: str) -> AsyncIterator[None]:
    life = asyncio.create_task(run_bot(parts, token))
    try:
        yield
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life
