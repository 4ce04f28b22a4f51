"""Pictures and where they come from: a grid's own cells, copies to the byte, and lineage."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.domain.job import Origin
from bot.playground import Member, Message
from bot.playground.member import Answer
from bot.stores import PICTURES
from tests.few import few
from tests.scenario.conftest import stored_files
from tests.scenario.effects import key_of, press, pressables
from tests.scenario.house import fill_in, job_id
from tests.scenario.props import reply
from tests.scenario.stage import Stage, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROMPT, SEED = "a red fish, a blue sea, a green boat", 40
_FEW = "--steps 2 --count 2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(stage: Stage) -> Member:
    return stage.playground.member("ada")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grid(stage: Stage, ada: Member) -> Message:
    """Of four, the third of which is what most is made from."""
    return await stage.draw(ada, PROMPT, count=4, seed=SEED, aspect="3:2")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def single(ada: Member, grid: Message) -> Message:
    """The third picture of the grid."""
    return reply(await ada.click(grid, "U3"))


async def test_u_posts_the_grids_own_picture_and_a_single_run_with_its_seed_draws_it_too(
    stage: Stage, ada: Member, grid: Message
) -> None:
    for cell in range(4):
        picked = reply(await ada.click(grid, f"U{cell + 1}"))
        run = await stage.draw(ada, PROMPT, count=1, seed=SEED + cell, aspect="3:2")
        assert files(picked) == files(run) == files(grid)[cell : cell + 1]
        assert picked.attachments[0].filename == f"{job_id(grid)}-{cell + 1}-{SEED + cell}.png"
        assert f"seed {SEED + cell}" in picked.text


LINES: dict[str, dict[str, Any]] = {
    "plain": {"prompt": PROMPT},
    "flags": {"prompt": f"{PROMPT} --no text, people --ar 3:2 --cfg 4.5 --sampler euler --stop 50"},
    "tile": {"prompt": f"{PROMPT} --tile"},
    "style": {"prompt": PROMPT, "style": "ink"},
    "chaos": {"prompt": f"{PROMPT} --chaos 80", "count": 3},
    "stylize": {"prompt": f"{PROMPT} --s 700"},
    "weights": {"prompt": "a (red:1.3) fish:: a [blue] sea::0.5 fog::-0.5"},
    "letters": {"prompt": r"\{a, b\} \--not a flag — ⟨é⟩ <@1> 🐟 _a_ **b** \\ ```code``` ||c||"},
    "much": {"prompt": "a fish, " * 240},
    "start picture": {"prompt": PROMPT, "strength": 0.5, "image": True},
}


@pytest.mark.parametrize("line", few(LINES, 3))
async def test_the_copied_line_draws_the_same_bytes(
    stage: Stage, ada: Member, grid: Message, line: str
) -> None:
    asked = LINES[line]
    image = {"image": grid.attachments[0].data} if "image" in asked else {}
    message = await stage.draw(ada, **asked | image)
    assert await drawn_again(stage, ada, message) == files(message)


async def test_of_a_grid_all_is_copied_and_of_its_pictures_each(
    stage: Stage, ada: Member, grid: Message, single: Message
) -> None:
    assert await drawn_again(stage, ada, grid) == files(grid)
    assert await drawn_again(stage, ada, single) == files(grid)[2:3]


async def test_the_copied_line_of_a_blend_blends(stage: Stage, ada: Member, grid: Message) -> None:
    first, second, *_ = (file.data for file in grid.attachments)
    outcome = await ada.command("studio", "blend", image1=first, image2=second, prompt=f"{PROMPT} {_FEW}")
    message = await stage.pictures(ada, outcome)
    assert await drawn_again(stage, ada, message) == files(message)


async def test_a_members_defaults_do_not_change_what_the_copied_line_draws(
    stage: Stage, ada: Member, single: Message
) -> None:
    await stage.parts.services.members.change(ada.user.id, aspect="1:1", count=3, model="demo")
    again = await drawn_again(stage, ada, single)
    await stage.write("DELETE FROM preference")
    assert again == files(single)


MADE = {
    "vary_subtle": Origin.VARY_SUBTLE,
    "vary_strong": Origin.VARY_STRONG,
    "zoom:2": Origin.ZOOM,
    "pan:left": Origin.PAN,
    "square": Origin.SQUARE,
    "upscale:2": Origin.UPSCALE,
}
FORMS: dict[str, tuple[dict[str, Answer], Origin, int | None]] = {
    "region": ({"cells": ["1", "5"]}, Origin.VARY_REGION, 2),
    "remix": ({"prompt": f"a blue fish {_FEW}"}, Origin.REMIX, None),
    "tweak": ({"flags": f"--cfg 5 {_FEW}"}, Origin.REMIX, None),
    "custom_zoom": ({"factor": "1.2"}, Origin.ZOOM, 2),
}


@pytest.mark.parametrize("key", few(MADE, 2))
async def test_what_is_made_of_a_picture_knows_it_and_its_copied_line_draws_the_same_bytes(
    stage: Stage, ada: Member, grid: Message, single: Message, key: str
) -> None:
    outcome = await press(ada, single, component(single, key))
    made = await stage.pictures(ada, outcome)
    await knows_its_parent(stage, made, MADE[key], grid, 2)
    assert await drawn_again(stage, ada, made) == files(made)


@pytest.mark.parametrize("key", few(FORMS, 2))
async def test_what_is_made_by_a_form_knows_its_picture_and_its_copied_line_draws_the_same_bytes(
    stage: Stage, ada: Member, grid: Message, single: Message, key: str
) -> None:
    answers, origin, cell = FORMS[key]
    opened = await press(ada, single, component(single, key))
    made = await stage.pictures(ada, await fill_in(ada, opened, answers))
    await knows_its_parent(stage, made, origin, grid, cell)
    assert await drawn_again(stage, ada, made) == files(made)


async def test_again_has_new_seeds_and_knows_what_it_repeats(
    stage: Stage, ada: Member, grid: Message
) -> None:
    again = await stage.pictures(ada, await ada.click(grid, "🔄"))
    await knows_its_parent(stage, again, Origin.REROLL, grid, None)
    assert seeds(again)[0] not in range(SEED - 3, SEED + 4)
    assert seeds(again) == [seeds(again)[0] + cell for cell in range(4)]


async def test_a_child_of_a_child_knows_its_own_parent(stage: Stage, ada: Member, grid: Message) -> None:
    child = await stage.pictures(ada, await ada.click(grid, "V2"))
    grandchild = await stage.pictures(ada, await ada.click(child, "V4"))
    await knows_its_parent(stage, grandchild, Origin.VARY_STRONG, child, 3)
    assert (await stage.job(grandchild)).order.drawing.image_sha256 == stored(stage, child, 3)


@pytest.mark.parametrize("factor", few([2, 4], 1))
async def test_a_larger_picture_is_so_many_times_as_large_and_says_what_made_it_so(
    stage: Stage, ada: Member, single: Message, factor: int
) -> None:
    large = await stage.pictures(ada, await ada.click(single, f"Upscale {factor}x"))
    (width, height), (wide, high) = size(single), size(large)
    assert (wide, high) == (width * factor, height * factor)
    assert f"{wide}x{high}" in large.text
    assert "redrawn in tiles" in large.text
    assert seeds(large) == seeds(single)


@pytest.mark.long
async def test_show_posts_the_same_bytes_with_live_buttons_also_after_a_restart(
    stage: Stage, ada: Member, grid: Message
) -> None:
    await stage.restart()
    again = reply(await stage.playground.member("ben").command("studio", "show", job=job_id(grid)))
    assert files(again) == files(grid)
    assert [each["custom_id"] for each in pressables(again)] == [
        each["custom_id"] for each in pressables(grid)
    ]
    assert files(reply(await ada.click(again, "U4"))) == files(grid)[3:]


@pytest.mark.long
async def test_what_has_expired_is_drawn_again_to_the_byte_and_its_old_buttons_work_again(
    stage: Stage, ada: Member, grid: Message
) -> None:
    for file in (stage.parts.folder / PICTURES).rglob("*.png"):
        file.unlink()
    expired = reply(await ada.click(grid, "U2"))
    redrawn = await stage.pictures(ada, await ada.click(expired, "Draw it again"))
    await knows_its_parent(stage, redrawn, Origin.REDRAW, grid, None)
    assert files(redrawn) == files(grid)
    assert files(reply(await ada.click(grid, "U2"))) == files(grid)[1:2]


def files(message: Message) -> list[str]:
    """The sha256 of each."""
    return [sha256(data).hexdigest() for data in stored_files(message)]


def seeds(message: Message) -> list[int]:
    """As the files' names tell them."""
    return [int(re.split(r"[-.]", file.filename)[2]) for file in message.attachments]


def size(message: Message) -> tuple[int, int]:
    return Image.open(io.BytesIO(message.attachments[0].data)).size


def component(message: Message, key: str) -> Any:
    return next(each for each in pressables(message) if key_of(each) == key)


def stored(stage: Stage, message: Message, cell: int) -> str:
    """The sha256 of a picture."""
    query = "SELECT sha256 FROM picture WHERE job_id = ? AND cell = ?"
    ((sha256,),) = stage.rows(query, job_id(message), cell)
    return str(sha256)


async def drawn_again(stage: Stage, member: Member, message: Message) -> list[str]:
    """By the line that 📋 gives."""
    copied = reply(await member.click(message, "📋"))
    text = copied.attachments[0].data.decode() if copied.attachments else copied.content.strip("`\n")
    outcome = await member.command("studio", "imagine", prompt=text.removeprefix("/imagine prompt:"))
    return files(await stage.pictures(member, outcome))


async def knows_its_parent(
    stage: Stage, message: Message, origin: Origin, parent: Message, cell: int | None
) -> None:
    """In its record, and on the message."""
    order = (await stage.job(message)).order
    assert (order.origin, order.parent_id, order.parent_cell) == (origin, job_id(parent), cell)
    picture = "" if cell is None else f"picture {cell + 1} of "
    assert f"of `{job_id(parent)}`" in message.text
    assert picture in message.text
