"""Where members' words are shown to members: each surface once, with words that may do harm."""

from __future__ import annotations

from bot.playground import Member, Message, Outcome, Upload
from tests.scenario.conftest import PICTURES_S
from tests.scenario.house import job_id, told
from tests.scenario.payloads import MARK
from tests.scenario.props import reply
from tests.scenario.stage import Stage
from tests.scenario.test_context_menus import png

NOWHERE = "0" * 64
OPTIONS = ("model", "style", "embedding", "aspect")
FLAGS = ("steps", "model", "sampler", "ar")


async def whispered(member: Member) -> None:
    """The newest message is a note about the words, which comes after the answer."""
    newest = max(message.id for message in member.see("studio"))
    await member.wait_for(lambda each: each.id >= newest and each.ephemeral and MARK in each.content)


async def settled(member: Member, outcome: Outcome) -> Message:
    """The answer, which may have been a while in coming."""
    message = reply(outcome)
    return await member.wait_for(lambda each: each is message and not each.loading)


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


async def be_drawn(stage: Stage, member: Member, payload: str) -> Message:
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
    return message


async def come_from_elsewhere(stage: Stage, member: Member, payload: str) -> None:
    """What somebody else's picture says about itself."""
    picture = stage.post(member.user, "", Upload("image.png", png(payload)))
    assert MARK in reply(await member.use_on(picture, "Picture info")).content
    await be_traced(member, png(payload), f"{payload}.png")


async def be_traced(member: Member, image: bytes, name: str) -> None:
    """Where a picture comes from, and what it says; or why it cannot be read."""
    answer = await settled(member, await member.command("studio", "provenance", image=Upload(name, image)))
    assert MARK in answer.text
    torn = Upload(name, image[:60])
    assert (await settled(member, await member.command("studio", "provenance", image=torn))).content


async def ask_for_rights(member: Member) -> None:
    """What is stored of a member, as a list and as a file with all their words."""
    await told(member, "privacy policy")
    export = reply(await member.command("studio", "privacy export"))
    await member.wait_for(lambda each: each is export and bool(each.attachments))
