"""Where a picture comes from is told to whoever may know; of a private request nobody else learns anything."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.job import Job, Place
from bot.domain.pace import Pace
from bot.domain.policy.actors import Actor, Venue
from bot.domain.policy.rules import Rules
from bot.errors import BadRequest
from bot.inventory import build_inventory
from bot.provenance import Seal, Trust, fingerprint
from bot.service.asker import Asker
from bot.service.finding import Finder
from bot.service.provenance import Answer, Provenance
from bot.service.warden import Warden
from bot.settings import Settings, StorageSettings
from bot.storage.database import Database, open_database
from bot.storage.fingerprints import FingerprintStore
from bot.stores import open_stores
from bot.ui.roster import DiscordRoster
from tests.provenance.drawn import Drawn, as_sent, changed_pixel, drawn, stranger
from tests.storage.making import GUILD, Clock, a_picture, an_order, delivered

FIRST, SECOND, THIRD = drawn(3)
ADA, BEN = (
    Asker(1, Actor(user_id=user, created_at=0), Venue(GUILD, 3), Place(GUILD, 3), "en-GB", 0)
    for user in (7, 8)
)


class House:
    """A studio without an engine: its pictures are what `keep` is given."""

    def __init__(self, database: Database, folder: Path) -> None:
        settings = Settings(storage=StorageSettings(folder=folder))
        stores = open_stores(database, settings)
        warden = Warden(
            stores.policies,
            stores.blocks,
            stores.reviews,
            stores.allowed_guilds,
            stores.queue,
            stores.pseudonyms,
            DiscordRoster(),
            build_inventory(settings),
            Pace(Clock()),
            base=Rules(),
            capacity=10,
            listed=False,
            direct=True,
            now=Clock(),
        )
        finder = Finder(stores.queue, stores.pictures, warden)
        self.queue, self.pictures = stores.queue, stores.pictures
        self.seal = Seal(folder / "certificates", hold=True)
        self._provenance = Provenance(FingerprintStore(database), finder, self.seal.signing)

    async def keep(self, number: int, *pictures: Drawn, private: bool = False) -> Job:
        """A job of Ada's that has drawn these."""
        stored = [
            replace(
                a_picture(cell, sha256=await self.pictures.put(each.data)), fingerprint=fingerprint(each.data)
            )
            for cell, each in enumerate(pictures)
        ]
        order = replace(an_order(number, ADA.user_id, count=len(pictures)), private=private)
        return await delivered(self.queue, order, *stored)

    def sent(self, each: Drawn) -> bytes:
        file = self.seal.fit(each.data, 10 * 2**20)
        assert file is not None
        return file.data

    async def look(self, data: bytes, asker: Asker = BEN) -> Answer:
        return await self._provenance.look(asker, data, "picture.png")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_database(tmp_path / "atelier.db") as database:
        yield House(database, tmp_path)


async def test_a_file_that_went_out_is_known_with_its_signature_and_without(house: House) -> None:
    job = await house.keep(1, FIRST, SECOND)
    for data, trust in ((SECOND.data, Trust.NONE), (house.sent(SECOND), Trust.OURS)):
        answer = await house.look(data)
        assert answer.ours
        assert [(each.job.id, each.cell) for each in answer.same] == [(job.id, 1)]
        assert (answer.alike, answer.inspection.manifest.trust) == ((), trust)


async def test_a_picture_that_was_saved_again_is_known_by_its_looks(house: House) -> None:
    job = await house.keep(1, FIRST, SECOND)
    for ending in ("webp", "jpeg"):
        answer = await house.look(as_sent(SECOND.data, ending).data)
        assert not answer.ours
        assert (answer.alike[0].job.id, answer.alike[0].cell) == (job.id, 1)


async def test_a_picture_of_ours_that_is_no_longer_stored_is_known_by_its_signature(house: House) -> None:
    answer = await house.look(house.sent(THIRD))
    assert (answer.ours, answer.same, answer.alike) == (True, (), ())


async def test_a_changed_picture_is_not_ours_but_looks_so(house: House) -> None:
    await house.keep(1, FIRST)
    answer = await house.look(changed_pixel(house.sent(FIRST), random.Random(1)))
    assert (answer.ours, answer.inspection.manifest.trust) == (False, Trust.INVALID)
    assert len(answer.alike) == 1


async def test_of_a_private_request_only_its_own_member_learns(house: House) -> None:
    job = await house.keep(1, FIRST, private=True)
    sent, again = house.sent(FIRST), as_sent(FIRST.data, "webp").data
    answer = await house.look(sent)
    assert (answer.ours, answer.untold, answer.same, answer.alike) == (True, True, (), ())
    answer = await house.look(again)
    assert (answer.ours, answer.untold, answer.same, answer.alike) == (False, False, (), ())
    assert [each.job.id for each in (await house.look(sent, ADA)).same] == [job.id]
    assert [each.job.id for each in (await house.look(again, ADA)).alike] == [job.id]


async def test_a_public_request_for_the_same_picture_is_told_all_the_same(house: House) -> None:
    await house.keep(1, FIRST, private=True)
    public = await house.keep(2, FIRST)
    answer = await house.look(FIRST.data)
    assert ([each.job.id for each in answer.same], answer.untold) == ([public.id], False)


async def test_somebody_elses_picture_is_not_ours(house: House) -> None:
    await house.keep(1, FIRST)
    answer = await house.look(stranger(7))
    assert (answer.ours, answer.same, answer.alike, answer.untold) == (False, (), (), False)


async def test_what_is_no_picture_is_told_so_by_its_name(house: House) -> None:
    with pytest.raises(BadRequest, match=r"`picture\.png` cannot be read as a picture"):
        await house.look(b"no picture")
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "GIF")
    with pytest.raises(BadRequest):
        await house.look(out.getvalue())


@pytest.mark.parametrize("guild_id", [GUILD + 1, None])
async def test_nothing_is_told_of_a_request_in_another_server(house: House, guild_id: int | None) -> None:
    job = await house.keep(1, FIRST)
    ben, ada = (replace(member, venue=Venue(guild_id, 4), place=Place(guild_id, 4)) for member in (BEN, ADA))
    for data, secret in ((house.sent(FIRST), True), (as_sent(FIRST.data, "webp").data, False)):
        answer = await house.look(data, ben)
        assert (answer.same, answer.alike, answer.untold) == ((), (), secret)
    assert [each.job.id for each in (await house.look(FIRST.data, ada)).same] == [job.id]
