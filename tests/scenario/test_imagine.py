"""From /imagine to posted pictures, and from 🔄 to four more."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from bot.compose import Parts
from bot.playground import DeniedError, Member, Playground
from bot.playground.feed import Change
from bot.playground.world import Message
from tests.scenario.conftest import finished, stored_files, whispers


def seed_of(message: Message) -> int:
    return int(message.attachments[0].filename.split("-")[2].split(".")[0])


def statuses(member: Member, message: Message) -> list[str]:
    """Every text that this message had, in order."""
    bodies = [
        news.body for news in member.news if news.change in (Change.MESSAGE_CREATE, Change.MESSAGE_UPDATE)
    ]
    return [body["message"]["content"] for body in bodies if body["message"]["id"] == str(message.id)]


async def test_a_member_sees_progress_and_then_four_pictures_in_the_same_message(
    parts: Parts, ada: Member
) -> None:
    outcome = await ada.command("studio", "imagine", prompt="a red house at night --steps 30")
    assert outcome.acknowledged
    grid = await finished(ada, count=4)
    seen = statuses(ada, grid)
    assert seen[0].startswith("⏳ **#1**")
    assert any("▰" in text or "▱" in text for text in seen)
    assert len({news.body["message"]["id"] for news in ada.news if "message" in news.body}) == 1
    assert [Image.open(io.BytesIO(a.data)).size for a in grid.attachments] == [(128, 128)] * 4
    assert len(set(stored_files(grid))) == 4
    assert all(a.description == "a red house at night" for a in grid.attachments)


@pytest.mark.long
async def test_again_gives_four_other_pictures_to_whoever_pressed(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    await ada.command("studio", "imagine", prompt="a green tree in the snow --steps 4")
    first = await finished(ada, count=4)
    ben = playground.member("ben")
    assert (await ben.click(first, "🔄")).acknowledged
    second = await finished(ben, after=first.id, count=4)
    assert seed_of(first) != seed_of(second)
    assert set(stored_files(first)).isdisjoint(stored_files(second))
    jobs = {m.id: m.attachments[0].filename.split("-")[0] for m in (first, second)}
    again = await parts.stores.queue.get(jobs[second.id])
    assert again is not None
    assert (again.order.parent_id, again.order.user_id) == (jobs[first.id], ben.user.id)


@pytest.mark.long
async def test_the_same_words_and_seed_give_the_same_bytes_on_discord_and_on_the_command_line(
    parts: Parts, ada: Member, tmp_path: Path
) -> None:
    prompt = "a blue boat at the beach"
    await ada.command("studio", "imagine", prompt=f"{prompt} --steps 6", seed=7, count=2)
    grid = await finished(ada, count=2)
    await ada.command("studio", "imagine", prompt=f"{prompt} --steps 6", seed=8, count=1)
    single = await finished(ada, after=grid.id)
    assert stored_files(single) == stored_files(grid)[1:]
    out = tmp_path / "out.png"
    arguments = ["imagine", prompt, "--seed", "7", "--steps", "6", "--out", str(out)]
    environment = {**os.environ, "ATELIER_ENGINE__THREADS": "1"}
    command = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", *arguments, env=environment)
    assert await command.wait() == 0
    assert out.read_bytes() == stored_files(grid)[0]


@pytest.mark.long
async def test_the_parameters_of_an_again_with_its_seed_give_its_bytes(parts: Parts, ada: Member) -> None:
    await ada.command("studio", "imagine", prompt="a pink cat --steps 4", count=1)
    first = await finished(ada)
    await ada.click(first, "🔄")
    again = await finished(ada, after=first.id)
    await ada.command("studio", "imagine", prompt="a pink cat --steps 4", count=1, seed=seed_of(again))
    repeated = await finished(ada, after=again.id)
    assert stored_files(repeated) == stored_files(again)


@pytest.mark.long
async def test_a_picture_can_be_started_from(parts: Parts, ada: Member) -> None:
    await ada.command("studio", "imagine", prompt="a red car --steps 6", count=1, seed=3)
    first = await finished(ada)
    start = first.attachments[0].data
    await ada.command("studio", "imagine", prompt="a red car --steps 6", count=1, image=start, strength=0.3)
    changed = await finished(ada, after=first.id)
    assert stored_files(changed) != stored_files(first)


@pytest.mark.long
async def test_pictures_over_the_limit_are_sent_smaller_with_their_words_and_it_is_said(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    playground.world.application.attachment_size_limit = 6_000
    await ada.command("studio", "imagine", prompt="a white rocket in the forest --steps 4", count=1)
    message = await finished(ada)
    (file,) = message.attachments
    assert len(file.data) <= 6_000
    assert not file.filename.endswith(".png")
    assert "over this server's limit" in message.text
    assert b"w\0h\0i\0t\0e\0" in file.data or b"\0w\0h\0i\0t\0e" in file.data


NOT_SENDABLE: list[dict[str, float]] = [
    {"count": 0}, {"count": 9}, {"seed": -1}, {"seed": 2**32}, {"strength": 2.0}
]  # fmt: skip


@pytest.mark.long
async def test_numbers_out_of_range_are_not_even_sent_and_a_text_file_is_refused_by_what_it_declares(
    parts: Parts, ada: Member
) -> None:
    for said in NOT_SENDABLE:
        with pytest.raises(DeniedError):
            await ada.command("studio", "imagine", prompt="x", **said)
    file = ada.upload("notes.txt", b"hello", "text/plain")
    await ada.command("studio", "imagine", prompt="x", image=file)
    assert "`notes.txt` is not a picture" in whispers(ada)[-1]


BAD_INPUT: list[tuple[dict[str, str | int | bytes], str]] = [
    ({"prompt": "  "}, "prompt is empty"),
    ({"prompt": "x" * 7000}, "7,000 characters; at most 2,000"),
    ({"model": "unknown"}, "choose one of: `demo`"),
    ({"prompt": "a red house --seed banana"}, "--seed"),
    ({"aspect": "129x131"}, "multiple of 8"),
    ({"aspect": "4096x4096"}, "such as 2048"),
    ({"aspect": "2000x2000"}, "at most 1,048,576"),
    ({"aspect": "very wide"}, "3:2"),
    ({"image": b"this is a text file"}, "cannot be read as a picture"),
]


async def test_bad_input_gets_one_sentence_that_only_the_member_sees_and_nothing_is_queued(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    (command,) = [c for c in playground.world.commands() if c["name"] == "imagine"]
    for option in command["options"]:  # as a client would that does not look at the limits
        for limit in ("min_value", "max_value", "max_length"):
            option.pop(limit, None)
        if option["name"] == "prompt":
            option["max_length"] = 10_000
    for said, expected in BAD_INPUT:
        before = whispers(ada)
        given = {"prompt": "a red house"} | said
        assert (await ada.command("studio", "imagine", **given)).acknowledged
        (sentence,) = whispers(ada)[len(before) :]
        assert expected in sentence
    assert sum((await parts.stores.queue.counts()).values()) == 0
    assert len(ada.see("studio")) == len(BAD_INPUT)


async def test_a_member_may_only_have_so_many_waiting(parts: Parts, ada: Member) -> None:
    for _ in range(6):  # two are drawn at once
        await ada.command("studio", "imagine", prompt="a purple mushroom --steps 50")
    assert any("as many requests waiting as you may, 3;" in sentence for sentence in whispers(ada))


@pytest.mark.long
async def test_it_works_in_a_direct_message_too(parts: Parts, ada: Member, playground: Playground) -> None:
    await ada.command("studio", "queue")
    user = await parts.client.fetch_user(ada.user.id)
    await user.create_dm()
    await ada.command("dm", "imagine", prompt="a yellow fish --steps 4", count=1)
    message = await finished(ada)
    assert message.channel.recipient is ada.user
