"""What members may ask of the studio itself, what moderators decide, and what the owner does with the machine."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bot.playground import Member, Message, Upload
from bot.playground.rest.users import open_dm
from bot.stores import PICTURES
from tests.scenario.admins import new_admin, new_moderator, says, show_to_all, shows
from tests.scenario.house import House, opened
from tests.scenario.props import reply

pytestmark = pytest.mark.asyncio(loop_scope="module")
THINKING, CHANGING = 5, 6  # kinds of answers that promise one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house")) as house:
        show_to_all(house)
        yield house


@pytest.fixture
def ada(house: House) -> Member:
    return house.newcomer()


async def told(member: Member, name: str, /, **options: Any) -> Message:
    """The answer to a command, as soon as it is there; only this member sees it."""
    outcome = await member.command("studio", name, **options)
    assert outcome.acknowledged, outcome
    return await member.wait_for(lambda each: each is reply(outcome) and bool(each.text or each.attachments))


async def test_the_notice_says_what_is_stored(ada: Member) -> None:
    notice = await told(ada, "privacy policy")
    assert "What is stored of you" in str(notice.embeds)


async def test_an_export_holds_the_words_and_pictures_of_the_one_who_asks(house: House, ada: Member) -> None:
    await house.draw(ada, "a red house of mine")
    await house.draw(house.newcomer(), "a blue boat of another")
    await ada.command("studio", "privacy export")
    message = await ada.wait_for(lambda each: bool(each.attachments) and each.ephemeral)
    with zipfile.ZipFile(io.BytesIO(message.attachments[0].data)) as archive:
        words = archive.read("data.json").decode()
        assert "a red house of mine" in words
        assert "a blue boat" not in words
        assert [name for name in archive.namelist() if name.endswith(".png")]
    assert json.loads(words)


async def test_a_deletion_asks_first_and_leaves_nothing(house: House, ada: Member) -> None:
    await house.draw(ada, "a secret garden of mine")
    question = await told(ada, "privacy delete")
    assert house.rows("SELECT count(*) FROM job WHERE user_id = ?", ada.user.id) == [(1,)]
    await ada.click(question, "Delete all of it")
    await ada.wait_for(lambda each: each is question and "Nothing of yours is left" in each.content)
    assert house.rows("SELECT count(*) FROM job WHERE user_id = ?", ada.user.id) == [(0,)]
    folder = house.settings.storage.folder
    for file in folder.rglob("*"):
        if file.is_file():
            assert b"a secret garden of mine" not in file.read_bytes(), file


async def test_a_name_that_moderators_agree_to_leave_out_is_refused_from_then_on(
    house: House, ada: Member
) -> None:
    moderator = new_moderator(house)
    noted = await told(ada, "optout", name="Jane Exemplar", note="It is me")
    assert "moderators will decide" in noted.text
    item = await told(moderator, "admin review list")
    assert "Jane Exemplar" in str(item.embeds)
    await moderator.click(item, "Refuse the name")
    await moderator.wait_for(lambda each: each is item and "Nothing waits" in str(each.embeds))
    admin = new_admin(house)
    await says(admin, "policy set", setting="names", value="Somebody Else")
    await says(admin, "policy reset", setting="names")
    await house.parts.stores.privacy.delete(ada.user.id)
    bert = house.newcomer()
    refused = await told(bert, "imagine", prompt="a house by j4ne  exemplar")
    assert "are not drawn here" in refused.content
    assert "by request (`/optout`): 1" in await says(admin, "policy explain", member=bert.user.id)
    noted_as = re.search(r"o:\d+", await says(admin, "audit"))
    assert noted_as is not None
    await says(moderator, "review reject", item=noted_as[0])
    assert "by request" not in await says(admin, "policy explain", member=bert.user.id)


async def test_a_report_that_is_right_takes_the_picture_down_wherever_it_is_shown(
    house: House, ada: Member
) -> None:
    grid = await house.draw(ada, "a castle", count=2)
    taken = reply(await ada.click(grid, "U2"))
    bert, moderator = house.newcomer(), new_moderator(house)
    form = await bert.use_on(grid, "Report")
    assert form.modal is not None
    await bert.submit_modal(form.modal, {"reason": "it is mine"})
    item = await told(moderator, "admin review list")
    assert "it is mine" in str(item.embeds)
    await moderator.click(item, "Take it down")
    for message in (grid, taken):
        await shows(ada, message, "⛔ A moderator took these pictures down.")
        assert message.attachments == []
    again = await told(ada, "show", job=(await house.jobs(ada))[0].id)
    assert "deleted" in again.content


async def test_moderators_take_pictures_of_another_server_out_of_theirs_alone(
    house: House, ada: Member
) -> None:
    message, moderator = await house.draw(ada, "a tower"), new_moderator(house)
    job, bert = await house.job(message), house.newcomer()
    shown = await house.pictures(bert, await bert.command("studio", "show", job=job.id))
    await house.write("UPDATE job SET guild_id = 77 WHERE id = ?", job.id)
    await report(bert, shown)
    item = await told(moderator, "admin review list")
    await moderator.click(item, "Take it down")
    await shows(bert, shown, "⛔ A moderator took these pictures down.")
    assert (message.attachments != [], shown.attachments) == (True, [])
    assert len(await house.parts.stores.queue.pictures(job.id)) == 1
    assert "Only the owner" in await says(moderator, "takedown", message=job.id)


async def test_what_the_owner_decides_about_another_server_stands_in_its_log(
    house: House, ada: Member
) -> None:
    message, olive = await house.draw(ada, "a bridge"), house.playground.member("olive")
    await report(ada, message)
    await house.write("UPDATE job SET guild_id = 78 WHERE id = ?", (await house.job(message)).id)
    await house.write("UPDATE report SET guild_id = 79 WHERE message_id = ?", message.id)
    ((number,),) = house.rows("SELECT id FROM report WHERE message_id = ?", message.id)
    assert "another server" in await says(new_moderator(house), "review approve", item=f"r:{number}")
    await says(olive, "review approve", item=f"r:{number}")
    acts = house.rows("SELECT guild_id, act FROM audit WHERE guild_id IN (78, 79) ORDER BY guild_id")
    assert acts == [(78, "takedown"), (79, "review approve")]


async def test_what_is_about_no_server_is_the_owners_in_a_direct_message(house: House, ada: Member) -> None:
    olive = house.playground.member("olive")
    for member in (ada, olive):
        open_dm(house.playground.core, member.user)
    await ada.command("dm", "optout", name="Joan Exemplar")
    await told(olive, "gpu pause")
    await told(olive, "gpu resume")
    lists = ("review list", "audit", "blocked")
    expected = ("Joan Exemplar", "gpu resume", "Nobody is blocked here")
    for name, text in zip(lists, expected, strict=True):
        assert text in (await directly(olive, name)).text
        assert (await directly(ada, name)).content.startswith("This is about a server")
    for name in ("policy show", "queue pause", "check"):
        assert (await directly(olive, name)).content.startswith("This is about a server")
    item = await directly(olive, "review list")
    await olive.click(item, "Leave it")
    await olive.wait_for(lambda each: each is item and "Nothing waits" in str(each.embeds))


async def test_what_may_take_long_is_answered_with_a_promise_first(house: House, ada: Member) -> None:
    message, olive = await house.draw(ada, "a mill"), house.playground.member("olive")
    picture, calls = Upload("a.png", message.attachments[0].data), house.playground.record.calls
    await report(ada, message)
    slow: list[tuple[str, dict[str, Any]]] = [
        ("provenance", {"image": picture}), ("gpu status", {}), ("gpu budget", {}), ("admin check", {}),
        ("admin quota show", {"member": ada.user}), ("admin quota grant", {"member": ada.user, "requests": 1}),
        ("admin quota reset", {"member": ada.user}), ("admin policy explain", {"member": ada.user}),
        ("admin review list", {}), ("admin review approve", {"item": "r:0"}), ("admin takedown", {"message": "x"}),
    ]  # fmt: skip
    for name, options in slow:
        before = len(calls)
        await told(olive, name, **options)
        assert first_answer(house, before) == THINKING, name
    item, before = await told(olive, "admin review list"), len(calls)
    await olive.click(item, "Leave it")
    await olive.wait_for(lambda each: each is item and "Nothing waits" in str(each.embeds))
    assert first_answer(house, before) == CHANGING


async def test_an_item_whose_pictures_are_damaged_can_be_decided(house: House, ada: Member) -> None:
    message, moderator = await house.draw(ada, "a well"), new_moderator(house)
    await report(ada, message)
    (picture,) = await house.parts.stores.queue.pictures((await house.job(message)).id)
    (house.parts.folder / PICTURES / picture.sha256[:2] / f"{picture.sha256}.png").write_bytes(b"damaged")
    item = await told(moderator, "admin review list")
    assert "None of them can be shown now" in item.text
    await moderator.click(item, "Take it down")
    await shows(ada, message, "⛔")


async def report(member: Member, message: Message) -> None:
    form = await member.use_on(message, "Report")
    assert form.modal is not None
    await member.submit_modal(form.modal, {"reason": "look at it"})


async def directly(member: Member, name: str) -> Message:
    """The answer to `/admin ...` in the direct channel."""
    outcome = await member.command("dm", f"admin {name}")
    return await member.wait_for(lambda each: each is reply(outcome) and bool(each.text))


def first_answer(house: House, before: int) -> int:
    """The kind of the first answer to an interaction since then."""
    calls = list(house.playground.record.calls)[before:]
    return next(int(call.json["type"]) for call in calls if call.path.endswith("/callback"))


async def test_a_takedown_by_its_link_takes_what_was_made_from_it_too(house: House, ada: Member) -> None:
    first = await house.draw(ada, "a lake")
    second = await house.pictures(ada, await ada.click(first, "Vary (Subtle)"))
    where = f"https://discord.com/channels/{house.playground.world.guild.id}/{first.channel.id}/{first.id}"
    assert "2 requests" in await says(new_moderator(house), "takedown", message=where)
    await shows(ada, second, "⛔")


async def test_a_file_of_ours_is_known_by_its_file_and_a_changed_one_by_its_looks(
    house: House, ada: Member
) -> None:
    message = await house.draw(ada, "a green tree")
    job = await house.job(message)
    own = await told(ada, "provenance", image=Upload("a.png", message.attachments[0].data))
    assert "It was drawn here." in str(own.embeds)
    assert job.id in str(own.embeds)
    other = await told(house.newcomer(), "provenance", image=Upload("b.png", _flat()))
    assert "Nothing tells" in str(other.embeds)


@pytest.mark.long
async def test_the_owner_pauses_the_machine_and_the_waiting_ones_are_told(house: House, ada: Member) -> None:
    owner = house.playground.member("olive")
    refused = await told(new_admin(house), "gpu pause")
    assert "Only the owner" in refused.content
    await told(owner, "gpu pause")
    waiting = reply(await ada.command("studio", "imagine", prompt="a red house --steps 2", count=1))
    assert "The owner has paused the studio" in waiting.content
    assert "The machine" in str((await told(owner, "gpu status")).embeds)
    await house.restart()
    assert "paused" in str((await told(owner, "gpu status")).embeds)
    await told(owner, "gpu resume")
    await ada.wait_for(lambda each: each is waiting and bool(each.attachments), 60)


async def test_quiet_hours_are_said_back_and_wrong_ones_explained(house: House) -> None:
    owner = house.playground.member("olive")
    assert "22:00-07:00" in (await told(owner, "gpu schedule", hours="22:00-07:00 UTC")).content
    assert "write them like" in (await told(owner, "gpu schedule", hours="at night")).content
    assert "no quiet hours" in (await told(owner, "gpu schedule")).content


@pytest.mark.long
async def test_models_come_and_go_and_the_budget_has_a_range(house: House) -> None:
    owner = house.playground.member("olive")
    assert "Free again" in (await told(owner, "gpu unload")).content
    assert "is in the memory" in (await told(owner, "gpu load", model="demo")).content
    assert "There is no model" in (await told(owner, "gpu load", model="nothing")).content
    assert "may fill 2 GiB" in (await told(owner, "gpu budget", gib=2.0)).content
    assert "settings' again" in (await told(owner, "gpu budget")).content


def _flat() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    return out.getvalue()
