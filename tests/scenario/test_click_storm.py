"""Very many presses of 🔄 in two seconds: each is answered in time, nobody gets more jobs than they may have."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest

from bot.playground import Message, Playground, User
from bot.playground.acts import Acts
from bot.playground.interactions import Interaction, State
from bot.stores import DATABASE
from tests.scenario.conftest import finished
from tests.scenario.house import job_id
from tests.scenario.test_crash import bot_process

pytestmark = [pytest.mark.long, pytest.mark.alone]  # Discord waits 3 s for each answer
_WAITING = 3  # as many as one member may have
_STORM_S = 2.0
_WRITES_OF_A_JOB = 2  # the order, and the message that answers it
_WRITES_OF_A_DRAWING = 5  # from its claim until it is written down that it was shown


@pytest.mark.parametrize(
    ("members", "clicks"),
    [
        (1, 1000),
        (100, 1000),
    ],
)
async def test_each_of_very_many_clicks_is_answered_and_only_what_is_allowed_is_written_down(
    playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: int, clicks: int
) -> None:
    monkeypatch.setenv("ATELIER_LIMITS__QUEUE_PER_MEMBER", str(_WAITING))
    monkeypatch.setenv("ATELIER_LIMITS__LIVE_PER_MEMBER", "1")
    async with bot_process(playground, tmp_path):
        ada = playground.member("ada")
        await ada.command("studio", "imagine", prompt="a red fish --steps 2", count=1)
        message = await finished(ada)
        ada.leave()  # to draw up what everybody sees for a watcher would cost more than the bot does
        crowd = [playground.new_user(f"guest{number}") for number in range(members)]
        with Writes(tmp_path / DATABASE) as writes:
            interactions = await storm(playground, message, crowd, clicks)
            written = writes.count()
        jobs = made(tmp_path / DATABASE)
    assert {each.state for each in interactions} == {State.ACKNOWLEDGED}
    for user in crowd:
        own = [started for user_id, started in jobs if user_id == user.id]
        assert 1 <= len(own) <= _WAITING + sum(own)
    drawn = sum(started for _, started in jobs)
    assert written <= _WRITES_OF_A_JOB * len(jobs) + _WRITES_OF_A_DRAWING * drawn
    assert [call for call in playground.record.calls if call.status == 429] == []
    assert not any("went wrong" in json.dumps(call.json) for call in playground.record.calls)


async def storm(
    playground: Playground, message: Message, crowd: list[User], clicks: int
) -> list[Interaction]:
    """Each of the crowd in turn presses 🔄; back when every press has come to its end."""
    acts, loop = Acts(playground.core), asyncio.get_running_loop()
    press = {"custom_id": f"im2:reroll:{job_id(message)}:0"}
    began, interactions = loop.time(), []
    for number in range(clicks):
        await asyncio.sleep(began + _STORM_S * number / clicks - loop.time())
        user = crowd[number % len(crowd)]
        interactions.append(acts.use_component(user, message, None, press))
    while any(each.state is State.WAITING for each in interactions):
        await asyncio.sleep(0.05)
    return interactions


def made(database: Path) -> list[tuple[int, bool]]:
    """Whose each job of 🔄 is, and whether it was ever started."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        rows = connection.execute("SELECT user_id, attempt FROM job WHERE origin = 'reroll'").fetchall()
    return [(user_id, attempt > 0) for user_id, attempt in rows]


class Writes:
    """Counts the transactions that any process commits to a database, by the commit marks in its write-ahead log.

    A reader that stays where it is keeps the log from being begun anew, so that nothing in it is lost.
    """

    _HEADER, _FRAME = struct.Struct(">4sIII8s8s"), struct.Struct(">II8s8s")

    def __init__(self, database: Path) -> None:
        self._log = database.with_name(f"{database.name}-wal")
        self._reader = sqlite3.connect(database, isolation_level=None, timeout=10)

    def __enter__(self) -> Self:
        self._reader.executescript("BEGIN; SELECT count(*) FROM job;")
        self._salt, self._before = self._commits()
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def count(self) -> int:
        """Since the beginning."""
        salt, commits = self._commits()
        return commits - self._before if salt == self._salt else commits

    def _commits(self) -> tuple[bytes, int]:
        """What the frames of this life of the log are marked with, and how many of them end a transaction."""
        data = self._log.read_bytes()
        _, _, page, _, salt, _ = self._HEADER.unpack_from(data)
        frames = range(self._HEADER.size, len(data), self._FRAME.size + page)
        marks = [self._FRAME.unpack_from(data, at) for at in frames]
        return salt, sum(size > 0 and own == salt for _, size, own, _ in marks)
