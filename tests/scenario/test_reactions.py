"""❌ ✉️ ⭐ 🙈 on messages with pictures of ours: by whom they may, on what they do, and on what they do nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.playground import Member, Message, Upload
from bot.settings import LimitSettings
from tests.scenario.conftest import PICTURES_S, stored_files
from tests.scenario.house import House, direct, job_id, opened, own, sent, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVERY = ("❌", "✉️", "⭐", "🙈")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house"), limits=LimitSettings(max_steps=4)) as house:
        yield house


async def settled(house: House) -> None:
    """Whatever was done before has had its effect when this later one has."""
    ada = house.newcomer()
    message = await house.draw(ada)
    ada.react(message, "❌")
    await gone(ada, message)


async def gone(member: Member, message: Message) -> None:
    async with asyncio.timeout(PICTURES_S):
        while message in member.see_everywhere():
            await asyncio.sleep(0.01)


async def favourites(house: House, member: Member) -> int:
    ((number,),) = house.rows("SELECT count(*) FROM favourite WHERE user_id = ?", member.user.id)
    return int(number)


@pytest.mark.long
async def test_the_owner_deletes_by_a_cross(house: House) -> None:
    ada = house.newcomer()
    message = await house.draw(ada)
    ada.react(message, "❌")
    await gone(ada, message)
    assert "were deleted" in await told(ada, "show", job=job_id(message))


async def test_the_owner_cancels_by_a_cross_what_is_not_drawn_yet(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await ada.command("studio", "imagine", prompt="a slow boat", aspect="1024x1024")
    waiting = await ada.wait_for(lambda message: "▱" in message.content and "slow boat" in message.content)
    ben.react(waiting, "❌")
    ada.react(waiting, "❌")
    ended = await ada.wait_for(lambda message: message.content.startswith("🚫"), PICTURES_S)
    assert ended.id == waiting.id


async def test_nobody_else_deletes_or_hides_by_a_reaction(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    message = await house.draw(ada)
    ben.react(message, "❌")
    ben.react(message, "🙈")
    await settled(house)
    assert message in ada.see("studio")
    assert not message.attachments[0].filename.startswith("SPOILER_")
    assert len(await house.parts.stores.queue.pictures(job_id(message))) == 1


async def test_anybody_sends_the_pictures_to_themselves_by_a_letter(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    grid = await house.draw(ada, count=2)
    ben.react(grid, "✉️")
    copy = await sent(ben)
    assert stored_files(copy) == stored_files(grid)
    assert copy.button("U1") is not None
    assert direct(ada) == []


async def test_anybody_keeps_the_pictures_by_a_star_and_only_once(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    grid = await house.draw(ada, count=2)
    for _ in range(3):  # on, off, on
        ben.react(grid, "⭐")
    await settled(house)
    assert (await favourites(house, ben), await favourites(house, ada)) == (2, 0)


async def test_the_owner_hides_by_a_monkey_and_the_buttons_stay(house: House) -> None:
    ada = house.newcomer()
    grid = await house.draw(ada, count=2)
    before = stored_files(grid)
    ada.react(grid, "🙈")
    await ada.wait_for(lambda each: each is grid and each.attachments[0].filename.startswith("SPOILER_"))
    assert stored_files(grid) == before
    assert [file.filename[:8] for file in grid.attachments] == ["SPOILER_"] * 2
    alone = await house.pictures(ada, await ada.click(grid, "U2"))
    assert alone.attachments[0].filename.startswith("SPOILER_")


async def test_a_single_picture_of_a_grid_is_kept_and_sent_alone(house: House) -> None:
    ada = house.newcomer()
    grid = await house.draw(ada, count=2)
    alone = await house.pictures(ada, await ada.click(grid, "U2"))
    ada.react(alone, "⭐")
    ada.react(alone, "✉️")
    copy = await sent(ada)
    assert stored_files(copy) == stored_files(grid)[1:]
    await settled(house)
    assert house.rows("SELECT cell FROM favourite WHERE user_id = ?", ada.user.id) == [(1,)]


async def test_reactions_work_after_a_restart_and_in_the_direct_channel(house: House) -> None:
    ada = house.newcomer()
    await told(ada, "imagine", prompt="a secret", count=1, private=True)
    message = await sent(ada)
    await house.restart()
    ada.react(message, "⭐")
    ada.react(message, "❌")
    await gone(ada, message)


@pytest.mark.long
async def test_a_reaction_on_anything_else_does_nothing(house: House) -> None:
    """Somebody's own message, one with a file named like ours, and one of ours without pictures."""
    ada = house.newcomer()
    drawn = await house.draw(ada)
    copied = Upload(drawn.attachments[0].filename, drawn.attachments[0].data)
    await ada.command("studio", "imagine", prompt=f"a house --image {'0' * 64}", count=1)
    failed = await ada.wait_for(lambda each: each in own(ada) and each.content.startswith("⚠️"))
    messages = [house.post(ada.user, "words"), house.post(ada.user, "", copied), failed]
    for message in messages:
        for emoji in EVERY:
            ada.react(message, emoji)
    ada.react(drawn, "🐟")
    await settled(house)
    assert all(message in ada.see("studio") for message in [drawn, *messages])
    assert await favourites(house, ada) == 0
    assert direct(ada) == []


@pytest.mark.long
async def test_a_member_who_takes_no_direct_messages_breaks_nothing(house: House) -> None:
    ada = house.newcomer()
    message = await house.draw(ada)
    ada.user.accepts_dms = False
    ada.react(message, "✉️")
    ada.react(message, "⭐")
    await settled(house)
    assert await favourites(house, ada) == 1
