"""Members find their pictures again, page by page, keep some, and take others away for good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.album import Entry, Page, Usage
from bot.domain.job import Job, Placeholder, State
from bot.errors import BadRequest, PictureGone
from bot.storage.album import AlbumStore
from bot.storage.database import Database
from bot.storage.jobs import JobQueue
from tests.storage.making import LEASE_MS, Clock, a_picture, an_order, delivered, drawn, put, submit


@pytest.fixture
def album(database: Database, clock: Clock) -> AlbumStore:
    return AlbumStore(database, clock)


async def saying(queue: JobQueue, number: int, prompt: str, negative: str = "", model: str = "demo") -> Job:
    order = an_order(number)
    drawing = replace(order.drawing, prompt=prompt, negative=negative, model=model)
    return await delivered(queue, replace(order, drawing=drawing))


async def found(album: AlbumStore, search: str | None, page: int = 1, size: int = 10) -> list[str]:
    return [entry.job.order.drawing.prompt for entry in (await album.history(7, search, page, size)).entries]


async def liked(album: AlbumStore, user_id: int = 7) -> list[tuple[str, list[int]]]:
    page = await album.favourites(user_id, None, 1, 10)
    return [(entry.job.id, [picture.cell for picture in entry.pictures]) for entry in page.entries]


async def test_the_history_has_the_members_own_jobs_with_all_their_pictures_newest_first(
    queue: JobQueue, album: AlbumStore
) -> None:
    first = await delivered(queue, an_order(1, count=2), a_picture(1), a_picture(0))
    await delivered(queue, an_order(2, user_id=8))
    last = await delivered(queue, replace(an_order(3), private=True))
    assert await album.history(7, None, 1, 10) == Page(
        [Entry(last, [a_picture(0)]), Entry(first, [a_picture(0), a_picture(1)])], page=1, pages=1
    )


async def test_the_history_has_what_is_ready_and_nothing_that_ended_badly(
    queue: JobQueue, album: AlbumStore
) -> None:
    failed = await submit(queue, an_order(1))
    await drawn(queue)
    await queue.abandon(failed.id, "The message is gone.")
    cancelled = await submit(queue, an_order(2))
    await queue.cancel(cancelled.id)
    ready = await submit(queue, an_order(3))
    await drawn(queue)
    await submit(queue, an_order(4))
    assert [entry.job.id for entry in (await album.history(7, None, 1, 10)).entries] == [ready.id]


async def test_who_asked_for_nothing_has_one_empty_page(album: AlbumStore) -> None:
    assert await album.history(7, None, 1, 6) == Page([], page=1, pages=1)
    assert await album.favourites(7, None, 3, 6) == Page([], page=1, pages=1)
    assert await album.history(7, None, 3, 1) == Page([], page=1, pages=1)


@pytest.mark.parametrize(
    ("wanted", "page", "prompts"),
    [
        (1, 1, ["e", "d"]),
        (2, 2, ["c", "b"]),
        (3, 3, ["a"]),
        (4, 3, ["a"]),
        (10**30, 3, ["a"]),
        (0, 1, ["e", "d"]),
        (-9, 1, ["e", "d"]),
    ],
)
async def test_a_page_beyond_the_ends_is_the_nearest(
    queue: JobQueue, album: AlbumStore, wanted: int, page: int, prompts: list[str]
) -> None:
    for number, prompt in enumerate("abcde", 1):
        await saying(queue, number, prompt)
    given = await album.history(7, None, wanted, 2)
    assert [entry.job.order.drawing.prompt for entry in given.entries] == prompts
    assert (given.page, given.pages) == (page, 3)


@pytest.mark.parametrize(
    ("search", "prompts"),
    [
        (None, ["100% wool", "über_ALL", "a red HOUSE"]),
        ("  ", ["100% wool", "über_ALL", "a red HOUSE"]),
        ("House", ["a red HOUSE"]),
        ("ÜBER", ["über_ALL"]),
        ("%", ["100% wool"]),
        ("_", ["über_ALL"]),
        ("d h", ["a red HOUSE"]),
        ("r h", []),
        ("FOG", ["100% wool"]),
        ("studied", ["a red HOUSE"]),
        ("houserain", []),
        ("' OR 1 --", []),
    ],
)
async def test_a_search_finds_a_part_of_prompt_negative_or_model_in_any_case(
    queue: JobQueue, album: AlbumStore, search: str | None, prompts: list[str]
) -> None:
    await saying(queue, 1, "a red HOUSE", "rain", "Studied")
    await saying(queue, 2, "über_ALL")
    await saying(queue, 3, "100% wool", "fog")
    assert await found(album, search) == prompts


async def test_the_pages_of_a_search_are_counted_among_what_it_finds(
    queue: JobQueue, album: AlbumStore
) -> None:
    for number, prompt in enumerate(["red a", "blue", "red b", "blue", "red c"], 1):
        await saying(queue, number, prompt)
    assert await found(album, "red", page=2, size=2) == ["red a"]
    assert (await album.history(7, "red", 1, 2)).pages == 2


async def test_favourites_are_the_members_own_by_job_what_was_added_last_first(
    queue: JobQueue, album: AlbumStore, clock: Clock
) -> None:
    first = await delivered(queue, an_order(1, count=3), *map(a_picture, range(3)))
    second = await delivered(queue, an_order(2, user_id=8))
    for user_id, job, cell in ((7, second, 0), (7, first, 2), (7, first, 0), (8, first, 1)):
        clock.ms += 1
        assert await album.toggle_favourite(user_id, job.id, cell)
    assert await liked(album) == [(first.id, [0, 2]), (second.id, [0])]
    assert await liked(album, 8) == [(first.id, [1])]
    assert not await album.toggle_favourite(7, first.id, 0)
    assert await liked(album) == [(first.id, [2]), (second.id, [0])]
    assert (await album.favourites(7, None, 2, 1)).entries == [Entry(second, [a_picture(0)])]


async def test_favourites_can_be_searched(queue: JobQueue, album: AlbumStore) -> None:
    for number, prompt in enumerate(["a red house", "a blue fish"], 1):
        await album.toggle_favourite(7, (await saying(queue, number, prompt)).id, 0)
    (entry,) = (await album.favourites(7, "FISH", 1, 6)).entries
    assert entry.job.order.drawing.prompt == "a blue fish"


async def test_a_picture_that_is_not_there_cannot_be_a_favourite(queue: JobQueue, album: AlbumStore) -> None:
    job = await delivered(queue, an_order())
    for job_id, cell in ((job.id, 1), ("aaaaaaaaaa", 0)):
        with pytest.raises(PictureGone):
            await album.toggle_favourite(7, job_id, cell)
    assert await liked(album) == []


async def test_a_job_is_found_by_its_message(queue: JobQueue, album: AlbumStore) -> None:
    job = await submit(queue, an_order())
    await queue.set_placeholder(job.id, Placeholder(3, 99))
    assert await album.by_message(99) == await queue.get(job.id)
    assert await album.by_message(1) is None


async def test_what_is_removed_is_gone_from_history_and_favourites_for_good(
    queue: JobQueue, album: AlbumStore, clock: Clock
) -> None:
    other = await delivered(queue, an_order(1))
    job = await delivered(queue, an_order(2))
    await album.toggle_favourite(8, job.id, 0)
    removed_at = clock.ms = clock.ms + 5
    await album.remove(job.id)
    clock.ms += 5
    await album.remove(job.id)
    assert await queue.get(job.id) == replace(job, deleted_at=removed_at)
    assert await queue.pictures(job.id) == []
    assert await liked(album, 8) == []
    assert await album.history(7, None, 1, 1) == Page([Entry(other, [a_picture()])], page=1, pages=1)


async def test_a_job_can_be_removed_the_moment_its_message_is_shown(
    queue: JobQueue, album: AlbumStore
) -> None:
    job = await submit(queue, an_order())
    await drawn(queue)
    await album.remove(job.id)
    assert await queue.undelivered() == []
    assert not await queue.deliver(job.id)


async def test_a_job_that_waits_or_runs_is_not_removed(queue: JobQueue, album: AlbumStore) -> None:
    job = await submit(queue, an_order())
    for state in (State.QUEUED, State.RUNNING):
        with pytest.raises(BadRequest, match="cancel it first"):
            await album.remove(job.id)
        unharmed = await queue.get(job.id)
        assert unharmed is not None
        assert (unharmed.state, unharmed.deleted_at) == (state, None)
        await queue.claim("worker", LEASE_MS)


async def test_usage_counts_what_was_drawn_since_and_deleting_does_not_undo_it(
    queue: JobQueue, album: AlbumStore, clock: Clock
) -> None:
    await delivered(queue, an_order(1), a_picture(0, seconds=100))
    clock.ms += 1000
    since = clock.ms
    job = await delivered(queue, an_order(2, count=2), a_picture(0, seconds=1.25), a_picture(1, seconds=2))
    await delivered(queue, an_order(3, user_id=8))
    await put(queue, an_order(4))
    await album.remove(job.id)
    assert await album.usage(7, since) == Usage(pictures=2, seconds=3.25)
    assert await album.usage(9, since) == Usage(pictures=0, seconds=0)
