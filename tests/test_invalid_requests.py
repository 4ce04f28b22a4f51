"""Discord bans who sends too many requests that it refuses: what cannot be edited is tried once or twice, no more."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from enum import Enum
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.delivery import Delivery
from bot.domain.job import Job, Placeholder, State
from bot.domain.status import Ended, Working
from bot.storage.database import open_database
from bot.storage.jobs import JobQueue
from bot.storage.pictures import PictureStore
from bot.storage.postings import Postings
from bot.ui.poster import DiscordPoster
from tests.storage.making import Clock, a_picture, an_order, drawn, submit

JOBS = 240  # of half a day, one every three minutes
INTERVAL_S = 0.1  # for the two seconds between the edits of a message
EDITS = 4  # that a job has time for


class Fate(Enum):
    """What becomes of a job's message or token while it is drawn."""

    FINE = None
    REVOKED = (403, 50001)
    GONE = (404, 10008)
    EXPIRED = (401, 50027)


class TwinDiscord:
    """The seam of discord.py's edits: refuses as each channel's fate has it, and notes when each was asked."""

    def __init__(self, fates: dict[int, Fate]) -> None:
        self._fates = fates
        self.asked: dict[int, list[float]] = defaultdict(list)
        self.refused: Counter[int] = Counter()

    def get_partial_messageable(self, channel_id: int) -> Any:
        async def edit(**_: Any) -> None:
            self.asked[channel_id].append(asyncio.get_running_loop().time())
            if self._fates[channel_id] in (Fate.REVOKED, Fate.GONE):
                self._refuse(channel_id)

        async def send(*_: Any, **__: Any) -> None:
            """Somebody is told that they had to wait."""

        return SimpleNamespace(get_partial_message=lambda _: SimpleNamespace(edit=edit), send=send)

    def interaction(self, channel_id: int) -> Any:
        """Its token has died before anybody noticed."""

        async def edit(**_: Any) -> None:
            self._refuse(channel_id)

        return SimpleNamespace(edit_original_response=edit)

    def _refuse(self, channel_id: int) -> None:
        status, code = self._fates[channel_id].value or (200, 0)
        self.refused[channel_id] += 1
        response: Any = SimpleNamespace(status=status, reason="refused")
        raise discord.HTTPException(response, {"code": code, "message": "refused"})


class Day:
    """All jobs at once, each in a channel of its own."""

    def __init__(self, queue: JobQueue, folder: Path, fates: dict[int, Fate]) -> None:
        self.twin, self._poster = TwinDiscord(fates), DiscordPoster()
        client: Any = self.twin
        self._poster.attach(client)
        self.delivery = Delivery(
            self._poster, queue, PictureStore(folder), Postings(queue._database), interval_s=INTERVAL_S
        )
        self.fates = fates

    async def live(self, job: Job, channel_id: int) -> None:
        """It gets ahead faster than its message may be edited, and fails in the end."""
        job = replace(job, id=f"job{channel_id}", placeholder=Placeholder(channel_id, 1))
        if self.fates[channel_id] is Fate.EXPIRED:
            self._poster.remember(job.id, self.twin.interaction(channel_id))
        for step in range(EDITS * 4):
            self.delivery.show(job, Working(step / (EDITS * 4), 0, 1))
            await asyncio.sleep(INTERVAL_S / 4)
        await self.delivery.end(job, Ended(State.FAILED, "It broke."))


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[JobQueue]:
    async with open_database(tmp_path / "atelier.db") as database:
        yield JobQueue(database, Clock())


def fate_of(number: int) -> Fate:
    """Five of a hundred lose their channel, five their token, and one its message."""
    return {0: Fate.REVOKED, 1: Fate.EXPIRED}.get(number % 20, Fate.GONE if number % 100 == 2 else Fate.FINE)


async def test_in_half_a_day_with_lost_channels_and_dead_tokens_few_requests_are_refused(
    queue: JobQueue, tmp_path: Path
) -> None:
    fates = {number: fate_of(number) for number in range(JOBS)}
    day, job = Day(queue, tmp_path, fates), await submit(queue, an_order())
    await asyncio.gather(*(day.live(job, number) for number in fates))
    await day.delivery.close()
    most = {Fate.FINE: 0, Fate.REVOKED: 2, Fate.GONE: 1, Fate.EXPIRED: 1}
    assert {number: most[fate] for number, fate in fates.items() if most[fate]} == day.twin.refused
    assert day.twin.refused.total() < 50
    for number, fate in fates.items():
        progress = day.twin.asked[number][:-1]  # the last word does not wait
        gaps = [later - earlier for earlier, later in pairwise(progress)]
        assert min(gaps, default=INTERVAL_S) >= INTERVAL_S - 0.001
        assert fate in (Fate.REVOKED, Fate.GONE) or 2 <= len(progress) <= EDITS + 2


async def test_a_result_is_tried_once_where_it_may_be_shown_again_by_now(
    queue: JobQueue, tmp_path: Path
) -> None:
    """A right may have come back; a message that is gone has not."""
    day = Day(queue, tmp_path, {3: Fate.GONE, 4: Fate.REVOKED, 5: Fate.REVOKED})
    sha256, ends = await PictureStore(tmp_path).put(b"a picture"), dict[int, tuple[State, str | None]]()
    for channel_id in day.fates:
        job = await submit(queue, an_order(channel_id))
        await queue.set_placeholder(job.id, Placeholder(channel_id, 1))
        await drawn(queue, a_picture(sha256=sha256))
        for _ in range(3):
            day.delivery.show(replace(job, placeholder=Placeholder(channel_id, 1)), Working(0.5, 0, 1))
            await asyncio.sleep(0.01)
        if channel_id == 5:
            day.fates[5] = Fate.FINE
        await day.delivery.deliver(job)
        found = await queue.get(job.id)
        assert found is not None
        ends[channel_id] = found.state, found.reason
    assert ends == {
        3: (State.FAILED, "The message of this request is gone."),
        4: (State.FAILED, "I may not write in that channel any more."),
        5: (State.DELIVERED, None),
    }
    assert day.twin.refused == {3: 1, 4: 2, 5: 1}
