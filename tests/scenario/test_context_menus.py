"""The five entries of a message's menu, on pictures of ours, on anybody else's, and where there is none."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.domain.job import Origin
from bot.playground import Member, Message, Upload
from bot.settings import LimitSettings
from tests.scenario.conftest import whispers
from tests.scenario.house import House, fill_in, job_id, opened, own, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")
A1111 = "a castle\nNegative prompt: ```fog```\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3"
MENUS = ("Picture info", "Upscale", "Vary", "Use as start image")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house"), limits=LimitSettings(max_steps=4)) as house:
        yield house


def png(parameters: str = "", size: tuple[int, int] = (96, 64)) -> bytes:
    out, info = io.BytesIO(), PngInfo()
    if parameters:
        info.add_text("parameters", parameters)
    Image.new("RGB", size, "teal").save(out, "PNG", pnginfo=info)
    return out.getvalue()


def foreign(house: House, parameters: str = "", name: str = "image.png") -> Message:
    """A picture of somebody's that no bot has drawn."""
    author = house.newcomer()
    return house.post(author.user, "look at this", Upload(name, png(parameters)))


async def used(member: Member, message: Message, name: str) -> Message:
    """What answers."""
    reply = (await member.use_on(message, name)).reply
    assert reply is not None
    return reply


async def test_info_reads_our_record_and_of_a_single_picture_its_own_seed(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    grid = await house.draw(ada, "a red house --ar 3:2", count=2, seed=40, negative="fog")
    info = await used(ben, grid, "Picture info")
    assert info.ephemeral
    values = {field["name"]: field["value"] for field in info.embeds[0]["fields"]}
    assert values["Seed"] == "40"
    assert (values["Without"], values["Model"], values["Size"]) == ("`fog`", "demo", "160x104")
    assert values["Asked for by"] == f"<@{ada.user.id}>"
    assert info.embeds[0]["footer"]["text"] == job_id(grid)
    alone = await house.pictures(ben, await ben.click(grid, "U2"))
    assert "41" in (await used(ben, alone, "Picture info")).text


async def test_info_reads_what_a_picture_of_elsewhere_says_about_itself(house: House) -> None:
    ada = house.newcomer()
    answer = await used(ada, foreign(house, A1111), "Picture info")
    assert answer.content == f"```\n{A1111.replace('```', 'ˋˋˋ')}\n```"
    answer = await used(ada, foreign(house), "Picture info")
    assert answer.content == "This picture says nothing about how it was made."


@pytest.mark.long
async def test_upscale_makes_a_single_picture_larger_and_asks_which_of_a_grid(house: House) -> None:
    ada = house.newcomer()
    grid, single = await house.draw(ada, count=2), await house.draw(ada)
    larger = await house.pictures(ada, await ada.use_on(single, "Upscale"))
    job = await house.job(larger)
    assert (job.order.origin, job.order.parent_id, job.order.parent_cell) == (
        Origin.UPSCALE, job_id(single), 0,
    )  # fmt: skip
    assert Image.open(io.BytesIO(larger.attachments[0].data)).size == (256, 256)
    which = await used(ada, grid, "Upscale")
    assert which.content == "Which one?"
    assert which.ephemeral
    job = await house.job(await house.pictures(ada, await ada.click(which, "Picture 2")))
    assert (job.order.parent_id, job.order.parent_cell) == (job_id(grid), 1)


@pytest.mark.long
async def test_vary_draws_others_like_a_single_picture_and_asks_which_of_a_grid(house: House) -> None:
    ada = house.newcomer()
    grid, single = await house.draw(ada, count=2), await house.draw(ada)
    which = await used(ada, grid, "Vary")
    for message, outcome in (
        (single, await ada.use_on(single, "Vary")),
        (grid, await ada.click(which, "Picture 1")),
    ):
        job = await house.job(await house.pictures(ada, outcome))
        assert (job.order.origin, job.order.parent_id) == (Origin.VARY_STRONG, job_id(message))


async def test_a_picture_of_ours_is_started_from_by_a_form_with_its_words(house: House) -> None:
    ada = house.newcomer()
    grid, single = await house.draw(ada, "a red house", count=2), await house.draw(ada, "a red house")
    which = await used(ada, grid, "Use as start image")
    for message, cell, outcome in (
        (single, 0, await ada.use_on(single, "Use as start image")),
        (grid, 1, await ada.click(which, "Picture 2")),
    ):
        prompt = outcome.modal["components"][0]["component"]
        assert prompt["value"] == "a red house"
        outcome = await fill_in(ada, outcome, {"prompt": "a blue house", "strength": "0.4", "flags": "--n 1"})
        drawing = (await house.job(await house.pictures(ada, outcome))).order.drawing
        pictures = await house.parts.stores.queue.pictures(job_id(message))
        assert (drawing.image_sha256, drawing.strength) == (pictures[cell].sha256, 0.4)
        assert drawing.prompt == "a blue house"


@pytest.mark.long
async def test_a_picture_of_elsewhere_is_started_from_by_a_form_also_after_a_restart(house: House) -> None:
    ada = house.newcomer()
    outcomes = [await ada.use_on(foreign(house), name) for name in ("Vary", "Use as start image")]
    assert {outcome.modal["title"] for outcome in outcomes} == {"Use as start image"}
    await house.restart()
    outcome = await fill_in(ada, outcomes[-1], {"prompt": "a castle", "flags": "--n 1"})
    drawing = (await house.job(await house.pictures(ada, outcome))).order.drawing
    assert drawing.image_sha256 is not None


async def test_the_form_takes_braces_and_refuses_what_cannot_be(house: House) -> None:
    ada = house.newcomer()
    outcome = await ada.use_on(foreign(house), "Use as start image")
    asked = await fill_in(ada, outcome, {"prompt": "a {red, blue} castle"})
    assert asked.reply is not None
    assert "2 requests" in asked.reply.content
    outcome = await ada.use_on(foreign(house), "Use as start image")
    refused = await fill_in(ada, outcome, {"prompt": "a castle", "strength": "much"})
    assert refused.reply is not None
    assert refused.reply.content == "Strength: this must be a number from 0.05 to 1."
    assert await house.jobs(ada) == []


async def test_a_picture_of_elsewhere_is_made_larger(house: House) -> None:
    ada = house.newcomer()
    larger = await house.pictures(ada, await ada.use_on(foreign(house), "Upscale"))
    assert Image.open(io.BytesIO(larger.attachments[0].data)).size == (192, 128)


@pytest.mark.parametrize("name", MENUS)
async def test_a_message_without_a_picture_is_a_sentence(house: House, name: str) -> None:
    ada, author = house.newcomer(), house.newcomer()
    for message in (
        house.post(author.user, "only words"),
        house.post(author.user, "", Upload("a.txt", b"words")),
    ):
        answer = await used(ada, message, name)
        assert answer.content == "There is no picture in this message."
    assert await house.jobs(ada) == []


@pytest.mark.parametrize("name", MENUS)
async def test_a_file_that_claims_to_be_a_picture_and_is_none_is_a_sentence(house: House, name: str) -> None:
    ada, author = house.newcomer(), house.newcomer()
    message = house.post(author.user, "", Upload("image.png", b"GIF89a nonsense", "image/png"))
    answer = await used(ada, message, name)
    assert answer.content in (
        "`image.png` cannot be read as a picture; upload a PNG, JPEG or WebP picture.",
        "This picture says nothing about how it was made.",
    )
    assert await house.jobs(ada) == []


async def test_a_file_with_a_name_like_ours_gives_nobody_access_to_another_ones_request(
    house: House,
) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await ada.command("studio", "imagine", prompt="a secret fish", count=1, private=True)
    secret = await sent(ada)
    forged = house.post(ben.user, "", Upload(secret.attachments[0].filename, png(A1111)))
    assert "a castle" in (await used(ben, forged, "Picture info")).content
    outcome = await ben.use_on(forged, "Vary")
    assert "secret" not in str(outcome.modal)
    larger = await house.job(await house.pictures(ben, await ben.use_on(forged, "Upscale")))
    assert larger.order.parent_id is None


async def test_a_message_of_ours_that_has_no_pictures_yet_still_has_a_record(house: House) -> None:
    ada = house.newcomer()
    outcome = await ada.command("studio", "imagine", prompt="a house --ar 512x512", count=4)
    message = await ada.wait_for(lambda each: each is outcome.reply and each.content.startswith("🎨"))
    assert "a house" in (await used(ada, message, "Picture info")).text
    await ada.click(message, "Cancel")
    await ada.wait_for(lambda each: each in own(ada) and each.content.startswith("🚫"))


async def test_a_report_is_written_down_with_its_message_and_its_job(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    grid = await house.draw(ada, count=2)
    alone = await house.pictures(ada, await ada.click(grid, "U2"))
    other = foreign(house)
    for message, expected in ((grid, job_id(grid)), (alone, job_id(grid)), (other, None)):
        outcome = await fill_in(ben, await ben.use_on(message, "Report"), {"reason": "It's unkind; -- 🐟"})
        assert outcome.reply is not None
        assert outcome.reply.ephemeral
        assert "Thank you" in whispers(ben)[-1]
        query = "SELECT job_id, guild_id, channel_id, reason FROM report WHERE user_id = ? AND message_id = ?"
        (row,) = house.rows(query, ben.user.id, message.id)
        assert row == (expected, house.playground.world.guild.id, message.channel.id, "It's unkind; -- 🐟")


@pytest.mark.long
async def test_a_second_report_of_a_message_replaces_the_first(house: House) -> None:
    ben, message = house.newcomer(), foreign(house)
    for reason in ("rude", "very rude"):
        await fill_in(ben, await ben.use_on(message, "Report"), {"reason": reason})
    assert house.rows("SELECT reason FROM report WHERE user_id = ?", ben.user.id) == [("very rude",)]
