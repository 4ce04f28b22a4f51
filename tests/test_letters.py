"""A picture that is sent as a direct message is judged as one, besides what the place shows where it is sent from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.job import Job, Place
from bot.domain.pace import Pace
from bot.domain.policy.actors import Actor, Venue
from bot.domain.policy.layers import Layer
from bot.domain.policy.rules import AgeRule, Rules
from bot.domain.safety import Safety
from bot.errors import BadRequest, DrawnUnchecked, NotAllowed
from bot.inventory import build_inventory
from bot.service.asker import Asker
from bot.service.finding import Finder
from bot.service.warden import Warden
from bot.settings import Settings, StorageSettings
from bot.storage.database import Database, open_database
from bot.stores import Stores, open_stores
from bot.ui.roster import DiscordRoster
from tests.storage.making import GUILD, Clock, a_picture, an_order, claimed, submit

OFF, SPOILER, BLOCK, REVIEW = Safety
BEN = Asker(1, Actor(user_id=8, created_at=0), Venue(GUILD, 3), Place(GUILD, 3), "en-GB", 0)


class House:
    """A studio without an engine. In its server `here` holds, in direct messages what the owner set: `base`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._settings = Settings(storage=StorageSettings(folder=folder))
        self.stores: Stores = open_stores(database, self._settings)

    async def sent(
        self, job: Job, here: Safety, base: Rules, *, age_restricted: bool = False
    ) -> tuple[bool, list[bool]]:
        """Whether Ben gets it behind a spoiler, and which of the pictures that he gets are flagged."""
        stores = self.stores
        warden = Warden(
            stores.policies, stores.blocks, stores.reviews, stores.allowed_guilds, stores.queue, stores.pseudonyms,
            DiscordRoster(), build_inventory(self._settings), Pace(Clock()), base=base, capacity=10,
            listed=False, direct=True, now=Clock(),
        )  # fmt: skip
        finder = Finder(stores.queue, stores.pictures, warden)
        await stores.policies.set(GUILD, Layer.GUILD, GUILD, "safety", here)
        ben = replace(BEN, venue=replace(BEN.venue, age_restricted=age_restricted))
        found, pictures = await finder.mailed(ben, *await finder.shown(ben, job.id))
        return found.order.spoiler, [picture.flagged for picture in pictures]

    async def drawn(self, mode: Safety) -> Job:
        """A job of two pictures, the second of which is flagged where anybody looked."""
        job = await submit(self.stores.queue, an_order(count=2))
        _, lease = await claimed(self.stores.queue)
        await self.stores.queue.begin(lease, mode)
        for cell in (0, 1):
            flagged = bool(cell) and mode is not OFF
            await self.stores.queue.add_picture(lease, replace(a_picture(cell), flagged=flagged))
        await self.stores.queue.finish(lease)
        return job


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_database(tmp_path / "atelier.db") as database:
        yield House(database, tmp_path)


@pytest.mark.parametrize(
    ("drawn", "here", "direct", "expected"),
    [
        (OFF, OFF, OFF, (False, [False, False])),
        (SPOILER, SPOILER, OFF, (True, [False, True])),
        (SPOILER, OFF, SPOILER, (True, [False, True])),
        (SPOILER, SPOILER, BLOCK, (True, [False])),
        (BLOCK, BLOCK, OFF, (False, [False])),
        (REVIEW, REVIEW, OFF, (False, [False, True])),
        (REVIEW, REVIEW, REVIEW, (False, [False])),
    ],
)
async def test_what_is_sent_is_what_both_the_place_and_direct_messages_show(
    house: House, drawn: Safety, here: Safety, direct: Safety, expected: tuple[bool, list[bool]]
) -> None:
    assert await house.sent(await house.drawn(drawn), here, Rules(safety=direct)) == expected


async def test_what_nobody_checked_is_not_sent_where_direct_messages_are_checked(house: House) -> None:
    job = await house.drawn(OFF)
    with pytest.raises(NotAllowed, match="out of direct messages"):
        await house.sent(job, OFF, Rules(safety=BLOCK))
    with pytest.raises(DrawnUnchecked):
        await house.sent(job, BLOCK, Rules())


async def test_an_age_restriction_does_not_go_along_with_a_letter(house: House) -> None:
    relaxing, job = Rules(age_restricted=AgeRule.RELAX), await house.drawn(OFF)
    with pytest.raises(NotAllowed, match="out of direct messages"):
        await house.sent(job, SPOILER, relaxing, age_restricted=True)
    assert await house.sent(job, OFF, relaxing, age_restricted=True) == (False, [False, False])


async def test_what_waits_for_a_moderator_is_not_sent(house: House) -> None:
    job = await submit(house.stores.queue, an_order())
    _, lease = await claimed(house.stores.queue)
    await house.stores.queue.begin(lease, REVIEW)
    await house.stores.queue.add_picture(lease, replace(a_picture(), flagged=True))
    await house.stores.queue.hold(lease)
    with pytest.raises(BadRequest, match="no pictures yet"):
        await house.sent(job, OFF, Rules())
