"""The list of servers outlasts a restart, and what is asked of it is what was last said."""

from __future__ import annotations

from pathlib import Path

from bot.storage.allowed_guilds import AllowedGuilds
from bot.storage.database import Database, open_database
from tests.storage.making import Clock

LARGE = 2**62 + 7


async def test_a_server_is_on_the_list_until_it_is_taken_off(database: Database, clock: Clock) -> None:
    guilds = AllowedGuilds(database, clock)
    assert await guilds.all() == frozenset()
    assert [await guilds.allow(5), await guilds.allow(5), await guilds.allow(LARGE)] == [True, False, True]
    assert await guilds.all() == {5, LARGE}
    assert [await guilds.disallow(5), await guilds.disallow(5)] == [True, False]
    assert await guilds.all() == {LARGE}


async def test_the_list_outlasts_a_restart(path: Path, clock: Clock) -> None:
    async with open_database(path) as database:
        await AllowedGuilds(database, clock).allow(5)
    async with open_database(path) as database:
        assert await AllowedGuilds(database, clock).all() == {5}
