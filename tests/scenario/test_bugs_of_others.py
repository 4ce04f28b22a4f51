"""Ten bugs that other bots of this kind had: each test fails on its bug."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from bot.domain.job import MAX_FAILURES, State
from bot.playground import Member, Message, Upload
from bot.settings import EngineSettings, LimitSettings, ModelSettings, demo_model
from engine.demo import tokens
from tests.engine.tiny_models import tiny_sd15
from tests.few import few
from tests.scenario.conftest import PICTURES_S, stored_files, whispers
from tests.scenario.house import House, fill_in, job_id, opened, own, sent, shown, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOST_STEPS = 4
MOST_WAITING = 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """`sick` says numbers that are none, and the files of `late` are not there yet."""
    folder = tmp_path_factory.mktemp("house")
    tiny_sd15(tokens.build()).save_pretrained(folder / "kept")
    shutil.copytree(folder / "kept", folder / "sick")
    weights = folder / "sick" / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["conv_out.bias"][:] = torch.nan
    save_file(tensors, weights, {"format": "pt"})
    async with opened(
        folder,
        engine=EngineSettings(threads=1, rows=1, live_jobs=2),
        limits=LimitSettings(max_steps=MOST_STEPS, live_per_member=1, queue_per_member=MOST_WAITING),
        models=(demo_model(), tiny(folder, "sick"), tiny(folder, "late")),
    ) as house:
        yield house


def tiny(folder: Path, name: str) -> ModelSettings:
    return ModelSettings(name=name, source=str(folder / name), width=64, height=64, steps=2)


def png(colour: str, size: int = 128) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(out, "PNG")
    return out.getvalue()


def redness(message: Message) -> float:
    """How much redder than green and blue a picture is."""
    pixels = np.asarray(Image.open(io.BytesIO(message.attachments[0].data)).convert("RGB"))
    red, green, blue = pixels.mean(axis=(0, 1))
    return float(red - (green + blue) / 2)


async def begin(member: Member, prompt: str = "a long road", side: int = 320) -> Message:
    """A request that takes its time."""
    outcome = await member.command("studio", "imagine", prompt=f"{prompt} --ar {side}x{side}", count=4)
    assert outcome.reply is not None
    return outcome.reply


async def at_work(member: Member, message: Message) -> None:
    await member.wait_for(lambda each: each is message and "🎨" in each.content, PICTURES_S)


async def cancelled(member: Member, message: Message) -> None:
    await member.wait_for(lambda each: each is message and each.content.startswith("🚫"), PICTURES_S)


async def cancel_all(*members: Member) -> None:
    for member in members:
        await told(member, "cancel", job="all")


async def test_cancelling_ones_own_request_takes_nobody_elses_out_of_the_queue(house: House) -> None:
    """The place was found by its member, but the last one of the queue was removed."""
    blockers, waiting = [house.newcomer() for _ in range(2)], [house.newcomer() for _ in range(3)]
    for member in blockers:
        await at_work(member, await begin(member))
    messages = []
    for member in waiting:
        outcome = await member.command("studio", "imagine", prompt="a house --steps 2", count=1)
        assert outcome.reply is not None
        messages.append(outcome.reply)
    await cancel_all(waiting[0])
    await cancelled(waiting[0], messages[0])
    assert [(await house.job(message)).state for message in messages[1:]] == [State.QUEUED] * 2
    await cancel_all(*blockers)
    for member, message in zip(waiting[1:], messages[1:], strict=True):
        await shown(member, message)


async def by_flag(house: House, ada: Member) -> Message:
    outcome = await ada.command("studio", "imagine", prompt="a house --steps 50", count=1)
    return await house.pictures(ada, outcome)


async def by_own_flag(house: House, ada: Member) -> Message:
    await told(ada, "prefer option set", name="fine", flags="--steps 50")
    return await house.pictures(ada, await ada.command("studio", "imagine", prompt="a house --fine", count=1))


async def by_suffix(house: House, ada: Member) -> Message:
    await told(ada, "prefer suffix", text="--steps 50")
    return await house.pictures(ada, await ada.command("studio", "imagine", prompt="a house", count=1))


async def by_braces(house: House, ada: Member) -> Message:
    outcome = await ada.command("studio", "imagine", prompt="a {red, blue} house --steps 50", count=1)
    assert outcome.reply is not None
    await ada.click(outcome.reply, "Draw them all")
    return await shown(ada, await ada.wait_for(lambda each: each in own(ada)))


async def by_remix(house: House, ada: Member) -> Message:
    outcome = await ada.click(await house.draw(ada), "Remix")
    return await house.pictures(ada, await fill_in(ada, outcome, {"flags": "--steps 50"}))


async def by_tweak(house: House, ada: Member) -> Message:
    outcome = await ada.click(await house.draw(ada), "Tweak")
    return await house.pictures(ada, await fill_in(ada, outcome, {"flags": "--steps 50"}))


async def by_blend(house: House, ada: Member) -> Message:
    images = {"image1": png("red"), "image2": png("blue")}
    return await house.pictures(
        ada, await ada.command("studio", "blend", prompt="x --steps 50 --n 1", **images)
    )


async def by_form(house: House, ada: Member) -> Message:
    message = house.post(ada.user, "", Upload("image.png", png("red")))
    outcome = await ada.use_on(message, "Use as start image")
    return await house.pictures(
        ada, await fill_in(ada, outcome, {"prompt": "x", "flags": "--steps 50 --n 1"})
    )


PATHS: list[Callable[[House, Member], Awaitable[Message]]] = [
    by_flag, by_own_flag, by_suffix, by_braces, by_remix, by_tweak, by_blend, by_form,
]  # fmt: skip


@pytest.mark.parametrize("ask", few(PATHS, 3))
async def test_a_limit_holds_on_every_path(
    house: House, ask: Callable[[House, Member], Awaitable[Message]]
) -> None:
    """The check gave an object that was always true, so that no limit of a setting was ever enforced."""
    message = await ask(house, house.newcomer())
    assert (await house.job(message)).order.drawing.steps == MOST_STEPS


async def test_nobody_deletes_another_members_pictures(house: House) -> None:
    """Any member could delete any picture."""
    ada, ben = house.newcomer(), house.newcomer()
    message = await house.draw(ada)
    await ben.click(message, "🗑️")
    ben.react(message, "❌")
    assert "Only the member who asked, or a moderator" in whispers(ben)[-1]
    again = await house.pictures(ada, await ada.command("studio", "show", job=job_id(message)))
    assert stored_files(again) == stored_files(message)
    assert message in ada.see("studio")


async def test_a_request_that_fails_again_and_again_frees_its_members_place_once(house: House) -> None:
    """The counter went down with each failed try, so that the limit drifted."""
    ada = house.newcomer()
    for number in range(3):
        await ada.command("studio", "imagine", prompt=f"a ruin {number}", model="sick", count=1)
        await ada.wait_for(
            lambda each, n=number: each.content.startswith("⚠️") and f"a ruin {n}" in each.content,  # type: ignore[misc]
            PICTURES_S,
        )
    assert [job.attempt for job in await house.jobs(ada)] == [MAX_FAILURES] * 3
    await at_work(ada, await begin(ada))
    for _ in range(MOST_WAITING):
        await begin(ada)
    assert "as many requests waiting as you may" in await told(ada, "imagine", prompt="one more")
    await cancel_all(ada)


async def test_two_uploads_of_the_same_name_are_two_pictures(house: House) -> None:
    """Uploads were kept by their names, so that two members' pictures collided."""
    ada, ben = house.newcomer(), house.newcomer()
    drawn = [
        await house.draw(
            member, "a house", image=member.upload("image.png", png(colour)), strength=0.05, seed=1
        )
        for member, colour in ((ada, "red"), (ben, "blue"))
    ]
    assert redness(drawn[0]) > redness(drawn[1]) + 10


async def test_a_cancel_stops_that_request_alone_and_words_give_nobody_a_right(house: House) -> None:
    """Whoever's number stood in the message could interrupt, and it interrupted whatever was being drawn."""
    ada, ben = house.newcomer(), house.newcomer()
    message, other = await begin(ada, f"a road for <@{ben.user.id}> {ben.user.id}"), await begin(ben)
    await at_work(ada, message)
    await at_work(ben, other)
    await ben.click(message, "Cancel")
    assert "Only the member who asked, or a moderator" in whispers(ben)[-1]
    await ada.click(message, "Cancel")
    await cancelled(ada, message)
    assert (await house.parts.stores.album.usage(ada.user.id, since_ms=0)).seconds > 0  # it pays for its time
    assert (await house.job(other)).state is State.RUNNING
    await cancel_all(ben)
    await cancelled(ben, other)


async def test_every_button_of_an_older_process_is_answered(house: House) -> None:
    """Views that should outlive a restart were registered without their buttons, or not at all."""
    ada = house.newcomer()
    grid = await house.draw(ada, count=2)
    await house.restart()
    buttons = [each["custom_id"] for each in grid.walk() if each["type"] == 2]
    assert len(buttons) == 10
    for custom_id in buttons:
        outcome = await ada.click(grid, custom_id)
        assert outcome.acknowledged or outcome.modal
    await cancel_all(ada)
    assert not any("wrong on our side" in text or "another version" in text for text in whispers(ada))
    assert grid not in ada.see("studio")


async def test_a_start_picture_is_drawn_from(house: House) -> None:
    """The option for a picture only answered that it was starting, and nothing came of it."""
    ada = house.newcomer()
    without = await house.draw(ada, "a blue house", seed=1)
    started = await house.draw(ada, "a blue house", seed=1, image=png("red"), strength=0.05)
    assert redness(started) > redness(without) + 10


async def test_a_result_that_was_under_way_arrives_after_a_restart(house: House) -> None:
    """What was paid for and being drawn when the bot ended was never delivered."""
    ada = house.newcomer()
    message = await begin(ada, side=192)
    await at_work(ada, message)
    assert (await house.job(message)).state is State.RUNNING
    await house.restart()
    assert len((await shown(ada, message)).attachments) == 4
    assert own(ada) == [message]


async def test_a_model_that_could_not_be_used_is_tried_again(house: House) -> None:
    """What was down once was struck off the list for good."""
    ada = house.newcomer()
    await ada.command("studio", "imagine", prompt="a house", model="late", count=1)
    await ada.wait_for(lambda each: each in own(ada) and each.content.startswith("⚠️"), PICTURES_S)
    folder = Path(house.settings.storage.folder).parent
    shutil.copytree(folder / "kept", folder / "late")
    assert len((await house.draw(ada, model="late")).attachments) == 1


@pytest.mark.long
async def test_what_is_forbidden_stays_so_after_a_restart(house: House) -> None:
    """A block was kept in memory, so that waiting for the next start lifted it."""
    ada, ben = house.newcomer(), house.newcomer()
    gone = job_id(message := await house.draw(ada))
    await ada.click(message, "🗑️")
    await told(ada, "imagine", prompt="a secret --steps 2", count=1, private=True)
    await sent(ada)
    secret = (await house.jobs(ada))[-1].id
    held: list[Any] = [await begin(ben) for _ in range(1 + MOST_WAITING)]
    await at_work(ben, held[0])
    await house.restart()
    await at_work(ben, held[0])
    assert "as many requests waiting as you may" in await told(ben, "imagine", prompt="one more")
    assert "were deleted" in await told(ben, "show", job=gone)
    assert "I do not know this request" in await told(ben, "show", job=secret)
    await cancel_all(ben)
