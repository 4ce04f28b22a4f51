"""Is the event loop free while pictures are drawn? Its lag, and how soon a flood of commands is taken or refused."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from rich.console import Console

from bot.benchmarks.report import Report
from bot.benchmarks.ticker import spread, watching_lag
from bot.compose import build_bot, run_bot
from bot.playground import Member, Playground, connect
from bot.settings import LimitSettings, Settings, StorageSettings, demo_model

_MEMBERS = ("olive", "max", "ada", "ben", "cleo", "nell")


async def measure(commands: int, seconds: float, console: Console) -> Report:
    """Server, bot and engine in one process, on one event loop: the least favourable arrangement.

    Two floods: by the second one every member has as many requests waiting as they may, and nearly all are refused.
    """
    most = -(-commands // len(_MEMBERS))
    with tempfile.TemporaryDirectory(prefix="atelier-") as folder:
        settings = Settings(
            storage=StorageSettings(folder=Path(folder)),
            limits=LimitSettings(queue=10_000, queue_per_member=most),
            models=(demo_model(),),
        )
        async with Playground() as playground, build_bot(settings) as parts:
            with connect(playground.endpoints):
                bot = asyncio.create_task(run_bot(parts, playground.token))
                members = [playground.member(name) for name in _MEMBERS]
                await parts.client.logged_in.wait()
                await parts.client.wait_until_ready()
                with console.status("warming up: the first picture"):
                    await _first_picture(members[0])
                with console.status(f"twice {commands} commands in {seconds:.0f} s"), watching_lag() as lags:
                    answers = [
                        *await _flood(members, commands, seconds),
                        *await _flood(members, commands, seconds),
                    ]
                bot.cancel()
                with suppress(asyncio.CancelledError):
                    await bot
    setting = f"{commands} commands in {seconds:g} s, twice, while the demo model draws; all in one process"
    taken, refused = ([time for time, refusal in answers if refusal is said] for said in (False, True))
    measured = {"lag": lags, "take": taken, "refuse": refused}
    figures = [figure for name, times in measured.items() if times for figure in spread(name, times)]
    return Report("Event loop", setting, tuple(figures))


async def _first_picture(member: Member) -> None:
    await member.command("studio", "imagine", prompt="a red house at night", count=1)
    await member.wait_for(lambda message: bool(message.attachments), timeout=120)


async def _flood(members: Sequence[Member], commands: int, seconds: float) -> list[tuple[float, bool]]:
    """How many seconds each answer took, and whether it was a refusal."""

    async def one(index: int) -> tuple[float, bool]:
        await asyncio.sleep(index * seconds / commands)
        started = perf_counter()
        outcome = await members[index % len(members)].command(
            "studio", "imagine", prompt=f"a blue boat, number {index}"
        )
        if not outcome.acknowledged:
            raise RuntimeError(f"Command {index} was not acknowledged: {outcome.message}")
        return perf_counter() - started, outcome.reply is not None and outcome.reply.ephemeral

    return list(await asyncio.gather(*(one(index) for index in range(commands))))
