"""Three seconds, fifteen minutes, one answer: where Discord refuses, the playground refuses alike."""

from __future__ import annotations

import asyncio

import discord
import pytest

from bot.playground import Member, Playground
from bot.playground.interactions import InteractionType, legal_answers
from tests.playground.by_hand import HELLO, start
from tests.playground.conftest import running_bot
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import StudioBot


async def test_without_an_answer_in_three_seconds_the_application_did_not_respond(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    playground.clock.advance(1)
    assert not started.outcome.done()
    playground.clock.advance(2)
    outcome = await started.outcome
    assert outcome.failed
    assert outcome.message == "The application did not respond"
    assert (await rest.call("POST", started.callback, HELLO)).code == 10062
    assert (await rest.call("POST", started.hook, {"content": "late"})).code == 10015


async def test_an_interaction_can_be_acknowledged_once(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    assert (await rest.call("POST", started.callback, HELLO)).status == 204
    again = await rest.call("POST", started.callback, HELLO)
    assert (again.status, again.code) == (400, 40060)
    assert len(ada.see("studio")) == 1


async def test_an_answer_that_discord_refuses_does_not_acknowledge(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    refused = await rest.call("POST", started.callback, {"type": 4, "data": {"content": "x" * 2001}})
    assert refused.code == 50035
    assert "_errors" in refused.body["errors"]["data"]["content"]
    assert (await rest.call("POST", started.callback, {"type": 4, "data": {}})).code == 50006
    assert (await rest.call("POST", started.callback, HELLO)).status == 204


async def test_after_fifteen_minutes_the_token_is_dead_but_the_message_is_not(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    await rest.call("POST", started.callback, HELLO)
    message = ada.see("studio")[-1]
    playground.clock.advance(15 * 60)
    late = await rest.call("PATCH", f"{started.hook}/messages/@original", {"content": "late"})
    assert (late.status, late.code) == (401, 50027)
    path = f"/channels/{message.channel.id}/messages/{message.id}"
    assert (await rest.call("PATCH", path, {"content": "still here"})).status == 200
    assert message.content == "still here"


async def test_a_wrong_token_or_id_is_an_unknown_interaction(
    playground: Playground, ada: Member, rest: RestClient
) -> None:
    started = await start(playground, ada)
    assert (await rest.call("POST", "/interactions/1/tokx/callback", HELLO)).code == 10062
    assert (
        await rest.call("POST", started.callback.replace("/interactions/", "/interactions/9"), HELLO)
    ).code == 10062
    assert (await rest.call("PATCH", "/webhooks/1/tokx/messages/@original", {"content": "x"})).code == 10015


async def test_the_bot_is_told_everything_about_an_interaction(
    playground: Playground, bot: StudioBot
) -> None:
    playground.world.application.attachment_size_limit = 25 * 2**20
    await playground.member("ada").command("after-dark", "say", text="hello")
    interaction = await bot.interactions.get()
    assert interaction.filesize_limit == 25 * 2**20
    assert interaction.locale is discord.Locale.american_english
    assert interaction.guild_locale is discord.Locale.american_english
    assert interaction.context.guild
    assert interaction.is_guild_integration()
    assert isinstance(interaction.channel, discord.TextChannel)
    assert interaction.channel.nsfw
    assert isinstance(interaction.user, discord.Member)
    assert interaction.permissions.send_messages
    assert interaction.app_permissions.attach_files
    assert not interaction.app_permissions.manage_messages


async def test_the_real_client_learns_that_it_was_too_late(playground: Playground) -> None:
    async with running_bot(playground) as bot:
        acting = asyncio.create_task(playground.member("ada").command("studio", "sleepy"))
        interaction = await bot.interactions.get()
        playground.clock.advance(3)
        assert (await acting).failed
        with pytest.raises(discord.NotFound) as refused:
            await interaction.response.send_message("late")
        assert refused.value.code == 10062


def test_only_what_fits_the_kind_of_interaction_answers_it() -> None:
    legal = {kind: _answers(kind) for kind in InteractionType}
    assert legal[InteractionType.COMMAND] == {4, 5, 9}
    assert legal[InteractionType.COMPONENT] == {4, 5, 6, 7, 9}
    assert legal[InteractionType.AUTOCOMPLETE] == {8}
    assert legal[InteractionType.MODAL_SUBMIT] == {4, 5}


def _answers(kind: InteractionType) -> set[int]:
    return {int(each) for each in legal_answers(kind, from_message=kind is InteractionType.COMPONENT)}
