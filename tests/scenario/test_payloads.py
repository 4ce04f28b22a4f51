"""Members' words come back as plain code wherever they are shown: they ping nobody, link nowhere and break nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from bot.playground import Member, Playground, Upload
from bot.settings import EngineSettings, LimitSettings, Settings, StorageSettings
from tests.conformance import check_record
from tests.scenario.conftest import PICTURES_S
from tests.scenario.house import job_id, told
from tests.scenario.payloads import MARK, PAYLOADS, escapes, faults
from tests.scenario.props import reply
from tests.scenario.stage import Stage
from tests.scenario.test_context_menus import png

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVIL = (
    "`@everyone` <@USER> <@&ROLE> \u202e[zqx](https://evil.example) \u2067zqx",
    "```zqx\n@here``` \\` ||zqx|| **zqx** zqx # zqx " + "👩‍👩‍👧‍👦😀" * 400,
)
NOWHERE = "0" * 64
OPTIONS = ("model", "style", "embedding", "aspect")
FLAGS = ("steps", "model", "sampler", "ar")


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
    cleo = stage.playground.member("cleo")
    with harmless(stage):
        for number in range(20):
            await told(cleo, "prefer option set", name=f"look{number}", flags=f"@everyone {MARK} " * 20)
        assert MARK in await told(cleo, "prefer option list")
        for number in range(20):
            await told(cleo, "prefer option delete", name=f"look{number}")


async def test_more_notes_than_a_message_shows_do_not_break_it(stage: Stage) -> None:
    ada = stage.playground.member("ada")
    repeated = " ".join(
        f"--{flag} 1 --{flag} 2" for flag in ("seed", "steps", "cfg", "chaos", "stop", "stylize")
    )
    unknown = " ".join(f"--{MARK}{number}@everyone||[x](https://evil.example)||" for number in range(5))
    before = stage.newest()
    with harmless(stage):
        await ada.command("studio", "imagine", prompt=f"a house {repeated} {unknown}")
        await whispered(ada)
        await stage.forget(before)


async def test_more_requests_than_a_message_shows_do_not_break_it(stage: Stage) -> None:
    ada, before = stage.playground.member("ada"), stage.newest()
    with harmless(stage):
        for _ in range(30):
            await ada.command("studio", "imagine", prompt=f"@everyone {MARK} " * 10)
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
    for word, known in (("USER", world.users), ("ROLE", world.guild.roles), ("CHANNEL", world.channels)):
        payload = payload.replace(word, str(min(known)))
    payload = payload.replace("GUILD", str(world.guild.id))
    ada, cleo = stage.playground.member("ada"), stage.playground.member("cleo")
    with harmless(stage):
        await wait(stage, ada, payload)
        await be_refused(stage, ada, payload)
        await set_options(ada, payload)
        await fail(cleo, payload)
        await be_drawn(stage, cleo, payload)
        await come_from_elsewhere(stage, cleo, payload)


@contextmanager
def harmless(stage: Stage) -> Iterator[None]:
    """What the bot sends meanwhile has no faults, and nobody is pinged."""
    calls, world = stage.playground.record.calls, stage.playground.world
    before = len(calls)
    yield
    askers = [stage.playground.member(name).user.id for name in ("ada", "cleo")]
    sent = [call for call in list(calls)[before:] if call.method != "GET"]
    found = [f"{call.method} {call.path[:30]}: {fault}" for call in sent for fault in faults(call, askers)]
    assert not found, "\n".join(found)
    messages = [message for channel in world.channels.values() for message in channel.messages.values()]
    pinging = [each for each in messages if each.mentions or each.mention_roles or each.mention_everyone]
    assert pinging == []


async def whispered(member: Member) -> None:
    """The newest message is a note about the words, which comes after the answer."""
    newest = max(message.id for message in member.see("studio"))
    await member.wait_for(lambda each: each.id >= newest and each.ephemeral and MARK in each.content)


async def wait(stage: Stage, member: Member, payload: str) -> None:
    """The message of a request that waits, the queue, what is suggested, and the message of its end."""
    before = stage.newest()
    message = reply(await member.command("studio", "imagine", prompt=payload, negative=payload))
    suggested = await member.autocomplete("studio", "cancel", "job")
    queue = reply(await member.command("studio", "queue"))
    assert message.content.startswith("⏳")
    for text in (message.text, queue.text, str(suggested.choices)):
        assert MARK in text
    await member.click(message, "Cancel")
    ended = await member.wait_for(lambda each: each is message and each.content.startswith("🚫"))
    assert MARK in ended.content
    await stage.forget(before)


async def be_refused(stage: Stage, member: Member, payload: str) -> None:
    """Sentences that quote a value, and notes that do."""
    before, word = stage.newest(), "".join(payload.split())
    for option in OPTIONS:
        await told(member, "imagine", prompt="a house", **{option: payload})
    for flag in FLAGS:
        await told(member, "imagine", prompt=f"a house --{flag} {word}")
    await member.command("studio", "imagine", prompt=f"a house --{MARK}-{word}")
    await whispered(member)
    file = Upload(f"{payload}.txt", b"words", "text/plain")
    await told(member, "imagine", prompt="a house", image=file)
    await stage.forget(before)


async def set_options(member: Member, payload: str) -> None:
    """A flag of one's own, when it is set, listed, and refused."""
    await told(member, "prefer option set", name=payload, flags="--seed 7")
    assert MARK in await told(member, "prefer option set", name="look", flags=payload[:500])
    assert MARK in await told(member, "prefer option list")
    await told(member, "prefer option delete", name="look")
    await told(member, "prefer suffix", text=payload)
    await told(member, "prefer suffix")


async def fail(member: Member, payload: str) -> None:
    """The message of a request that cannot be drawn."""
    message = reply(await member.command("studio", "imagine", prompt=f"{payload} --image {NOWHERE}", count=1))
    ended = await member.wait_for(lambda each: each is message and each.content.startswith("⚠️"), PICTURES_S)
    assert MARK in ended.content


async def be_drawn(stage: Stage, member: Member, payload: str) -> None:
    """The picture, its record, the lists that hold it, the line that draws it again, and the form with its words."""
    message = await stage.draw(member, payload, negative=payload)
    for answer in (
        message,
        reply(await member.use_on(message, "Picture info")),
        reply(await member.command("studio", "history")),
        reply(await member.command("studio", "history", search=MARK)),
        await stage.pictures(member, await member.command("studio", "show", job=job_id(message))),
    ):
        assert MARK in answer.text
    copied = reply(await member.click(message, "📋"))
    assert MARK in copied.content + "".join(file.data.decode() for file in copied.attachments)
    assert copied.attachments or copied.content.endswith("\n```")  # every letter of it, or a file
    assert MARK in str((await member.click(message, "✏️")).modal)


async def come_from_elsewhere(stage: Stage, member: Member, payload: str) -> None:
    """What somebody else's picture says about itself."""
    picture = stage.post(member.user, "", Upload("image.png", png(payload)))
    assert MARK in reply(await member.use_on(picture, "Picture info")).content
