"""A member may have their data deleted once an hour: all who write wait while the file is written anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.job import Place, State
from bot.domain.policy.actors import Actor, Venue
from bot.domain.status import Ended, Held
from bot.errors import NotAllowed, StorageError
from bot.service.asker import Asker
from bot.service.privacy import Privacy
from bot.storage.pictures import PictureStore
from bot.storage.privacy import PrivacyStore
from bot.storage.pseudonyms import Pseudonyms
from tests.storage.making import GUILD, a_picture, an_order, claimed, submit
from tests.test_dispatch import Studio, studio, until

__all__ = ["studio"]
HOUR_MS = 3_600_000
ADA, BEN = (
    Asker(1, Actor(user_id=user, created_at=0), Venue(GUILD, 3), Place(GUILD, 3), "en-GB", 0)
    for user in (7, 8)
)


def privacy_of(studio: Studio, folder: Path, pictures: Path) -> Privacy:
    database, pseudonyms = studio.queue._database, Pseudonyms(folder / "secret.key")
    store = PrivacyStore(database, PictureStore(pictures), pseudonyms, studio.clock)
    return Privacy(store, studio.queue, studio.dispatcher, studio.clock)


async def test_who_has_deleted_their_data_can_do_so_again_in_an_hour(studio: Studio, tmp_path: Path) -> None:
    privacy = privacy_of(studio, tmp_path, tmp_path / "pictures")
    await submit(studio.queue, an_order(1, ADA.user_id))
    assert (await privacy.delete(ADA)).jobs == 1
    job = await submit(studio.queue, an_order(2, ADA.user_id))
    studio.clock.ms += HOUR_MS - 1
    again = (studio.clock.ms + 1) // 1000
    with pytest.raises(NotAllowed, match=f"again <t:{again}:R>"):
        await privacy.delete(ADA)
    assert await studio.queue.get(job.id)
    await privacy.delete(BEN)
    studio.clock.ms += 1
    assert (await privacy.delete(ADA)).jobs == 1


async def test_a_deletion_that_found_nothing_or_failed_can_be_repeated_at_once(
    studio: Studio, tmp_path: Path
) -> None:
    privacy = privacy_of(studio, tmp_path, tmp_path / "pictures")
    for _ in range(2):
        assert not (await privacy.delete(ADA)).anything
    (tmp_path / "no folder").write_text("a file")
    privacy = privacy_of(studio, tmp_path, tmp_path / "no folder")
    for number in (1, 2):
        order = an_order(number, ADA.user_id)
        await submit(
            studio.queue, replace(order, drawing=replace(order.drawing, image_sha256="a" * 64, strength=0.5))
        )
        with pytest.raises(StorageError):
            await privacy.delete(ADA)


async def test_a_message_that_waits_for_a_moderator_says_that_there_is_nothing_to_wait_for(
    studio: Studio, tmp_path: Path
) -> None:
    job = await submit(studio.queue, an_order(1, ADA.user_id))
    _, lease = await claimed(studio.queue)
    await studio.queue.add_picture(lease, a_picture())
    await studio.queue.hold(lease)
    studio.dispatcher._delivery.show(job, Held())
    await until(lambda: studio.poster.statuses, lambda: studio.poster.statuses)
    await privacy_of(studio, tmp_path, tmp_path / "pictures").delete(ADA)
    ended = Ended(State.REFUSED, "Whoever asked for it had their data deleted.")
    await until(lambda: (job.id, ended) in studio.poster.statuses, lambda: studio.poster.statuses)
    await until(lambda: not studio.dispatcher._delivery._lines, lambda: studio.dispatcher._delivery._lines)
