"""Whatever the network does, a job ends in exactly one visible result or one recorded reason."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress

import pytest
import torch

from bot.compose import Parts, build_bot, run_bot
from bot.domain.job import State
from bot.playground import Endpoints, Member, Playground, Refusal, connect
from bot.playground.faults import Fault, refused, reset, server_error
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.studio_state import StudioState
from bot.stores import DATABASE
from tests.scenario.conftest import PICTURES_S, finished, whispers

EDITS = r"/(webhooks|channels)/.*messages/.*"
CALLBACK = r"/interactions/.*/callback"
PASSING = {
    "a reset before the edit": reset(after_effect=False),
    "a reset after the edit": reset(after_effect=True),
    "a 500 after the edit": server_error(500, after_effect=True),
    "a dead token": refused(Refusal.INVALID_WEBHOOK_TOKEN),
}
LASTING = [
    pytest.param(refused(Refusal.UNKNOWN_MESSAGE), id="the message is gone"),
    pytest.param(refused(Refusal.UNKNOWN_CHANNEL), id="the channel is gone", marks=pytest.mark.long),
    pytest.param(refused(Refusal.MISSING_PERMISSIONS), id="no right to write", marks=pytest.mark.long),
]


async def states(parts: Parts) -> dict[State, int]:
    return {state: count for state, count in (await parts.stores.queue.counts()).items() if count}


async def settled(parts: Parts, expected: dict[State, int]) -> None:
    """Wait until the queue stands so: delivery writes down what it has shown a moment later."""
    async with asyncio.timeout(PICTURES_S):
        while await states(parts) != expected:
            await asyncio.sleep(0.1)


@pytest.mark.long
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_an_edit_that_fails_for_now_is_repeated_until_it_shows(
    parts: Parts, ada: Member, playground: Playground, fault: Fault
) -> None:
    playground.faults.script("PATCH", EDITS, fault, times=3)
    await ada.command("studio", "imagine", prompt="a red fish --steps 2", count=1)
    await finished(ada)
    await settled(parts, {State.DELIVERED: 1})
    assert len(ada.see("studio")) == 1


@pytest.mark.parametrize("fault", LASTING)
async def test_an_edit_that_can_never_succeed_is_a_recorded_reason_and_nothing_is_reposted(
    parts: Parts, ada: Member, playground: Playground, fault: Fault
) -> None:
    playground.faults.script("PATCH", EDITS, fault, times=100)
    await ada.command("studio", "imagine", prompt="a red fish --steps 2", count=1)
    await settled(parts, {State.FAILED: 1})
    assert len(ada.see("studio")) == 1
    assert len(playground.record.matching("POST", "/messages")) == 0


@pytest.mark.long
@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_first_answer_whose_outcome_is_unknown_is_given_once(
    parts: Parts, ada: Member, playground: Playground, after_effect: bool
) -> None:
    playground.faults.script("POST", CALLBACK, reset(after_effect=after_effect))
    assert (await ada.command("studio", "imagine", prompt="a red fish --steps 2", count=1)).acknowledged
    await finished(ada)
    await settled(parts, {State.DELIVERED: 1})
    assert len(ada.see("studio")) == 1


@pytest.mark.long
async def test_a_job_whose_answer_never_arrived_is_not_drawn(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    playground.faults.script("POST", CALLBACK, refused(Refusal.UNKNOWN_INTERACTION), times=5)
    command = asyncio.create_task(ada.command("studio", "imagine", prompt="a red fish"))
    await settled(parts, {State.CANCELLED: 1})
    playground.clock.advance(3)
    assert (await command).failed


@pytest.mark.long
async def test_a_cancel_is_acknowledged_at_once_even_when_the_message_cannot_be_changed_yet(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    await ada.command("studio", "imagine", prompt="a blue tree --steps 50")
    message = await ada.wait_for(lambda message: "▱" in message.content, PICTURES_S)
    playground.faults.script("PATCH", EDITS, server_error(500, after_effect=False), times=4)
    assert (await ada.click(message, "Cancel")).acknowledged
    assert whispers(ada)[-1] == "Cancelled."
    await ada.wait_for(lambda message: message.content.startswith("🚫"), PICTURES_S)


@pytest.mark.long
async def test_after_fifteen_minutes_the_message_is_edited_without_the_interaction(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    await ada.command("studio", "imagine", prompt="a blue tree --steps 50", count=4)
    await ada.wait_for(lambda message: "▱" in message.content, PICTURES_S)
    playground.clock.advance(15 * 60)
    await finished(ada, count=4)
    await settled(parts, {State.DELIVERED: 1})
    assert playground.record.matching("PATCH", "/channels/")


@pytest.mark.long
async def test_a_broken_gateway_payload_does_not_end_the_bot(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    playground.gateway.arrived.clear()
    playground.gateway.dispatch("INTERACTION_CREATE", {"id": "no number"}, None)
    await playground.wait_until_online(PICTURES_S)
    assert (await ada.command("studio", "queue")).acknowledged


@pytest.mark.long
async def test_dropped_connections_are_resumed_and_nothing_is_lost(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    await ada.command("studio", "imagine", prompt="a blue tree --steps 4", count=1)
    playground.gateway.drop_all()
    await finished(ada)
    await playground.wait_until_online(PICTURES_S)
    assert (await ada.command("studio", "queue")).acknowledged


@pytest.mark.long
async def test_a_bot_that_starts_before_discord_is_there_waits_for_it(settings: Settings) -> None:
    playground = Playground()
    await playground.start()
    endpoints, port = playground.endpoints, int(playground.endpoints.cdn.rpartition(":")[2])
    await playground.stop()
    late = Playground(token=playground.token)
    nowhere = Endpoints(endpoints.api, "ws://127.0.0.1:9/gateway", endpoints.cdn)
    async with build_bot(settings) as parts:
        with connect(nowhere):
            life = asyncio.create_task(run_bot(parts, playground.token))
            await asyncio.sleep(0.5)
            await late.start(port)
            await asyncio.wait_for(parts.client.logged_in.wait(), PICTURES_S)
        with connect(endpoints):
            await late.wait_until_online(PICTURES_S)
            ada = late.member("ada")
            await ada.command("studio", "queue")
            assert whispers(ada)
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
    await late.stop()


async def test_a_bot_whose_engine_cannot_start_starts_all_the_same(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_database(settings.storage.folder / DATABASE) as database:
        await StudioState(database).set_memory_gib(2)
    engine = settings.engine.model_copy(update={"device": "mps" if torch.cuda.is_available() else "cuda"})
    async with build_bot(settings.model_copy(update={"engine": engine})) as parts:
        assert parts.services.ownership
    warned = [record.message for record in caplog.records if record.name == "bot.service.ownership"]
    assert len(warned) == 1
    assert warned[0].startswith("the memory budget of 2 GiB cannot be set: The engine cannot start.")


@pytest.mark.long
async def test_an_answer_that_discord_refuses_is_told_with_a_reference(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    playground.faults.script("POST", CALLBACK, refused(Refusal.MISSING_PERMISSIONS))
    assert (await ada.command("studio", "imagine", prompt="a red fish")).acknowledged
    assert "Tell the owner: reference" in whispers(ada)[-1]
    await settled(parts, {State.CANCELLED: 1})


async def test_a_command_of_another_version_is_answered_with_a_sentence(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    (command,) = [c for c in playground.world.commands() if c["name"] == "queue"]
    command["name"] = "waiting"
    assert (await ada.command("studio", "waiting")).acknowledged
    assert whispers(ada)[-1] == "This command has changed; type `/` and choose it again."


async def test_when_a_table_is_broken_commands_and_buttons_still_get_a_sentence(
    parts: Parts, ada: Member, settings: Settings
) -> None:
    await ada.command("studio", "imagine", prompt="a red fish --steps 2", count=1)
    message = await finished(ada)
    await settled(parts, {State.DELIVERED: 1})
    with closing(sqlite3.connect(settings.storage.folder / DATABASE, timeout=10)) as connection:
        connection.execute("ALTER TABLE debit RENAME TO lost")
    assert (await ada.click(message, "🔄")).acknowledged
    assert "The database cannot be used" in whispers(ada)[-1]
    assert (await ada.command("studio", "queue")).acknowledged
    assert "None of them is yours" in whispers(ada)[-1]
