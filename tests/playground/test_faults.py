"""Scripted misfortune strikes exactly where it was told to, and the real client reacts as it would."""

from __future__ import annotations

import errno

import aiohttp
import discord
import pytest

from bot.playground import Playground, Refusal
from bot.playground.faults import delayed, rate_limited, refused, reset, server_error
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import StudioBot

ORIGINAL = r"/webhooks/.+/messages/@original"


@pytest.mark.parametrize(("after_effect", "posted"), [(False, 0), (True, 1)])
async def test_a_reset_comes_before_or_after_the_effect(
    playground: Playground, rest: RestClient, after_effect: bool, posted: int
) -> None:
    channel = playground.world.channel_named("studio")
    path = f"/channels/{channel.id}/messages"
    playground.faults.script("POST", path, reset(after_effect=after_effect))
    with pytest.raises(aiohttp.ClientError) as broken:
        await rest.call("POST", path, {"content": "x"})
    assert isinstance(broken.value, OSError)
    assert broken.value.errno == errno.ECONNRESET
    assert len(channel.messages) == posted
    assert (await rest.call("POST", path, {"content": "y"})).status == 200


async def test_a_500_after_the_effect_is_retried_by_the_real_client(
    playground: Playground, bot: StudioBot
) -> None:
    playground.faults.script("PATCH", ORIGINAL, server_error(), times=1)
    ada = playground.member("ada")
    await ada.command("studio", "paint", prompt="twice")
    await ada.wait_for(lambda message: message.content == "twice is ready")
    assert len(ada.see("studio")) == 2
    assert [call.injected for call in playground.record.matching("PATCH", "@original")] == [500, None, None]


async def test_a_scripted_429_is_waited_out(playground: Playground, bot: StudioBot) -> None:
    playground.faults.script("PATCH", ORIGINAL, rate_limited(0.05), times=2)
    ada = playground.member("ada")
    await ada.command("studio", "paint", prompt="later")
    await ada.wait_for(lambda message: message.content == "later is ready")
    assert playground.faults.struck == 2


@pytest.mark.parametrize(
    ("refusal", "error", "code"),
    [
        (Refusal.UNKNOWN_MESSAGE, discord.NotFound, 10008),
        (Refusal.MISSING_ACCESS, discord.Forbidden, 50001),
        (Refusal.MISSING_PERMISSIONS, discord.Forbidden, 50013),
        (Refusal.INVALID_WEBHOOK_TOKEN, discord.HTTPException, 50027),
        (Refusal.AUTOMOD_BLOCKED, discord.HTTPException, 200000),
        (Refusal.EXPLICIT_CONTENT, discord.HTTPException, 20009),
        (Refusal.HARMFUL_LINK, discord.HTTPException, 240000),
    ],
)
async def test_a_scripted_refusal_reaches_the_command(
    playground: Playground, bot: StudioBot, refusal: Refusal, error: type[discord.HTTPException], code: int
) -> None:
    playground.faults.script("PATCH", ORIGINAL, refused(refusal))
    await playground.member("ada").command("studio", "paint", prompt="x")
    failure = await bot.errors.get()
    assert isinstance(failure, error)
    assert failure.code == code


async def test_a_delay_only_holds_back(playground: Playground, rest: RestClient) -> None:
    playground.faults.script("GET", "/users/@me", delayed(0.05))
    assert (await rest.call("GET", "/users/@me")).status == 200
    assert playground.faults.struck == 1


async def test_what_was_scripted_can_be_forgotten(playground: Playground, rest: RestClient) -> None:
    playground.faults.script("GET", "/users/@me", server_error(), times=5)
    assert (await rest.call("GET", "/users/@me")).status == 500
    playground.faults.clear()
    assert (await rest.call("GET", "/users/@me")).status == 200
