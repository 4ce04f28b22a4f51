"""At the desk for the bot's owner: the machine, and what it does when."""

from __future__ import annotations

import discord

from bot.domain.status import Closed
from bot.service.ownership import MachineStatus, Ownership
from bot.ui.answers import Interaction, asker, guard, locale_of, think, whisper
from bot.ui.languages import translate
from bot.ui.render import ACCENT, duration
from bot.ui.standing import moment
from engine.sentence import say
from engine.status import EngineStatus

_GIB = 2**30


class MachineDesk:
    """Seen by the owner alone."""

    def __init__(self, ownership: Ownership) -> None:
        self._ownership = ownership

    async def status(self, interaction: Interaction) -> None:
        async def work() -> None:
            await think(interaction)
            status = await self._ownership.status(asker(interaction))
            await whisper(interaction, "", embed=_embed(status, locale_of(interaction)))

        await guard(interaction, work)

    async def pause(self, interaction: Interaction, *, paused: bool) -> None:
        async def work() -> None:
            await self._ownership.pause(asker(interaction), paused=paused)
            await whisper(
                interaction,
                say("Paused: what is being drawn is finished, and requests keep their places.")
                if paused
                else say("On we go."),
            )

        await guard(interaction, work)

    async def schedule(self, interaction: Interaction, hours: str | None) -> None:
        async def work() -> None:
            kept = await self._ownership.schedule(asker(interaction), hours)
            await whisper(
                interaction,
                say("There are no quiet hours.")
                if kept is None
                else say("Quiet hours: {hours}.", hours=kept),
            )

        await guard(interaction, work)

    async def load(self, interaction: Interaction, model: str) -> None:
        async def work() -> None:
            await think(interaction)
            await self._ownership.load(asker(interaction), model)
            await whisper(interaction, say("{model} is in the memory.", model=model))

        await guard(interaction, work)

    async def unload(self, interaction: Interaction, model: str | None) -> None:
        async def work() -> None:
            await think(interaction)
            freed = await self._ownership.unload(asker(interaction), model)
            await whisper(
                interaction,
                say("Free again: {size:.1f} GiB; what is in use leaves when it rests.", size=freed / _GIB),
            )

        await guard(interaction, work)

    async def budget(self, interaction: Interaction, gib: float | None) -> None:
        async def work() -> None:
            await think(interaction)
            await self._ownership.budget(asker(interaction), gib)
            await whisper(
                interaction,
                say("The budget is the settings' again.")
                if gib is None
                else say("The engine may fill {size:g} GiB.", size=gib),
            )

        await guard(interaction, work)


def _embed(status: MachineStatus, locale: str) -> discord.Embed:
    engine = status.engine
    models = "\n".join(f"`{each.name}` {each.bytes / _GIB:.2f} GiB · {each.live}" for each in engine.models)
    values = {
        say("Device"): f"{engine.device} · {engine.precision} · {engine.mode}",
        say("Now"): translate(_now(status), locale),
        say("Models (in use by)"): models or "–",
        say("Memory"): translate(_memory(engine), locale),
        say("At work"): translate(
            say("{live} pictures, {waiting} more let in soon", live=engine.live, waiting=engine.waiting),
            locale,
        ),
        say("A step takes"): "–" if engine.step_ms is None else f"{engine.step_ms:.0f} ms",
        say("Up for"): duration(engine.uptime_s),
        say("Quiet hours"): status.quiet_hours or "–",
    }
    embed = discord.Embed(title=translate(say("The machine"), locale), colour=ACCENT)
    for name, value in values.items():
        embed.add_field(name=translate(name, locale), value=value)
    return embed


def _now(status: MachineStatus) -> str:
    closed: Closed | None = status.closed
    if closed is None:
        return say("Open")
    until = "" if closed.until is None else f" {moment(closed.until)}"
    return say("{why}{until}", why=closed.why, until=until)


def _memory(engine: EngineStatus) -> str:
    return say(
        "{used:.2f} of {budget:.1f} GiB in use; {free:.1f} of {total:.1f} GiB of the device are free",
        used=engine.used / _GIB,
        budget=engine.budget / _GIB,
        free=engine.free / _GIB,
        total=engine.total / _GIB,
    )
