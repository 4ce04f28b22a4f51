"""The gateway: compression, identification, resuming without loss or repetition, and its close codes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import discord
import pytest

from bot.playground import Playground, connect
from bot.playground.session import Intent
from tests.playground.conftest import running_bot
from tests.playground.gateway_client import (
    IDENTIFY_OP,
    RESUME_OP,
    Decode,
    bot_process,
    identify,
    plain,
    raw_client,
    zlib_stream,
    zstd_stream,
)
from tests.playground.studio_bot import StudioBot


@pytest.mark.parametrize(
    ("compress", "decoder"), [("", lambda: plain), ("zlib-stream", zlib_stream), ("zstd-stream", zstd_stream)]
)
async def test_every_compression_is_one_stream_a_connection(
    playground: Playground, compress: str, decoder: Callable[[], Decode]
) -> None:
    async with raw_client(playground, compress, decoder()) as client:
        await client.send(IDENTIFY_OP, identify(playground))
        ready, guild = await client.read(), await client.read()
        assert (ready["t"], ready["s"]) == ("READY", 1)
        assert ready["d"]["resume_gateway_url"] == playground.endpoints.gateway
        assert (guild["t"], guild["d"]["name"]) == ("GUILD_CREATE", "Atelier Playground")
        await client.send(1, 2)
        assert (await client.read())["op"] == 11


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 40}, 4013),
        ({"intents": 1 | Intent.MESSAGE_CONTENT}, 4014),
    ],
)
async def test_a_bad_identify_is_closed_with_its_code(
    playground: Playground, changes: dict[str, object], code: int
) -> None:
    async with raw_client(playground) as client:
        await client.send(IDENTIFY_OP, identify(playground) | changes)
        assert await client.close_code() == code


async def test_privileged_intents_can_be_granted(playground: Playground) -> None:
    playground.world.application.privileged_intents = Intent.MESSAGE_CONTENT
    async with raw_client(playground) as client:
        intents = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.MESSAGE_CONTENT
        await client.send(IDENTIFY_OP, identify(playground, intents))
        await client.read_until("GUILD_CREATE")
        playground.member("ada").say("studio", "can you read me?")
        assert (await client.read())["d"]["content"] == "can you read me?"


async def test_without_message_content_strangers_messages_come_empty(playground: Playground) -> None:
    async with raw_client(playground) as client:
        await client.send(IDENTIFY_OP, identify(playground, Intent.GUILDS | Intent.GUILD_MESSAGES))
        await client.read_until("GUILD_CREATE")
        ada = playground.member("ada")
        ada.say("studio", "private talk")
        ada.say("studio", f"hello <@{playground.world.application.bot.id}>")
        talk, greeting = (await client.read())["d"], (await client.read())["d"]
        assert talk["content"] == ""
        assert greeting["content"].startswith("hello <@")
        ada.react(ada.see("studio")[0], "⭐")
        ada.say("studio", "again")
        assert (await client.read())["t"] == "MESSAGE_CREATE"


@pytest.mark.parametrize(("text", "code"), [("not json", 4002), ('{"op": 99}', 4001), ('{"op": 3}', 4003)])
async def test_nonsense_is_closed_with_its_code(playground: Playground, text: str, code: int) -> None:
    async with raw_client(playground) as client:
        await client.socket.send_str(text)
        assert await client.close_code() == code


async def test_too_many_events_are_closed_with_4008(playground: Playground) -> None:
    async with raw_client(playground) as client:
        for _ in range(121):
            await client.send(1, None)
        assert await client.close_code() == 4008


async def test_resume_replays_exactly_what_was_missed(playground: Playground) -> None:
    async with raw_client(playground) as first:
        await first.send(
            IDENTIFY_OP, identify(playground, Intent.GUILDS | Intent.DIRECT_MESSAGES | Intent.GUILD_MESSAGES)
        )
        payloads = await first.read_until("GUILD_CREATE")
        session_id, sequence = payloads[0]["d"]["session_id"], payloads[-1]["s"]
        ada = playground.member("ada")
        ada.say("studio", "received")
        await first.read()
        playground.gateway.drop_all()
        ada.say("studio", "missed")
    async with raw_client(playground) as second:
        resume = {"token": playground.token, "session_id": session_id, "seq": sequence + 1}
        await second.send(RESUME_OP, resume)
        replayed = await second.read_until("RESUMED")
        assert [each["s"] for each in replayed] == [sequence + 2, sequence + 3]


async def test_a_session_cannot_be_resumed_for_ever(playground: Playground) -> None:
    async with raw_client(playground) as first:
        await first.send(IDENTIFY_OP, identify(playground))
        session_id = (await first.read_until("READY"))[0]["d"]["session_id"]
        playground.gateway.drop_all()
    playground.clock.advance(600)
    async with raw_client(playground) as second:
        await second.send(RESUME_OP, {"token": playground.token, "session_id": session_id, "seq": 1})
        assert await second.read() == {"op": 9, "d": False, "s": None, "t": None}


async def test_after_a_drop_the_real_client_resumes_and_nothing_is_lost_or_doubled(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    await ada.command("studio", "say", text="before")
    acting = [asyncio.create_task(ada.command("studio", "say", text=f"during {n}")) for n in range(2)]
    await asyncio.sleep(0)  # both are on their way to the bot when the line breaks
    playground.gateway.drop_all()
    acting.append(asyncio.create_task(ada.command("studio", "say", text="during 2")))
    assert all(each.acknowledged for each in await asyncio.gather(*acting))
    await asyncio.wait_for(bot.resumed.wait(), 10)
    assert playground.gateway.resumes == 1
    await ada.command("studio", "say", text="after")
    texts = [each.content for each in ada.see("studio")]
    assert sorted(texts) == ["after", "before", "during 0", "during 1", "during 2"]


async def test_reconnect_is_obeyed_with_a_resume(playground: Playground, bot: StudioBot) -> None:
    playground.gateway.ask_to_reconnect()
    await asyncio.wait_for(bot.resumed.wait(), 10)
    assert (await playground.member("ada").command("studio", "say", text="x")).acknowledged


async def test_an_invalid_session_is_identified_anew(playground: Playground, bot: StudioBot) -> None:
    playground.gateway.invalidate()
    assert not playground.gateway.online
    await playground.wait_until_online()
    assert len(playground.gateway.identified_at) == 2
    assert (await playground.member("ada").command("studio", "say", text="x")).acknowledged


async def test_the_thousand_and_first_identify_of_a_day_is_refused(playground: Playground) -> None:
    playground.gateway.identified_at.extend([playground.clock.now()] * 1000)
    async with raw_client(playground) as client:
        await client.send(IDENTIFY_OP, identify(playground))
        assert await client.close_code() == 4004
    playground.clock.advance(86_401)
    async with raw_client(playground) as client:
        await client.send(IDENTIFY_OP, identify(playground))
        assert (await client.read())["t"] == "READY"


async def test_the_page_hears_that_the_bot_is_gone(playground: Playground) -> None:
    async with running_bot(playground):
        assert playground.gateway.online
    await asyncio.sleep(0)
    assert not playground.gateway.online
    outcome = asyncio.create_task(playground.member("ada").command("studio", "say", text="anyone?"))
    await asyncio.sleep(0)
    playground.clock.advance(3)
    assert (await outcome).failed


async def test_the_guild_outlives_the_client(playground: Playground) -> None:
    ada = playground.member("ada")
    async with running_bot(playground):
        await ada.command("studio", "paint", prompt="first life")
        grid = await ada.wait_for(lambda message: message.button("Again") is not None)
    async with running_bot(playground):
        assert (await ada.click(grid, "Again")).acknowledged
        await ada.wait_for(lambda message: message.content == "again 42")
    assert len(playground.gateway.identified_at) == 2


async def test_connecting_is_undone_afterwards(playground: Playground) -> None:
    before = discord.http.Route.BASE
    with connect(playground.endpoints):
        assert discord.http.Route("GET", "/gateway").url.startswith("http://127.0.0.1:")
    assert before == discord.http.Route.BASE
    assert discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY.host == "gateway.discord.gg"


async def test_a_client_whose_heartbeats_are_not_acknowledged_resumes(playground: Playground) -> None:
    playground.gateway.heartbeat_interval_ms = 100
    playground.gateway.acknowledges = False
    async with running_bot(playground, heartbeat_timeout=0.3) as bot:
        await asyncio.wait_for(bot.resumed.wait(), 10)
    assert playground.gateway.resumes >= 1


async def test_each_shard_hears_of_its_own_guilds(playground: Playground) -> None:
    home = (playground.world.guild.id >> 22) % 2
    for shard in (0, 1):
        async with raw_client(playground) as client:
            await client.send(IDENTIFY_OP, identify(playground, shard=[shard, 2]))
            ready = await client.read()
            assert ready["d"]["shard"] == [shard, 2]
            assert len(ready["d"]["guilds"]) == (shard == home)


async def test_a_killed_bot_process_is_noticed_and_its_successor_goes_on(playground: Playground) -> None:
    """The real client in a process of its own, pointed here by environment variables, speaking zlib."""
    ada = playground.member("ada")
    async with bot_process(playground) as child:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"zlib-stream\n"
        await ada.command("studio", "paint", prompt="first life")
        grid = await ada.wait_for(lambda message: message.button("Again") is not None)
    async with bot_process(playground):
        assert (await ada.click(grid, "Again")).acknowledged
