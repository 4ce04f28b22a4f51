"""What Discord's terms and policy for developers ask of an app in writing: twelve duties, and who keeps each."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pytest
import pytest_asyncio
from discord import Intents, app_commands

from bot.domain.job import Origin, State
from bot.domain.policy.presets import PRESETS
from bot.domain.policy.rules import SETTINGS
from bot.domain.safety import Safety
from bot.logs import Redaction
from bot.playground import Member
from bot.settings import Settings
from bot.stores import PICTURES, utc_ms
from tests.cli.linux import Linux, findings
from tests.scenario.admins import answer, clean, new_admin, new_moderator, says, show_to_all
from tests.scenario.conftest import PICTURES_S
from tests.scenario.house import House, fill_in, opened, told
from tests.scenario.props import reply
from tests.test_architecture import FILES, ROOT, imports

pytestmark = pytest.mark.asyncio(loop_scope="module")
README = (ROOT / "README.md").read_text("utf-8")
CHECKED = {("safety", each.value) for each in Safety if each is not Safety.OFF}
REFUSED = ("may not be used", "are not drawn here")


class Duty(Enum):
    """Of the Developer Terms and the Developer Policy of 2024-07-08, by their sections where they have a number."""

    NOTICE = "a privacy policy says what is collected, what for, and how to ask for its deletion (Terms 5a)"
    DELETION = "a member's data are deleted when they ask (Terms 5b)"
    RETENTION = "nothing is kept for longer than it is needed (Terms 5b)"
    ENCRYPTION = "data are encrypted at rest (Terms 5c)"
    SECURITY = "secrets are kept, and a weakness can be reported (Terms 5c)"
    REPORTS = "abuse can be reported, and somebody looks at the reports and acts (Policy)"
    TRAINING = "no model is trained with what members write (Policy 21)"
    PROFILES = "members are not profiled (Policy 16)"
    AGE = "nobody is under 13, and adult output is only where Discord has asked for the age (Policy 10)"
    PEOPLE = "nobody is drawn against their will (Policy 10)"
    CHILDREN = "no minor is drawn where adult output may be (Policy 10)"
    INTENTS = "no message is read: no privileged intent is asked for"


@dataclass(frozen=True, slots=True)
class Keeper:
    """Commands of the real tree, words of the README's section on privacy, and a proof that what they say is done."""

    commands: tuple[str, ...]
    says: tuple[str, ...]
    proof: Callable[[House, Path], Awaitable[None]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Nothing is drawn in it."""
    async with opened(tmp_path_factory.mktemp("house")) as house:
        show_to_all(house)
        await says(new_admin(house), "queue pause")
        yield house


async def the_notice_says_it_all(house: House, _: Path) -> None:
    ada = house.newcomer()
    notice = reply(await ada.command("studio", "privacy policy")).text
    for words in ("What you ask for", "so that they can be drawn", "`/privacy delete` deletes it"):
        assert words in notice
    for locale in ("de", "fr"):
        translated = reply(await house.newcomer(locale).command("studio", "privacy policy")).text
        assert "What you ask for" not in translated
        assert "`/" in translated


async def a_deletion_leaves_no_request(house: House, _: Path) -> None:
    ada = house.newcomer()
    await ask(ada, "a secret garden")
    assert len(await house.jobs(ada)) == 1
    await forget(ada)
    assert await house.jobs(ada) == []


async def an_old_picture_goes_by_itself(house: House, _: Path) -> None:
    days, queue = Settings().storage.keep_days, house.parts.stores.queue
    assert days <= 365
    await clean(house)  # so that something is drawn
    job = await house.job(await house.draw(house.newcomer()))
    async with asyncio.timeout(PICTURES_S):
        while (shown := await queue.get(job.id)) is None or shown.state is not State.DELIVERED:
            await asyncio.sleep(0.02)
    ((sha256,),) = house.rows("SELECT sha256 FROM picture WHERE job_id = ?", job.id)
    file = house.parts.folder / PICTURES / sha256[:2] / f"{sha256}.png"
    for age, there in ((days - 1, True), (days + 1, False)):
        long_ago = utc_ms() / 1000 - age * 86_400
        os.utime(file, (long_ago, long_ago))
        await house.parts.stores.retention.tidy()
        assert file.exists() is there


async def the_doctor_looks_at_the_disk(_: House, folder: Path) -> None:
    assert "cannot be seen to be encrypted" in (await findings(Linux(folder / "root")))["encryption"]


async def no_token_is_shown(_: House, __: Path) -> None:
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE." + "x" * 38
    assert token not in Redaction().clean(f"login with {token}")
    assert token not in repr(Settings.model_validate({"discord": {"token": token}}))


async def a_report_reaches_a_moderator(house: House, _: Path) -> None:
    message = house.post(house.newcomer().user, "unkind words")
    ada = house.newcomer()
    await fill_in(ada, await ada.use_on(message, "Report"), {"reason": "this is about me"})
    item = await answer(new_moderator(house), "review list")
    assert "this is about me" in item.text
    for button in ("Take it down", "Leave it"):
        assert item.button(button)


async def nothing_that_trains_is_within_the_bots_reach(_: House, __: Path) -> None:
    """What trains the demo model knows pictures that it draws itself, and no job trains anything."""
    training = ("engine.demo.train", "engine.demo.training")
    learning = [path for path in FILES if "optim" in path.read_text("utf-8")]
    assert {path.parent for path in learning} == {ROOT / "engine/demo"}
    for path in FILES:
        names = tuple(imports(path))
        if path.is_relative_to(ROOT / "bot"):
            assert not [name for name in names if name.startswith(training)], path
        if path.is_relative_to(ROOT / "engine"):
            assert not [name for name in names if name.startswith("bot.")], path
    assert not [origin for origin in Origin if "train" in origin]


async def usage_is_kept_under_a_keyed_hash(house: House, _: Path) -> None:
    ada = house.newcomer()
    await ask(ada)
    member = house.parts.stores.pseudonyms.of(ada.user.id)
    assert house.rows("SELECT count(*) FROM debit WHERE member = ?", member) == [(1,)]
    columns = {name for (name,) in house.rows("SELECT name FROM pragma_table_info('debit')")}
    assert "user_id" not in columns
    await says(new_admin(house), "block", member=ada.user, reason="rude")
    await forget(ada)
    assert house.rows("SELECT user_id, reason FROM block WHERE member = ?", member) == [(None, "")]


async def pictures_are_drawn_where_discord_has_asked_for_the_age(house: House, _: Path) -> None:
    admin, ada = new_admin(house), house.newcomer()
    await says(admin, "policy set", setting="age_restricted", value="required")
    assert "age-restricted" in await ask(ada)
    assert (await ask(ada, where="after-dark")).startswith("⏳")
    for name, preset in PRESETS.items():
        assert preset["safety"] != "off" or preset["age_restricted"] == "required", name


async def a_name_is_refused(house: House, _: Path) -> None:
    admin, ada = new_admin(house), house.newcomer()
    await told(ada, "optout", name="Jane Exemplar", note="It is me")
    items = [await answer(admin, "review list", number=number) for number in (1, 2)]
    await admin.click(next(each for each in items if "Jane Exemplar" in each.text), "Refuse the name")
    await says(admin, "policy set", setting="names", value="John Sample")
    for prompt in ("a portrait of j4ne exemplar", "john  sample, naked"):
        assert REFUSED[1] in await ask(house.newcomer(), prompt)


async def words_for_minors_are_refused_whatever_is_set(house: House, _: Path) -> None:
    """Where pictures are not checked: for everybody, and with every value of every setting."""
    admin, owner = new_admin(house), house.playground.member("olive")
    assert (await ask(admin, "a naked statue", "after-dark")).startswith("⏳")
    for name, setting in SETTINGS.items():
        for value in setting.form.offers() if setting.form.closed else []:
            await says(admin, "policy set", setting=name, value=value)
            if (name, value) in CHECKED:
                continue
            refused = await ask(house.newcomer(), "a naked schoolgirl", "after-dark")
            assert not refused.startswith("⏳"), (name, value)
        await clean(house)
        await says(admin, "queue pause")
    for member in (admin, owner):
        assert REFUSED[0] in await ask(member, "a naked schoolgirl", "after-dark")


async def the_gateway_is_asked_for_no_messages(house: House, _: Path) -> None:
    intents = house.parts.client.intents
    privileged = Intents(members=True, presences=True, message_content=True)
    assert not intents.value & privileged.value
    assert not intents.value & Intents(messages=True).value


KEEPERS = {
    Duty.NOTICE: Keeper(
        ("privacy policy",),
        ("What the bot stores of a member", "Nothing is sent anywhere but to Discord", "`/privacy delete`"),
        the_notice_says_it_all,
    ),
    Duty.DELETION: Keeper(
        ("privacy delete", "privacy export"),
        ("`/privacy delete` deletes it from",),
        a_deletion_leaves_no_request,
    ),
    Duty.RETENTION: Keeper((), ("Picture files go after `keep_days`",), an_old_picture_goes_by_itself),
    Duty.ENCRYPTION: Keeper((), ("encrypted at rest", "`atelier doctor`"), the_doctor_looks_at_the_disk),
    Duty.SECURITY: Keeper((), ("Report a vulnerability",), no_token_is_shown),
    Duty.REPORTS: Keeper(
        ("Report", "admin review list", "admin review approve", "admin review reject", "admin takedown"),
        ("before the moderators",),
        a_report_reaches_a_moderator,
    ),
    Duty.TRAINING: Keeper(
        (), ("Nothing here learns from what members write",), nothing_that_trains_is_within_the_bots_reach
    ),
    Duty.PROFILES: Keeper((), ("nobody is profiled", "under a keyed hash"), usage_is_kept_under_a_keyed_hash),
    Duty.AGE: Keeper(
        ("admin policy set",),
        ("13 or older", "Adult pictures belong in age-restricted channels"),
        pictures_are_drawn_where_discord_has_asked_for_the_age,
    ),
    Duty.PEOPLE: Keeper(("optout",), ("against their will",), a_name_is_refused),
    Duty.CHILDREN: Keeper(
        (), ("words for minors are refused",), words_for_minors_are_refused_whatever_is_set
    ),
    Duty.INTENTS: Keeper(
        (), ("no privileged intent and reads no messages",), the_gateway_is_asked_for_no_messages
    ),
}


@pytest.mark.parametrize("duty", Duty, ids=lambda duty: duty.name.lower())
async def test_each_duty_is_kept(house: House, tmp_path: Path, duty: Duty) -> None:
    assert duty in KEEPERS, f"nobody keeps this duty: {duty.value}"
    keeper = KEEPERS[duty]
    assert missing(keeper, house) == []
    try:
        await keeper.proof(house, tmp_path)
    finally:
        await clean(house)
        await says(new_admin(house), "queue pause")


async def test_a_keeper_who_is_not_there_is_missed(house: House) -> None:
    keeper = Keeper(("privacy policy", "privacy forget"), ("a keyed hash", "on paper"), a_name_is_refused)
    assert missing(keeper, house) == ["privacy forget", "on paper"]


async def test_there_are_twelve_duties() -> None:
    assert len(Duty) == 12


def missing(keeper: Keeper, house: House) -> list[str]:
    """The commands that the real client does not have, and the words that the README does not say."""
    tree = house.parts.client.tree
    known = {each.qualified_name for each in tree.walk_commands() if isinstance(each, app_commands.Command)}
    known |= {each.name for each in tree.get_commands() if isinstance(each, app_commands.ContextMenu)}
    said = " ".join(section("Privacy").split())
    return [each for each in keeper.commands if each not in known] + [
        each for each in keeper.says if each not in said
    ]


def section(name: str) -> str:
    """Of the README."""
    found = re.search(rf"^## {name}\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


async def ask(member: Member, prompt: str = "a red house", where: str = "studio") -> str:
    """What answers a request: a sentence that refuses it, or the message that waits."""
    return reply(await member.command(where, "imagine", prompt=prompt, count=1)).content


async def forget(member: Member) -> None:
    """Delete all that is stored of a member, as they do it."""
    question = reply(await member.command("studio", "privacy delete"))
    await member.click(question, "Delete all of it")
    await member.wait_for(lambda each: each is question and "Nothing of yours is left" in each.content)
