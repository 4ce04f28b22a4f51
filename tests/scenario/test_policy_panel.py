"""The panel for a server's policy: its selects, buttons and forms set what they say, whoever runs the bot by now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.policy.layers import Layer, Rule
from bot.domain.policy.rules import SETTINGS
from bot.domain.safety import Safety
from bot.playground import Member, Message
from bot.ui.policy_pages import GROUPS, MEANINGS
from tests.few import few
from tests.scenario.admins import answer, channel, clean, new_admin
from tests.scenario.conftest import whispers
from tests.scenario.effects import pressables
from tests.scenario.house import House, fill_in, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")
BUTTON = 2
FEW = ("models", "words", "timezone")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_is_left(house: House) -> AsyncIterator[None]:
    yield
    await clean(house)


@pytest.fixture
def admin(house: House) -> Member:
    return new_admin(house)


async def rules(house: House) -> list[Rule]:
    return await house.parts.stores.policies.rules_for(house.playground.world.guild.id)


async def test_every_setting_is_in_one_group_and_every_meaning_is_of_a_legal_value() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(SETTINGS)
    for setting, value in MEANINGS:
        assert value in SETTINGS[setting].form.offers()


def select(panel: Message, action: str) -> str:
    """The custom_id of the first component that does this."""
    custom_ids = (str(each["custom_id"]) for each in pressables(panel))
    return next(each for each in custom_ids if each.startswith(f"im2:{action}"))


async def choose(admin: Member, panel: Message, action: str, *values: Any) -> None:
    assert (await admin.select(panel, select(panel, action), *values)).acknowledged


async def test_a_value_is_chosen_for_the_whole_server(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel")
    assert "Nothing is set for the whole server" in panel.text
    await choose(admin, panel, "policy:", "safety")
    assert "Not set here. Otherwise `off`, from the owner's settings." in panel.text
    await choose(admin, panel, "policy_value", "block")
    guild_id = house.playground.world.guild.id
    assert await rules(house) == [Rule(Layer.GUILD, guild_id, "safety", Safety.BLOCK)]
    assert "`safety` is `block` from now on, for this server" in panel.text
    await admin.click(panel, "All settings")
    assert "**this server**\n- safety `block`" in panel.text
    await choose(admin, panel, "policy:", "safety")
    await admin.click(panel, "Take it back")
    assert await rules(house) == []


@pytest.mark.parametrize("names", [FEW, pytest.param(tuple(SETTINGS), marks=pytest.mark.long)])
async def test_every_setting_has_a_page_and_a_way_to_be_set(
    house: House, admin: Member, names: tuple[str, ...]
) -> None:
    panel = await answer(admin, "policy panel")
    for name in names:
        form = SETTINGS[name].form
        await choose(admin, panel, "policy:", name)
        assert SETTINGS[name].help in panel.text
        if form.closed or name == "models":
            await choose(admin, panel, "policy_value", "demo" if name == "models" else form.offers()[-1])
        else:
            filled = await fill_in(admin, await admin.click(panel, "Change it"), {"value": form.offers()[-1]})
            assert filled.acknowledged
        assert panel.content.startswith(f"✅ `{name}` is"), name
        await admin.click(panel, "All settings")
    assert {rule.setting for rule in await rules(house)} == set(names)


async def test_several_values_are_chosen_together(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel")
    await choose(admin, panel, "policy:", "actions")
    await choose(admin, panel, "policy_value", "imagine", "show")
    (rule,) = await rules(house)
    assert sorted(rule.value) == ["imagine", "show"]


async def test_it_is_set_for_a_channel_a_category_a_role_and_a_member(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel", channel=channel(house, "gallery"))
    await choose(admin, panel, "policy:", "enabled")
    await choose(admin, panel, "policy_value", "off")
    role, ben = house.playground.world.role_named("Moderator"), house.playground.world.user_named("ben")
    category = channel(house, "The house")
    for kind, target in (("channel", category), ("role", role), ("user", ben)):
        await choose(admin, panel, f"policy_scope:{kind}", target)
        await choose(admin, panel, "policy_value", "off")
    await admin.click(panel, "The whole server")
    await admin.click(panel, "All settings")
    assert f"Also set\n<#{category.id}> (1), <#{channel(house, 'gallery').id}> (1)" in panel.text
    found = {(rule.layer, rule.target_id) for rule in await rules(house)}
    assert found == {
        (Layer.CHANNEL, channel(house, "gallery").id),
        (Layer.CATEGORY, category.id),
        (Layer.ROLE, role.id),
        (Layer.USER, ben.id),
    }


async def test_a_form_shows_the_present_value_and_says_what_is_legal(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel")
    await choose(admin, panel, "policy:", "max_pixels")
    opened_form = await admin.click(panel, "Change it")
    assert "768x512" in str(opened_form.modal)
    await fill_in(admin, opened_form, {"value": "huge"})
    assert "`max_pixels` cannot be `huge`; choose a number of pixels" in whispers(admin)[-1]
    await fill_in(admin, await admin.click(panel, "Change it"), {"value": "768x512"})
    assert "'value': '393216'" in str((await admin.click(panel, "Change it")).modal)


async def test_a_time_zone_cannot_be_set_for_less_than_the_server(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel", channel=channel(house))
    await choose(admin, panel, "policy:", "timezone")
    change = panel.button("Change it")
    assert change is not None
    assert change["disabled"]


async def test_it_goes_on_after_a_restart(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel")
    await choose(admin, panel, "policy:", "max_steps")
    form = await admin.click(panel, "Change it")
    await house.parts.client.wait_until_ready()  # else discord.py cannot be ended well
    await house.restart()
    await fill_in(admin, form, {"value": "12"})
    assert [rule.value for rule in await rules(house)] == [12]
    await choose(admin, panel, "policy_scope:channel", channel(house))
    assert "Not set here. Otherwise `12`, from this server." in panel.text
    category = channel(house, "The house")
    await choose(admin, panel, "policy_scope:channel", category)
    await fill_in(admin, await admin.click(panel, "Change it"), {"value": "7"})
    await choose(admin, panel, "policy_scope:channel", channel(house))
    assert f"Not set here. Otherwise `7`, from <#{category.id}>." in panel.text
    await admin.click(panel, "All settings")
    assert f"Also set\nthis server (1), <#{category.id}> (1)" in panel.text


async def test_who_has_lost_their_rights_meanwhile_changes_nothing(house: House, admin: Member) -> None:
    panel = await answer(admin, "policy panel")
    await choose(admin, panel, "policy:", "cooldown")
    form = await admin.click(panel, "Change it")
    await fill_in(admin, form, {"value": "1m"})
    before, form = await rules(house), await admin.click(panel, "Change it")
    house.playground.steward.take_role(admin.user, house.playground.world.role_named("Moderator"))
    told = len(whispers(admin))
    await fill_in(admin, form, {"value": "0"})
    components = [each for each in pressables(panel) if not each.get("disabled")]
    for component in components:
        if component["type"] == BUTTON:
            await admin.click(panel, component["custom_id"])
    assert [text for text in whispers(admin)[told:] if not text.startswith("Only ")] == []
    assert len(whispers(admin)) > told + 2
    assert await rules(house) == before


@pytest.mark.parametrize(
    "custom_id",
    few([
        "im2:policy:galaxy1:0", "im2:policy:user99999999999999999999:0", "im2:policy:guild1:0:speed",
        "im2:policy_scope:planet:0:enabled", "im2:policy_scope:user:0", "im2:policy_value:role1:0:speed",
        "im2:policy_take:role1:0:speed", "im2:policy_reset:galaxy1:0", "im2:preset:none:0",
        "im2:list:audit:0:x guild1", "im2:list:nothing:0:1 guild1", "im2:list:policy:0",
        "im2:policy_value:role1:0",
    ], 5),
)  # fmt: skip
async def test_what_no_panel_says_is_answered_with_a_sentence(
    house: House, admin: Member, custom_id: str
) -> None:
    message = await answer(admin, "blocked")
    board = house.playground.core.board
    row = {"type": 1, "components": [{"type": BUTTON, "style": 2, "label": "?", "custom_id": custom_id}]}
    board.edit(message, {"content": "", "components": [row]}, {})
    assert (await admin.click(message, custom_id)).acknowledged
    assert whispers(admin)[-1].startswith(
        ("This button is from another", "There is no setting", "There is no preset")
    )
    assert await rules(house) == []
