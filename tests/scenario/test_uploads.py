"""What members bring: start pictures, masks, pictures to blend and to make larger, and the owner's LoRAs and words."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.job import Origin
from bot.playground import DeniedError, Message
from bot.settings import AdapterSettings, LimitSettings, ModelSettings, StyleSettings, demo_model
from engine.catalogue import ModelKind
from engine.demo import tokens
from tests.engine.tiny_adapters import save_embedding, save_lora
from tests.engine.tiny_models import tiny_sd15
from tests.few import few
from tests.scenario.conftest import stored_files, whispers
from tests.scenario.house import House, opened, own, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    tiny_sd15(tokens.build()).save_pretrained(folder / ModelKind.SD15)
    ink = save_lora(folder, ModelKind.SD15, folder / "ink.safetensors", 1)
    zork = save_embedding(ModelKind.SD15, folder / "zork.safetensors")
    async with opened(
        folder,
        limits=LimitSettings(max_steps=4),
        models=(demo_model(), tiny_model(folder)),
        adapters=(
            AdapterSettings(name="ink", file=ink, kind="lora"),
            AdapterSettings(name="zork", file=zork, kind="embedding", title="A strange word"),
        ),
        styles=(
            StyleSettings(name="inky", prompt="{prompt}, in ink", negative="colour", loras={"ink": 0.8}),
            StyleSettings(name="snowy", prompt="{prompt} in the snow"),
        ),
    ) as house:
        yield house


def tiny_model(folder: Path) -> ModelSettings:
    return ModelSettings(
        name="tiny", source=str(folder / ModelKind.SD15), width=64, height=64, steps=2, guidance=3.0
    )


def picture(width: int = 128, height: int = 128, colour: str = "red") -> bytes:
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    Image.blend(image, Image.new("RGB", (width, height), colour), 0.5).save(out, "PNG")
    return out.getvalue()


def mask(width: int = 128, height: int = 128, left: int = 0) -> bytes:
    """White from the left edge on, as far as that."""
    out, image = io.BytesIO(), Image.new("L", (width, height))
    image.paste(255, (0, 0, left, height))
    image.save(out, "PNG")
    return out.getvalue()


def pixels(message: Message) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    (file,) = message.attachments
    return np.asarray(Image.open(io.BytesIO(file.data)).convert("RGB")).astype(np.int64)


@pytest.mark.parametrize("size", few([(64, 32), (128, 128)], 1))
async def test_only_what_the_mask_marks_is_drawn_anew(house: House, size: tuple[int, int]) -> None:
    """Whatever the mask's own size is."""
    ada, start = house.newcomer(), picture()
    message = await house.draw(
        ada, "a blue boat", image=start, mask=mask(*size, left=size[0] // 2), strength=1.0
    )
    before = np.asarray(Image.open(io.BytesIO(start)).convert("RGB")).astype(np.int64)
    change = np.abs(pixels(message) - before)
    assert change[:, 72:].mean() < 0.02 * 255
    assert change[:, :56].mean() > 0.05 * 255


async def test_a_mask_that_marks_nothing_or_belongs_to_nothing_is_a_sentence(house: House) -> None:
    ada = house.newcomer()
    answer = await told(ada, "imagine", prompt="a boat", image=picture(), mask=mask())
    assert "leaves nothing to be redrawn" in answer
    assert "a mask but no picture" in await told(ada, "imagine", prompt="a boat", mask=mask(left=64))
    text = ada.upload("mask.txt", b"white", "text/plain")
    assert "`mask.txt` is not a picture" in await told(
        ada, "imagine", prompt="a boat", image=picture(), mask=text
    )
    assert await house.jobs(ada) == []


@pytest.mark.parametrize("colours", [["red", "blue"], ["red", "blue", "green", "white", "black"]])
async def test_two_to_five_pictures_are_blended_and_the_method_is_said(
    house: House, colours: list[str]
) -> None:
    ada = house.newcomer()
    images = {f"image{n}": picture(100, 60, colour) for n, colour in enumerate(colours, 1)}
    outcome = await ada.command("studio", "blend", prompt="a boat --steps 2 --n 1", aspect="3:2", **images)
    message = await house.pictures(ada, outcome)
    job = await house.job(message)
    assert (job.order.origin, job.order.drawing.prompt) == (Origin.BLEND, "a boat")
    assert pixels(message).shape == (104, 160, 3)
    assert "the average of the pictures" in message.text


async def test_a_blend_takes_the_size_that_its_flags_ask_for(house: House) -> None:
    ada = house.newcomer()
    outcome = await ada.command(
        "studio", "blend", image1=picture(), image2=picture(colour="blue"), prompt="x --ar 2:1 --n 1"
    )
    assert pixels(await house.pictures(ada, outcome)).shape == (88, 184, 3)


async def test_a_blend_needs_two_pictures_and_is_one_request(house: House) -> None:
    ada = house.newcomer()
    with pytest.raises(DeniedError, match="image2"):
        await ada.command("studio", "blend", image1=picture())
    two = {"image1": picture(), "image2": picture()}
    for prompt in ("a {red, blue} boat", "a boat --repeat 2"):
        assert "A blend is one request" in await told(ada, "blend", prompt=prompt, **two)
    assert await house.jobs(ada) == []


@pytest.mark.parametrize("factor", few([2, 4], 1))
async def test_an_upload_of_any_size_is_made_larger_and_the_method_is_said(house: House, factor: int) -> None:
    ada = house.newcomer()
    outcome = await ada.command("studio", "upscale", image=picture(100, 75), factor=factor)
    message = await house.pictures(ada, outcome)
    assert pixels(message).shape == (75 * factor, 100 * factor, 3)
    assert "redrawn in tiles" in message.text
    small = Image.fromarray(pixels(message).astype(np.uint8)).resize((100, 75), Image.Resampling.BOX)
    start = np.asarray(Image.open(io.BytesIO(picture(100, 75))).convert("RGB")).astype(np.int64)
    assert np.abs(np.asarray(small).astype(np.int64) - start).mean() < 0.1 * 255
    await ada.click(message, "📋")
    line = whispers(ada)[-1].strip("`\n").removeprefix("/imagine prompt:")
    again = await house.pictures(ada, await ada.command("studio", "imagine", prompt=line))
    assert stored_files(again) == stored_files(message)


async def test_a_picture_that_is_too_large_or_none_is_not_made_larger(house: House) -> None:
    ada = house.newcomer()
    answer = await told(ada, "upscale", image=picture(1200, 1000))
    assert "1,200,000 pixels; at most 1,048,576 can be made larger" in answer
    assert "cannot be read as a picture" in await told(ada, "upscale", image=b"no picture")
    with pytest.raises(DeniedError, match="factor"):
        await ada.command("studio", "upscale", image=picture(), factor=3)
    assert await house.jobs(ada) == []


async def test_a_style_adds_its_words_and_its_loras_and_is_shown(house: House) -> None:
    ada = house.newcomer()
    said = {"model": "tiny", "seed": 5}
    plain = await house.draw(ada, "a house", **said)
    inky = await house.draw(ada, "a house", style="inky", **said)
    assert "inky" in inky.text
    assert (pixels(plain) != pixels(inky)).any()
    text = Image.open(io.BytesIO(inky.attachments[0].data)).text  # type: ignore[attr-defined]
    assert text["parameters"].startswith("a house, in ink\nNegative prompt: colour\n")
    (adapter,) = json.loads(text["atelier"])["adapters"]
    assert (adapter["name"], adapter["weight"]) == ("ink", 0.8)


async def test_a_style_may_be_words_alone_and_a_lora_a_style_of_its_own(house: House) -> None:
    ada = house.newcomer()
    said = {"model": "tiny", "seed": 5}
    snowy = await house.draw(ada, "a house", style="snowy", **said)
    same = await house.draw(ada, "a house in the snow", **said)
    assert (pixels(snowy) == pixels(same)).all()
    bare = await house.draw(ada, "a house in the snow --style ink", **said)
    assert (pixels(bare) != pixels(same)).any()


async def test_an_embedding_acts_by_its_option_and_by_its_word(house: House) -> None:
    ada = house.newcomer()
    said = {"model": "tiny", "seed": 5}
    plain = await house.draw(ada, "a house", **said)
    chosen = await house.draw(ada, "a house", embedding="zork", **said)
    written = await house.draw(ada, "a house, <zork>", **said)
    assert (pixels(plain) != pixels(chosen)).any()
    assert (pixels(chosen) == pixels(written)).all()


async def test_a_style_of_another_family_of_models_is_a_sentence_on_the_message(house: House) -> None:
    ada = house.newcomer()
    await ada.command("studio", "imagine", prompt="a house", model="demo", style="inky", count=1)
    ended = await ada.wait_for(lambda message: message in own(ada) and message.content.startswith("⚠️"))
    assert "ink" in ended.content
