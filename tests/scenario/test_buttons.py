"""Every button of every message, in every situation: it does its work or says one sentence, and never fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR

import pytest
import pytest_asyncio
from discord import Permissions

from bot.domain.job import Origin
from bot.playground import DeniedError, Member, Message
from bot.playground.wire import Json
from tests.scenario.effects import (
    Changes,
    Deletes,
    Effect,
    Makes,
    Opens,
    Posts,
    Says,
    Sends,
    Unpressable,
    Watch,
    key_of,
    press,
    pressables,
)
from tests.scenario.props import PROMPT, Kind, Props
from tests.scenario.stage import staged

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Row:
    """What a press does; and by another member, without the picture's file, once more, and without rights."""

    does: Effect
    other: Effect | None = None
    expired: Effect | None = None
    again: Effect | None = None
    powerless: Effect | None = None


def from_file(effect: Effect) -> Row:
    """It needs the picture's file."""
    return Row(effect, expired=Says("The file of this picture has expired"))


NOT_YOURS = Says("Only the member who asked, or a moderator")
CANCEL = {"cancel": Row(Says("Cancelled."), other=NOT_YOURS, again=Says("ancel"))}
AGAIN = {"reroll": Row(Makes(Origin.REROLL, of_cell=False))}
KEEPING = {
    "favourite": Row(Says("Kept"), again=Says("No longer one of your favourites")),
    "copy": Row(Says(f"/imagine prompt:{PROMPT} --")),
    "send": Row(
        Sends(),
        expired=Says("The file of this picture has expired"),
        powerless=Says("I cannot send you direct messages"),
    ),
    "delete": Row(Deletes(), other=NOT_YOURS),
}
GRID = {
    "pick": from_file(Posts()),
    "vary_strong": from_file(Makes(Origin.VARY_STRONG)),
    "remix": Row(Opens("Remix")),
    **AGAIN,
    **KEEPING,
}
SINGLE = {
    "vary_subtle": from_file(Makes(Origin.VARY_SUBTLE)),
    "vary_strong": from_file(Makes(Origin.VARY_STRONG)),
    "region": from_file(Opens("Vary (Region)")),
    "tweak": Row(Opens("Tweak")),
    "upscale:2": from_file(Makes(Origin.UPSCALE)),
    "upscale:4": from_file(Makes(Origin.UPSCALE)),
    "zoom:1.5": from_file(Makes(Origin.ZOOM)),
    "zoom:2": from_file(Makes(Origin.ZOOM)),
    "custom_zoom": from_file(Opens("Custom Zoom")),
    "pan:left": from_file(Makes(Origin.PAN)),
    "pan:right": from_file(Makes(Origin.PAN)),
    "pan:up": from_file(Makes(Origin.PAN)),
    "pan:down": from_file(Makes(Origin.PAN)),
    "square": from_file(Makes(Origin.SQUARE)),
    "remix": Row(Opens("Remix")),
    **AGAIN,
    **KEEPING,
}
SETTINGS = ("model", "aspect", "count", "remix", "notify", "private", "autodm")
TABLE: dict[Kind, dict[str, Row]] = {
    Kind.WAITING: CANCEL,
    Kind.DRAWING: CANCEL,
    Kind.CANCELLED: AGAIN,
    Kind.FAILED: {"reroll": Row(Says("The picture that this request started from has expired"))},
    Kind.FOUR: GRID,
    Kind.TWO: GRID,
    Kind.SINGLE: SINGLE,
    Kind.SQUARE: SINGLE | {"square": Row(Unpressable())},
    Kind.DIRECT: SINGLE,
    Kind.EXPIRED: {"redraw": Row(Makes(Origin.REDRAW, of_cell=False))},
    Kind.QUESTION: {
        "confirm": Row(
            Changes("Requests on their way: 2.", jobs=2), again=Says("This was confirmed already")
        ),
        "discard": Row(Changes("Nothing has happened.")),
    },
    Kind.QUEUE: CANCEL,
    Kind.HISTORY: {
        "show": from_file(Posts()),
        "page:1": Row(Unpressable()),
        "page:2": Row(Changes("Page 2 of")),
    },
    Kind.CATALOGUE: {"page:1": Row(Unpressable()), "page:2": Row(Changes("Page 2 of 2"))},
    Kind.SETTINGS: {f"setting:{name}": Row(Changes("Your settings")) for name in SETTINGS}
    | {"setting:locale": Row(Changes("Vos réglages"))},
    Kind.LARGER: {"upscale:2": from_file(Makes(Origin.UPSCALE))},
    Kind.VARIED: {"vary_strong": from_file(Makes(Origin.VARY_STRONG))},
    Kind.START: {"start": from_file(Opens("Use as start image"))},
}
_LIKE_OTHERS = (Kind.TWO, Kind.SQUARE)


def _buttons(quick: int) -> pytest.MarkDecorator:
    """All of them; every so many of them in a quick run, but for those of kinds that are like others."""
    cases = [(kind, key) for kind, rows in TABLE.items() for key in rows]
    return pytest.mark.parametrize(
        ("kind", "key"),
        [
            pytest.param(
                kind,
                key,
                id=f"{kind}-{key}",
                marks=[pytest.mark.long] if kind in _LIKE_OTHERS or number % quick else [],
            )
            for number, (kind, key) in enumerate(cases)
        ],
    )


every_button, every_third_button = _buttons(1), _buttons(3)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def props(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Props]:
    async with staged(tmp_path_factory.mktemp("stage")) as stage:
        props = Props(stage)
        await props.set_up()
        yield props


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= ERROR] == []


async def test_every_button_has_its_row(props: Props) -> None:
    for kind, rows in TABLE.items():
        assert {key_of(each) for each in pressables(await props.message(kind))} == rows.keys(), kind


@every_button
async def test_whoever_asked_presses(props: Props, kind: Kind, key: str) -> None:
    scene = await a_scene(props, kind, key)
    await scene.press(props.owner(kind), TABLE[kind][key].does)


@every_third_button
async def test_another_member_presses(props: Props, kind: Kind, key: str) -> None:
    row, scene = TABLE[kind][key], await a_scene(props, kind, key)
    if scene.message.ephemeral or scene.message.channel.recipient:
        with pytest.raises(DeniedError):
            await press(props.ben, scene.message, scene.button)
    else:
        await scene.press(props.ben, row.other or row.does)


@every_third_button
async def test_the_files_have_expired(props: Props, kind: Kind, key: str) -> None:
    row, scene = TABLE[kind][key], await a_scene(props, kind, key)
    with props.stage.expired():
        await scene.press(props.owner(kind), row.expired or row.does)


@every_third_button
async def test_it_is_pressed_twice_quickly(props: Props, kind: Kind, key: str) -> None:
    row, scene = TABLE[kind][key], await a_scene(props, kind, key)
    await scene.press(props.owner(kind), row.does, row.again or row.does)


@every_third_button
async def test_the_bot_has_no_rights_and_the_member_takes_no_messages(
    props: Props, kind: Kind, key: str
) -> None:
    row, scene = TABLE[kind][key], await a_scene(props, kind, key)
    with powerless(props):
        await scene.press(props.owner(kind), row.powerless or row.does)


async def test_each_picture_of_a_grid_has_its_own_buttons(props: Props) -> None:
    message = await props.message(Kind.FOUR)
    for key in ("pick", "vary_strong"):
        buttons = [each for each in pressables(message) if key_of(each) == key]
        assert [int(each["custom_id"].split(":")[3]) for each in buttons] == [0, 1, 2, 3]
        for button in buttons:
            await Scene(props, message, button).press(props.ada, GRID[key].does)


async def test_every_button_works_after_a_restart(props: Props) -> None:
    cases = [(kind, key) for kind, rows in TABLE.items() for key in rows]
    cases.sort(key=lambda case: (case[1] != "delete", case[0] is Kind.DRAWING))  # first what has to be drawn
    scenes = [(await a_scene(props, kind, key), props.owner(kind), TABLE[kind][key]) for kind, key in cases]
    await props.stage.restart()
    for scene, owner, row in reversed(scenes):
        await scene.press(owner, row.does)


async def test_a_moderator_may_cancel_and_delete_until_the_role_is_taken(props: Props) -> None:
    role = props.stage.playground.world.role_named("Moderator")
    for kind, key in ((Kind.WAITING, "cancel"), (Kind.SINGLE, "delete")):
        scene = await a_scene(props, kind, key)
        props.stage.playground.steward.take_role(props.max.user, role)
        await scene.press(props.max, NOT_YOURS)
        props.stage.playground.steward.give_role(props.max.user, role)
        await scene.press(props.max, TABLE[kind][key].does)


async def test_who_lost_the_channel_can_press_nothing_in_it(props: Props) -> None:
    scene = await a_scene(props, Kind.FOUR, "reroll")
    steward, studio = props.stage.playground.steward, scene.message.channel
    steward.set_overwrite(studio, props.ben.user, deny=Permissions(view_channel=True).value)
    with pytest.raises(DeniedError):
        await press(props.ben, scene.message, scene.button)
    steward.set_overwrite(studio, props.ben.user)


@dataclass(frozen=True)
class Scene:
    """A message, and one of its buttons or selects."""

    props: Props
    message: Message
    button: Json

    async def press(self, member: Member, *effects: Effect) -> None:
        """As often as there are effects, at once."""
        watch = Watch(self.props.stage, member)
        if effects[0] == Unpressable():
            with pytest.raises(DeniedError):
                await press(member, self.message, self.button)
            return
        for table in ("favourite", "preference"):
            await self.props.stage.write(f"DELETE FROM {table}")
        outcomes = await asyncio.gather(*(press(member, self.message, self.button) for _ in effects))
        await watch.expect(effects, outcomes, self.message, self.button["custom_id"])


async def a_scene(props: Props, kind: Kind, key: str) -> Scene:
    message = await props.message(kind, anew=key == "delete")
    return Scene(props, message, next(each for each in pressables(message) if key_of(each) == key))


@contextmanager
def powerless(props: Props) -> Iterator[None]:
    """The bot may do nothing in the channel, and nobody takes its direct messages."""
    playground = props.stage.playground
    studio, bot = playground.world.channel_named("studio"), playground.world.application.bot
    playground.steward.set_overwrite(studio, bot, deny=Permissions.all().value)
    for user in playground.world.users.values():
        user.accepts_dms = False
    try:
        yield
    finally:
        playground.steward.set_overwrite(studio, bot)
        for user in playground.world.users.values():
            user.accepts_dms = True
