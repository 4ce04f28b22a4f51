"""A member is told of a result once, where they asked for that or waited long, and sent a copy where they like."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.playground import Member, Message
from bot.playground.faults import reset, server_error
from bot.playground.rest.users import open_dm
from bot.settings import LimitSettings
from tests.scenario.house import House, direct, job_id, opened, sent, shown, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house"), limits=LimitSettings(live_per_member=1)) as house:
        yield house


async def wish_for_pings(member: Member) -> None:
    panel = (await member.command("studio", "settings")).reply
    assert panel is not None
    await member.click(panel, "Notify")


def pings(member: Member) -> list[Message]:
    return [message for message in member.see_everywhere() if message.mentions == [member.user]]


async def pinged(member: Member) -> Message:
    return await member.wait_for(lambda message: message.mentions == [member.user])


async def test_a_request_pings_its_member_once_where_they_asked_for_it(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await wish_for_pings(ada)
    faults = house.playground.faults
    faults.script("POST", r"/channels/\d+/messages", server_error(500, after_effect=True))
    message = await house.draw(ada)
    ping = await pinged(ada)
    assert ping.reference is message
    assert ping.content == f"<@{ada.user.id}>, your pictures are ready."
    assert ping.nonce == f"ping-{job_id(message)}"
    await house.draw(ben)
    assert faults.struck
    assert pings(ada) == [ping]
    assert pings(ben) == []


async def test_nobody_is_pinged_unasked_but_after_a_long_wait(house: House) -> None:
    ada = house.newcomer()
    slow = await ada.command("studio", "imagine", prompt="a house --steps 50 --ar 512x512", count=4)
    assert slow.reply is not None
    waiting = await ada.command("studio", "imagine", prompt="a boat --steps 2", count=1)
    assert waiting.reply is not None
    await house.write("UPDATE job SET created_at = created_at - 200000 WHERE id = ?", job_id(waiting.reply))
    await ada.click(slow.reply, "Cancel")
    ping = await pinged(ada)
    assert ping.reference is waiting.reply
    await house.draw(ada)
    assert pings(ada) == [ping]


@pytest.mark.long
async def test_a_result_that_is_shown_again_after_a_restart_pings_once(house: House) -> None:
    """The pictures are there, but the bot ends before it knows that."""
    ada, faults = house.newcomer(), house.playground.faults
    await wish_for_pings(ada)
    faults.script("PATCH", r"/(webhooks|channels)/.*", reset(after_effect=True), times=100)
    message = await house.draw(ada)
    assert pings(ada) == []
    await house.close()
    faults.clear()
    await house.open()
    ping = await pinged(ada)
    await house.draw(house.newcomer())
    assert (ping.reference, pings(ada)) == (message, [ping])


async def test_auto_dm_sends_a_copy_of_every_result_with_live_buttons(house: House) -> None:
    ada = house.newcomer()
    await told(ada, "prefer auto_dm", on=True)
    message = await house.draw(ada, "a fish")
    copy = await sent(ada)
    assert copy.attachments[0].data == message.attachments[0].data
    again = await house.pictures(ada, await ada.click(copy, "🔄"))
    assert again.channel is copy.channel


async def test_what_is_in_the_direct_channel_already_is_not_copied_there(house: House) -> None:
    ada = house.newcomer()
    await told(ada, "prefer auto_dm", on=True)
    open_dm(house.playground.core, ada.user)
    outcome = await ada.command("dm", "imagine", prompt="a fish --steps 2", count=1)
    await house.pictures(ada, outcome)
    await told(ada, "imagine", prompt="a boat --steps 2", count=1, private=True)
    boat = await ada.wait_for(lambda each: each in direct(ada) and "a boat" in each.text)
    await shown(ada, boat)
    await house.draw(ada, "a house")
    await ada.wait_for(lambda each: each in direct(ada) and "a house" in each.text)
    assert [each.embeds[0]["description"] for each in direct(ada)] == ["`a fish`", "`a boat`", "`a house`"]


async def test_a_member_who_takes_no_direct_messages_still_has_the_result(house: House) -> None:
    ada = house.newcomer()
    await told(ada, "prefer auto_dm", on=True)
    ada.user.accepts_dms = False
    assert len((await house.draw(ada)).attachments) == 1
    assert direct(ada) == []
