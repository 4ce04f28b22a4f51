"""While a picture is drawn its message shows what there is so far, and nothing of it is left at the end."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.compose import Parts
from bot.playground import Member, Playground
from bot.playground.feed import Change
from bot.playground.world import Message
from bot.settings import Settings
from tests.scenario.conftest import PICTURES_S, finished, has_preview, running_bot


async def ask(member: Member, count: int) -> None:
    """For pictures that take long enough to be watched."""
    await member.command(
        "studio", "imagine", prompt="a red house at night --steps 30", count=count, aspect="256x256"
    )


async def preview(member: Member) -> Message:
    return await member.wait_for(has_preview, PICTURES_S)


def files(member: Member, message: Message) -> list[set[str]]:
    """The kinds of file that this message had, in order."""
    bodies = [news.body["message"] for news in member.news if news.change is Change.MESSAGE_UPDATE]
    return [
        {file["filename"].split("-")[0] for file in body["attachments"]}
        for body in bodies
        if body["id"] == str(message.id)
    ]


@pytest.mark.long
async def test_all_pictures_are_seen_coming_in_one_preview_and_take_its_place(
    parts: Parts, ada: Member
) -> None:
    await ask(ada, 2)
    message = await preview(ada)
    (file,) = message.attachments
    assert Image.open(io.BytesIO(file.data)).size == (512, 253)
    assert file.description == "Being drawn: a red house at night"
    assert message.content.startswith("🎨")
    assert message.button("Cancel") is not None
    grid = await finished(ada, count=2)
    assert grid.id == message.id
    assert {file.filename.rpartition(".")[2] for file in grid.attachments} == {"png"}
    seen = files(ada, grid)
    first = seen.index({"preview.webp"})
    assert all(kinds == {"preview.webp"} for kinds in seen[first:-1])
    assert len(seen[-1]) == 1
    assert "preview.webp" not in seen[-1]


@pytest.mark.long
async def test_a_cancelled_request_shows_no_preview(parts: Parts, ada: Member) -> None:
    await ask(ada, 1)
    await ada.click(await preview(ada), "Cancel")
    ended = await ada.wait_for(lambda message: message.content.startswith("🚫"), PICTURES_S)
    assert ended.attachments == []


@pytest.mark.long
async def test_a_message_whose_preview_is_older_than_the_bot_ends_without_it(
    playground: Playground, settings: Settings, ada: Member
) -> None:
    async with running_bot(playground, settings):
        await ask(ada, 2)
        left = await preview(ada)
    assert has_preview(left)
    playground.gateway.arrived.clear()
    off = settings.engine.model_copy(update={"preview_every": 0})
    async with running_bot(playground, settings.model_copy(update={"engine": off})):
        grid = await finished(ada, count=2)
    assert grid.id == left.id
    assert not has_preview(grid)


@pytest.mark.long
async def test_previews_can_be_turned_off(playground: Playground, settings: Settings, ada: Member) -> None:
    off = settings.engine.model_copy(update={"preview_every": 0})
    async with running_bot(playground, settings.model_copy(update={"engine": off})):
        await ask(ada, 1)
        message = await finished(ada)
    assert {"preview.webp"} not in files(ada, message)


@pytest.mark.long
async def test_requests_of_several_members_are_drawn_together(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    ben = playground.member("ben")
    await ask(ada, 1)
    await preview(ada)
    await ben.command("studio", "imagine", prompt="a blue boat --steps 4", count=1)
    short = await ben.wait_for(
        lambda message: "a blue boat" in message.text and len(message.attachments) == 1, PICTURES_S
    )
    (long,) = [message for message in ada.see("studio") if message.id != short.id]
    assert has_preview(long)
    await finished(ada)
