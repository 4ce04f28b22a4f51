"""/settings and /prefer: what a member sets acts on every request of theirs, on nobody else's, and outlives the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.job import Origin
from bot.domain.preferences import MAX_SHORTCUTS, Preferences
from bot.playground import Member, Message
from bot.settings import LimitSettings, StyleSettings, demo_model
from tests.scenario.conftest import whispers
from tests.scenario.house import House, fill_in, job_id, opened, own, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
SWITCHES = {"Remix": "remix", "Notify": "notify", "Private": "private", "Copy by DM": "auto_dm"}
SELECTS = {"model": "other", "aspect": "3:2", "count": "2", "locale": "fr"}
GREEN, GREY = 3, 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(
        tmp_path_factory.mktemp("house"),
        limits=LimitSettings(live_per_member=1),
        models=(demo_model(), demo_model().model_copy(update={"name": "other", "width": 64, "height": 64})),
        styles=(StyleSettings(name="snowy", prompt="{prompt} in the snow"),),
    ) as house:
        yield house


async def panel(member: Member) -> Message:
    reply = (await member.command("studio", "settings")).reply
    assert reply is not None
    return reply


async def preferences(house: House, member: Member) -> Preferences:
    return await house.parts.services.members.preferences(member.user.id)


def chosen(message: Message, name: str) -> list[str]:
    select = message.component(f"im2:setting:{name}:0")
    assert select is not None
    return [option["value"] for option in select["options"] if option.get("default")]


def style(message: Message, label: str) -> int:
    button = message.button(label)
    assert button is not None
    return int(button["style"])


async def test_every_select_and_switch_of_the_panel_acts_at_once_and_is_shown(house: House) -> None:
    ada = house.newcomer()
    shown_panel = await panel(ada)
    for name, value in SELECTS.items():
        assert chosen(shown_panel, name) == ["-"]
        assert (await ada.select(shown_panel, f"im2:setting:{name}:0", value)).acknowledged
        assert chosen(shown_panel, name) == [value]
        assert str(getattr(await preferences(house, ada), name)) == value
    await ada.select(shown_panel, "im2:setting:locale:0", "-")
    for label, name in SWITCHES.items():
        assert style(shown_panel, label) == GREY
        assert (await ada.click(shown_panel, label)).acknowledged
        assert style(shown_panel, label) == GREEN
        assert getattr(await preferences(house, ada), name) is True


@pytest.mark.long
async def test_the_panel_works_after_a_restart_and_takes_everything_back(house: House) -> None:
    ada = house.newcomer()
    shown_panel = await panel(ada)
    for name, value in SELECTS.items():
        await ada.select(shown_panel, f"im2:setting:{name}:0", value)
    for name in SWITCHES.values():
        await ada.click(shown_panel, f"im2:setting:{name.replace('_', '')}:0")
    await house.restart()
    assert await preferences(house, ada) == Preferences(
        model="other", aspect="3:2", count=2, locale="fr",
        remix=True, notify=True, private=True, auto_dm=True,
    )  # fmt: skip
    for name in SELECTS:
        await ada.select(shown_panel, f"im2:setting:{name}:0", "-")
    for label in SWITCHES:
        await ada.click(shown_panel, label)
    assert await preferences(house, ada) == Preferences()


async def test_a_panel_that_falls_into_other_hands_sets_their_own_settings(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    shown_panel = await panel(ada)
    shown_panel.viewer = None
    await ben.click(shown_panel, "Private")
    assert (await preferences(house, ben)).private
    assert not (await preferences(house, ada)).private


async def test_the_language_is_another_one_from_the_moment_that_it_is_chosen(house: House) -> None:
    ada = house.newcomer()
    shown_panel = await panel(ada)
    await ada.select(shown_panel, "im2:setting:locale:0", "de")
    assert shown_panel.content.startswith("Deine Einstellungen")
    assert "In Arbeit" in await told(ada, "queue")
    message = await house.draw(ada, negative="fog")
    assert "Ohne" in message.text
    await ada.select(shown_panel, "im2:setting:locale:0", "en")
    assert shown_panel.content.startswith("Your settings")


async def test_model_aspect_and_count_fill_in_what_words_leave_open(house: House) -> None:
    ada = house.newcomer()
    shown_panel = await panel(ada)
    for name in ("model", "aspect", "count"):
        await ada.select(shown_panel, f"im2:setting:{name}:0", SELECTS[name])
    outcome = await ada.command("studio", "imagine", prompt="a house --steps 2")
    drawing = (await house.job(await house.pictures(ada, outcome))).order.drawing
    assert (drawing.model, drawing.width, drawing.height, drawing.count) == ("other", 80, 64, 2)
    said = await house.draw(ada, "a house --ar 1:1 --model demo")
    drawing = (await house.job(said)).order.drawing
    assert (drawing.model, drawing.width, drawing.height, drawing.count) == ("demo", 128, 128, 1)


async def test_private_by_preference_can_be_overruled_for_one_request(house: House) -> None:
    ada = house.newcomer()
    await ada.click(await panel(ada), "Private")
    assert "direct messages" in await told(ada, "imagine", prompt="a secret --steps 2", count=1)
    assert own(ada) == []
    message = await house.draw(ada, "no secret", private=False)
    assert message in own(ada)


async def test_a_suffix_adds_its_words_and_flags_to_every_prompt(house: House) -> None:
    ada = house.newcomer()
    assert await told(ada, "prefer suffix", text="in winter --ar 3:2 --no cars") == "Your suffix is set."
    drawing = (await house.job(await house.draw(ada, "a house --ar 2:3"))).order.drawing
    assert (drawing.prompt, drawing.negative) == ("a house in winter", "cars")
    assert (drawing.width, drawing.height) == (104, 160)
    await told(ada, "prefer suffix")
    assert (await house.job(await house.draw(ada, "a house"))).order.drawing.prompt == "a house"


@pytest.mark.parametrize(
    ("text", "sentence"), [("x" * 501, "501 characters; at most 500"), ("--ar", "no value")]
)
async def test_a_suffix_that_could_never_act_is_refused(house: House, text: str, sentence: str) -> None:
    ada = house.newcomer()
    assert sentence in await told(ada, "prefer suffix", text=text)
    assert (await preferences(house, ada)).suffix == ""


async def test_a_flag_of_ones_own_stands_for_others(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    flags = "--ar 3:2 --style snowy"
    answer = await told(ada, "prefer option set", name="--MyLook", flags=flags)
    assert answer == f"`--mylook` in a prompt now stands for `{flags}`"
    drawing = (await house.job(await house.draw(ada, "a house --mylook"))).order.drawing
    assert (drawing.width, drawing.full_prompt) == (160, "a house in the snow")
    assert f"`--mylook` → `{flags}`" in await told(ada, "prefer option list")
    await house.draw(ben, "a house --mylook")
    assert "There is no flag `--mylook`" in whispers(ben)[-1]
    assert await told(ada, "prefer option delete", name="mylook") == "That option is gone."
    assert "no option called mylook" in await told(ada, "prefer option delete", name="mylook")
    assert "You have no options of your own yet" in await told(ada, "prefer option list")


async def test_so_many_own_flags_are_kept_and_no_more(house: House) -> None:
    ada = house.newcomer()
    for number in range(MAX_SHORTCUTS):
        assert "stands for" in await told(ada, "prefer option set", name=f"o{number}", flags="--ar 3:2")
    refused = await told(ada, "prefer option set", name="onemore", flags="--ar 3:2")
    assert refused == "You have 20 options of your own, and more are not kept; delete one first."
    assert "stands for" in await told(ada, "prefer option set", name="o7", flags="--ar 2:3")
    listed = await told(ada, "prefer option list")
    assert listed.count("→") == MAX_SHORTCUTS
    assert "onemore" not in listed
    await told(ada, "prefer option delete", name="o3")
    assert "stands for" in await told(ada, "prefer option set", name="onemore", flags="--ar 3:2")


BAD_OPTIONS = {
    ("ar", "--steps 3"): "is a flag already",
    ("my look", "--steps 3"): "cannot be called",
    ("look", "--stpes 3"): "did you mean `--steps`?",
    ("look", " "): "stands for 1 to 500 characters",
}


@pytest.mark.parametrize(("option", "sentence"), BAD_OPTIONS.items())
async def test_a_flag_of_ones_own_that_could_never_act_is_refused(
    house: House, option: tuple[str, str], sentence: str
) -> None:
    ada = house.newcomer()
    assert sentence in await told(ada, "prefer option set", name=option[0], flags=option[1])
    assert "no options of your own" in await told(ada, "prefer option list")


async def test_prefer_sets_the_same_switches_as_the_panel(house: House) -> None:
    ada = house.newcomer()
    for on in (True, False):
        await told(ada, "prefer remix", on=on)
        await told(ada, "prefer auto_dm", on=on)
        shown_panel = await panel(ada)
        colours = [style(shown_panel, label) for label in ("Remix", "Copy by DM")]
        assert colours == [GREEN if on else GREY] * 2


REMIXED = {
    "Vary (Subtle)": Origin.VARY_SUBTLE,
    "Vary (Strong)": Origin.VARY_STRONG,
    "Zoom Out 1.5x": Origin.ZOOM,
    "Zoom Out 2x": Origin.ZOOM,
}


@pytest.mark.long
async def test_with_remix_on_variations_and_zooms_ask_for_words_first(house: House) -> None:
    ada = house.newcomer()
    grid, single = await house.draw(ada, "a red house", count=2), await house.draw(ada, "a red house")
    await told(ada, "prefer remix", on=True)
    for message, label in ((grid, "V2"), *((single, label) for label in REMIXED)):
        outcome = await ada.click(message, label)
        assert outcome.modal["title"] == "Remix"
        outcome = await fill_in(ada, outcome, {"prompt": "a blue boat --n 1", "flags": "--steps 2"})
        job = await house.job(await house.pictures(ada, outcome))
        assert job.order.origin is REMIXED.get(label, Origin.VARY_STRONG)
        assert job.order.parent_id == job_id(message)
        assert (job.order.drawing.prompt, job.order.drawing.steps) == ("a blue boat", 2)
