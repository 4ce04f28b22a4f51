"""What the owner set while the bot ran outlasts a restart."""

from __future__ import annotations

from pathlib import Path

from bot.domain.studio import Pause, StudioSettings
from bot.storage.database import Database, open_database
from bot.storage.studio_state import StudioState


async def test_at_first_nothing_is_set(database: Database) -> None:
    state = await StudioState(database).get()
    assert state == StudioSettings(pause=None, quiet_hours=None, memory_gib=None)
    assert not state.paused


async def test_what_is_set_outlasts_a_restart(path: Path) -> None:
    async with open_database(path) as database:
        state = StudioState(database)
        await state.set_pause(Pause(since=1_700_000_000_000, by=2**62))
        await state.set_quiet_hours("22:00-07:00")
        await state.set_memory_gib(7.5)
    async with open_database(path) as database:
        kept = await StudioState(database).get()
    wanted = StudioSettings(
        pause=Pause(since=1_700_000_000_000, by=2**62), quiet_hours="22:00-07:00", memory_gib=7.5
    )
    assert kept == wanted
    assert kept.paused


async def test_each_value_is_reset_alone(database: Database) -> None:
    state = StudioState(database)
    await state.set_pause(Pause(since=1, by=None))
    await state.set_quiet_hours("22:00-07:00")
    await state.set_memory_gib(7.5)
    await state.set_pause(None)
    assert await state.get() == StudioSettings(quiet_hours="22:00-07:00", memory_gib=7.5)
    await state.set_quiet_hours(None)
    await state.set_memory_gib(None)
    assert await state.get() == StudioSettings()
