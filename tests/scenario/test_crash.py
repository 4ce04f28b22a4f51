"""kill -9 at five moments of a running job: the next start finishes it in the same message, once."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.playground import Member, Playground
from bot.playground.faults import delayed, reset
from bot.stores import DATABASE
from tests.scenario.conftest import PICTURES_S, finished

pytestmark = pytest.mark.long
EDITS = r"/(webhooks|channels)/.*messages/.*"
PROMPT = "a red house at night"


@asynccontextmanager
async def bot_process(playground: Playground, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`atelier run` as a process of its own; killed at the end, if it still lives."""
    environment = {
        **os.environ,
        **playground.endpoints.to_environment(),
        "ATELIER_DISCORD__TOKEN": playground.token,
        "ATELIER_STORAGE__FOLDER": str(folder),
        "ATELIER_ENGINE__THREADS": "1",
        "ATELIER_ENGINE__ROWS": "2",  # one picture a forward, so that they do not all end at once
    }
    playground.gateway.arrived.clear()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", env=environment)
    try:
        await playground.wait_until_online(60)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def state(folder: Path) -> tuple[str, int]:
    """The only job's state, and how many pictures are stored for it."""
    with closing(sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)) as connection:
        query = "SELECT state, (SELECT count(*) FROM picture WHERE job_id = job.id) FROM job"
        name, pictures = connection.execute(query).fetchone()
    return str(name), int(pictures)


async def reached(folder: Path, *expected: str) -> None:
    async with asyncio.timeout(PICTURES_S):
        while state(folder)[0] not in expected:
            await asyncio.sleep(0.05)


async def while_it_waits(ada: Member, playground: Playground, folder: Path) -> None:
    await ada.wait_for(lambda message: message.content.startswith("⏳"))


async def during_the_first_picture(ada: Member, playground: Playground, folder: Path) -> None:
    await ada.wait_for(
        lambda message: re.search(r"\*\*[1-9]\d*%\*\* · 0 of 4", message.content) is not None, PICTURES_S
    )


async def between_two_pictures(ada: Member, playground: Playground, folder: Path) -> None:
    async with asyncio.timeout(PICTURES_S):
        while state(folder)[1] == 0:
            await asyncio.sleep(0.01)
    assert state(folder)[1] < 4


async def before_the_result_arrives(ada: Member, playground: Playground, folder: Path) -> None:
    await ada.wait_for(lambda message: "▱" in message.content, PICTURES_S)
    playground.faults.script("PATCH", EDITS, delayed(60), times=100)
    await reached(folder, "ready")


async def after_the_result_arrived_but_before_that_is_known(
    ada: Member, playground: Playground, folder: Path
) -> None:
    playground.faults.script("PATCH", EDITS, reset(after_effect=True), times=100)
    await finished(ada, count=4)


MOMENTS: list[Callable[[Member, Playground, Path], Awaitable[None]]] = [
    while_it_waits,
    during_the_first_picture,
    between_two_pictures,
    before_the_result_arrives,
    after_the_result_arrived_but_before_that_is_known,
]


@pytest.mark.parametrize("moment", MOMENTS, ids=[moment.__name__ for moment in MOMENTS])
async def test_a_killed_bot_finishes_the_job_in_the_same_message_exactly_once(
    playground: Playground, tmp_path: Path, moment: Callable[[Member, Playground, Path], Awaitable[None]]
) -> None:
    folder, ada = tmp_path / "data", playground.member("ada")
    async with bot_process(playground, folder) as process:
        await ada.command("studio", "imagine", prompt=f"{PROMPT} --steps 50", seed=11, aspect="256x256")
        (waiting,) = ada.see("studio")
        await moment(ada, playground, folder)
        process.kill()
        await process.wait()
    playground.faults.clear()
    assert state(folder)[0] != "delivered"
    async with bot_process(playground, folder):
        message = await finished(ada, count=4)
        await reached(folder, "delivered")
        assert state(folder) == ("delivered", 4)
        assert [m.id for m in ada.see("studio")] == [waiting.id] == [message.id]
        assert message.button("🔄") is not None
        assert sorted(a.filename.split("-")[2] for a in message.attachments) == [
            f"{11 + n}.png" for n in range(4)
        ]


async def test_a_bot_that_is_asked_to_stop_stops_and_goes_on_later(
    playground: Playground, tmp_path: Path
) -> None:
    folder, ada = tmp_path / "data", playground.member("ada")
    async with bot_process(playground, folder) as process:
        await ada.command("studio", "imagine", prompt=f"{PROMPT} --steps 50", aspect="256x256")
        await ada.wait_for(lambda message: "▱" in message.content, PICTURES_S)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert state(folder)[0] == "queued"
    async with bot_process(playground, folder):
        await finished(ada, count=4)
