"""Members' words come back as plain code wherever they are shown: they ping nobody, link nowhere and break nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.playground import Playground
from bot.settings import EngineSettings, LimitSettings, Settings, StorageSettings
from tests.conformance import check_record
from tests.scenario import surfaces, surfaces_of_admins
from tests.scenario.house import told
from tests.scenario.payloads import MARK, PAYLOADS, escapes, faults
from tests.scenario.props import reply
from tests.scenario.stage import Stage
from tests.storage.making import submit

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVIL = (
    "`@everyone` <@USER> <@&ROLE> \u202e[zqx](https://evil.example) \u2067zqx",
    "```zqx\n@here``` \\` ||zqx|| **zqx** zqx # zqx " + "👩‍👩‍👧‍👦😀" * 400,
)
CAST = ("ada", "cleo", "ben", "max")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """What Ada asks for waits; Cleo's requests are drawn."""
    folder = tmp_path_factory.mktemp("stage")
    settings = Settings(
        storage=StorageSettings(folder=folder / "data"),
        limits=LimitSettings(max_prompt=6000, queue_per_member=100, live_per_member=1),
        engine=EngineSettings(threads=1, rows=1),
    )
    async with Playground() as playground:
        stage = Stage(playground, settings)
        await stage.open()
        try:
            await stage.hold(playground.member("ada"))
            yield stage
        finally:
            await stage.close()
        check_record(playground, folder)


@pytest.mark.parametrize("payload", EVIL, ids=("mentions", "long"))
async def test_words_that_would_do_harm_are_plain_code_wherever_they_are_shown(
    stage: Stage, payload: str
) -> None:
    await say_everywhere(stage, payload)


@pytest.mark.long
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
async def test_every_payload_is_plain_code_wherever_it_is_shown(stage: Stage, payload: str) -> None:
    await say_everywhere(stage, payload)


async def test_more_options_than_a_message_shows_do_not_break_it(stage: Stage) -> None:
    cleo, members = stage.playground.member("cleo"), stage.parts.stores.members
    with harmless(stage):
        for number in range(10):
            await members.set_shortcut(cleo.user.id, f"look{number}", f"@everyone {MARK} " * 20)
        listed = await told(cleo, "prefer option list")
        assert MARK in listed
        assert "look9" not in listed
    for number in range(10):
        await members.delete_shortcut(cleo.user.id, f"look{number}")


async def test_more_notes_than_a_message_shows_do_not_break_it(stage: Stage) -> None:
    ada = stage.playground.member("ada")
    repeated = " ".join(
        f"--{flag} 1 --{flag} 2" for flag in ("seed", "steps", "cfg", "chaos", "stop", "stylize")
    )
    unknown = " ".join(f"--{MARK}{number}@everyone||[x](https://evil.example)||" for number in range(5))
    before = stage.newest()
    with harmless(stage):
        await ada.command("studio", "imagine", prompt=f"a house {repeated} {unknown}")
        await surfaces.whispered(ada)
        await stage.forget(before)


async def test_more_requests_than_a_message_shows_do_not_break_it(stage: Stage) -> None:
    ada, before = stage.playground.member("ada"), stage.newest()
    with harmless(stage):
        message = reply(await ada.command("studio", "imagine", prompt=f"@everyone {MARK} " * 10))
        order = (await stage.answered(message)).order
        for number in range(1, 26):
            await submit(
                stage.parts.stores.queue, replace(order, interaction_id=order.interaction_id + number)
            )
        assert MARK in await told(ada, "queue")
        await stage.forget(before)


@pytest.mark.parametrize(
    "text",
    [
        "@everyone zqx",
        "`a` zqx `b`",
        "`` zqx b",
        "`a\n`zqx`\n",
        "```a``` zqx ```b```",
        "*a* [zqx](https://evil.example)",
        "> a",
        "a\n-# b",
        "`\u202ea`",
        "`a` <@1>",
    ],
)
async def test_the_check_sees_what_escapes(text: str) -> None:
    assert escapes(text)
    assert not escapes("⏳ **#1 · ~0:01**\n`zqx # @everyone` · <t:1:R>\n- `a``b`\n```\n`zqx`\n```")


async def say_everywhere(stage: Stage, payload: str) -> None:
    """Every surface shows the words, and no call to Discord that they cause has a fault."""
    world = stage.playground.world
    known = {
        "USER": world.user_named("nell").id,
        "ROLE": world.role_named("Moderator").id,
        "CHANNEL": min(world.channels),
        "GUILD": world.guild.id,
    }
    for word, number in known.items():
        payload = payload.replace(word, str(number))
    ada, cleo, ben, admin = map(stage.playground.member, CAST)
    with harmless(stage):
        await surfaces.wait(stage, ada, payload)
        await surfaces.be_refused(stage, ada, payload)
        await surfaces.set_options(ada, payload)
        await surfaces.fail(cleo, payload)
        message = await surfaces.be_drawn(stage, cleo, payload)
        await surfaces.be_traced(ben, message.attachments[0].data, f"{payload}.png")
        await surfaces.come_from_elsewhere(stage, cleo, payload)
        await surfaces.ask_for_rights(cleo)
        await surfaces_of_admins.be_reported(stage, admin, ben, message, payload)
        await surfaces_of_admins.shut_out(admin, ben, payload)
        await surfaces_of_admins.rule(stage, admin, ada, payload)
        await surfaces_of_admins.opt_out(stage, admin, ada, payload)
        await surfaces_of_admins.wait_in_line(stage, admin, ada, payload)


@contextmanager
def harmless(stage: Stage) -> Iterator[None]:
    """What the bot sends meanwhile has no faults, and nobody is pinged."""
    calls, world = stage.playground.record.calls, stage.playground.world
    before = len(calls)
    yield
    askers = [stage.playground.member(name).user.id for name in CAST]
    sent = [call for call in list(calls)[before:] if call.method != "GET"]
    found = [f"{call.method} {call.path[:30]}: {fault}" for call in sent for fault in faults(call, askers)]
    assert not found, "\n".join(found)
    messages = [message for channel in world.channels.values() for message in channel.messages.values()]
    pinging = [each for each in messages if each.mentions or each.mention_roles or each.mention_everyone]
    assert pinging == []
