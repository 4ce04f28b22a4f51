"""Buttons of older versions, and of none at all, under messages that are there: each press is answered."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from logging import ERROR

import pytest
import pytest_asyncio

from bot.domain.job import Origin
from bot.playground import Message
from bot.ui.custom_ids import Action, parse
from engine.request import MAX_SIDE, MIN_SIDE, SIDE_STEP, UPSCALE_FACTORS
from tests.few import few
from tests.scenario.effects import Effect, Makes, Says, Watch
from tests.scenario.house import job_id
from tests.scenario.props import Kind, Props
from tests.scenario.stage import staged

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGAIN = Makes(Origin.REROLL, of_cell=False)
FOREIGN = Says("This button is from another version of Atelier")
UNKNOWN = Says("I do not know this request")
OLD: dict[str, Effect] = {
    "im1:reroll:{grid}": AGAIN,
    "im1:reroll:{single}": AGAIN,
    "im1:cancel:{waiting}": Says("Cancelled."),
    "im1:cancel:{grid}": Says("nothing left to cancel"),
    "im1:reroll:abcdefghij": UNKNOWN,
    "im1:cancel:abcdefghij": UNKNOWN,
    "im0:reroll:{grid}": AGAIN,
    "im0:cancel:{grid}": Says("nothing left to cancel"),
    "im0:again:{grid}": FOREIGN,
    "im1:variation:{grid}:1": FOREIGN,
    "im2:reroll:{grid}": AGAIN,
    "im3:reroll:{grid}:0": FOREIGN,
    "atelier:reroll:{grid}": FOREIGN,
    "atelier:cancel:{waiting}": FOREIGN,
    "reroll-{grid}": FOREIGN,
    "reroll:{grid}": FOREIGN,
    "{grid}": FOREIGN,
    "U1": FOREIGN,
}
MAKING = frozenset(
    {
        Action.REROLL, Action.REDRAW, Action.VARY_SUBTLE, Action.VARY_STRONG,
        Action.UPSCALE, Action.ZOOM, Action.SQUARE, Action.PAN,
    }
)  # fmt: skip
ODD = (
    "inf",
    "nan",
    "-1",
    "0",
    "3",
    "2.5",
    "1e9",
    "1e-9",
    "8",
    "2",
    "4",
    "1.5",
    "２",
    "left",
    "LEFT",
    "left ",
    "up:down",
)
STRANGE = ":_-/ \t\n0१aZéß\u0000\u200b\u202e\ufeff🎨"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def props(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Props]:
    async with staged(tmp_path_factory.mktemp("stage")) as stage:
        props = Props(stage)
        await props.set_up()
        await stage.restart()
        yield props


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= ERROR] == []


@pytest.mark.parametrize("custom_id", few(OLD, 8))
async def test_a_button_of_an_older_version_works_or_says_that_it_is_one(
    props: Props, custom_id: str
) -> None:
    effect = OLD[custom_id]
    kinds = {"grid": Kind.FOUR, "single": Kind.SINGLE, "waiting": Kind.WAITING}
    jobs = {name: job_id(await props.message(kind)) for name, kind in kinds.items()}
    pressed = custom_id.format(**jobs)
    message = left_over(props, pressed)
    watch = Watch(props.stage, props.ada)
    outcome = await props.ada.click(message, pressed)
    subject = next((job for job in jobs.values() if job in pressed), "")
    await watch.expect([effect], [outcome], message, f"im2:x:{subject}:0")


@pytest.mark.parametrize("count", few([100, 5000], 1))
async def test_whatever_a_button_says_its_press_is_answered_and_makes_no_job_that_it_should_not(
    props: Props, count: int
) -> None:
    dice, grid = random.Random(count), job_id(await props.message(Kind.FOUR))
    for _ in range(count):
        await press_and_judge(props, custom_id(dice, grid), grid)


async def press_and_judge(props: Props, custom_id: str, grid: str) -> None:
    message = left_over(props, custom_id)
    before = props.stage.newest()
    outcome = await props.ada.click(message, custom_id)
    assert not outcome.failed, repr(custom_id)
    made = props.stage.rows("SELECT user_id, width, height, count, upscale FROM job WHERE number > ?", before)
    press = parse(custom_id)
    assert len(made) <= (press is not None and press.action in MAKING and press.subject == grid), repr(
        custom_id
    )
    for user_id, width, height, pictures, upscale in made:
        assert user_id == props.ada.user.id
        assert upscale == 1 or upscale in UPSCALE_FACTORS, repr(custom_id)
        assert all(MIN_SIDE <= side <= MAX_SIDE and side % SIDE_STEP == 0 for side in (width, height))
        assert 1 <= pictures <= 4
    await props.stage.forget(before)


def left_over(props: Props, custom_id: str) -> Message:
    """A message of the bot's with this button, as an older version might have left it."""
    world, board = props.stage.playground.world, props.stage.playground.core.board
    message = board.draft(world.channel_named("studio"), world.application.bot)
    button = {"type": 2, "style": 2, "label": "?", "custom_id": custom_id}
    row = {"type": 1, "components": [button]}
    board.fill(message, {"content": "from long ago", "components": [row]}, {})
    board.post(message)
    return message


def custom_id(dice: random.Random, grid: str) -> str:
    """1 to 100 letters: anything, or nearly one of ours."""
    if dice.random() < 0.2:
        return _letters(dice, dice.randint(1, 100))
    text = _like_ours(dice, grid)
    for _ in range(dice.choice((0, 0, 1, 1, 2, 3))):
        text = _changed(dice, text)
    return text[:100] or "?"


def _like_ours(dice: random.Random, grid: str) -> str:
    """The grid stays: its 🗑️ is about another job."""
    action = dice.choice(list(Action))
    subject = (
        "abcdefghij"
        if action is Action.DELETE
        else dice.choice((grid, grid, grid, "chosen", "history", "9" * 64))
    )
    parts = [f"im{dice.choice((0, 1, 2, 2, 2, 2, 3, 99, 999))}", action, subject]
    if dice.random() < 0.8:
        parts.append(str(dice.choice((0, 0, 1, 3, 4, 7, 99, 100))))
        if dice.random() < 0.6:
            parts.append(dice.choice(ODD))
    return ":".join(parts)


def _changed(dice: random.Random, text: str) -> str:
    at, to = sorted(dice.choices(range(len(text) + 1), k=2))
    match dice.randrange(6):
        case 0:
            return text[:at] + text[to:]
        case 1:
            return text[:at] + _letters(dice, dice.randint(1, 3)) + text[at:]
        case 2:
            return text[:at] + text[at:to] * 2 + text[to:]
        case 3:
            return text[:at] + text[at:].upper()
        case 4:
            return text[:at]
        case _:
            return text.replace(":", dice.choice(":-_/ "), 1)


def _letters(dice: random.Random, count: int) -> str:
    """Any of Unicode's but its halves of pairs, and some that are often trouble."""
    ranges = ((1, 0x7F), (0x80, 0x2FF), (0x300, 0xD7FF), (0xE000, 0x10FFFF))
    return "".join(
        dice.choice(STRANGE) if dice.random() < 0.3 else chr(dice.randint(*dice.choice(ranges)))
        for _ in range(count)
    )
