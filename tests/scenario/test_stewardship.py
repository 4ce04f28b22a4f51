"""What the owner keeps in order: backups, what is kept how long, notices, and the servers that are let in."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from discord import Permissions

from bot.cli.stored import bring_back
from bot.domain.job import State
from bot.playground import Member, Message, Playground
from bot.playground.render import channel_json, guild_create_json
from bot.playground.rest.users import open_dm
from bot.playground.session import Intent
from bot.settings import DiscordSettings, Settings, StorageSettings
from bot.storage.backup import back_up
from bot.storage.migrate import migrate
from bot.storage.pictures import path_of
from bot.stores import BACKUPS, DATABASE, KEY, PICTURES
from tests.scenario.admins import new_admin, shows
from tests.scenario.conftest import has_preview, stored_files
from tests.scenario.house import House, opened, own
from tests.scenario.props import reply
from tests.scenario.test_context_menus import png
from tests.storage.seeding import contents, insert_job, insert_picture
from tests.storage.seeding import opened as written

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOT_OPENED = "The owner of this bot has not opened it to this server"
PICTURE = png()
ELSEWHERE, SILENT = 2**61 + 1, 2**61 + 2
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("imagine", {"prompt": "a red house"}), ("help", {}), ("settings", {}), ("queue", {}), ("history", {}),
    ("info", {}), ("optout", {"name": "Jane Exemplar"}), ("admin check", {}), ("gpu status", {}),
    ("owner allow-guild", {}), ("owner broadcast", {"text": "hello"}),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """It stands on a backup of a studio that is lost. The bot answers in its own server alone, which is on the list,
    and in direct messages, where it draws nothing."""
    folder = tmp_path_factory.mktemp("house")
    lose_and_restore(folder / "lost", folder / "data")
    async with opened(folder, discord=DiscordSettings(guilds="listed", direct_messages="closed")) as house:
        for command in house.playground.world.commands():
            command["default_member_permissions"] = (
                None  # as a server's settings for integrations may have it
            )
        await owner(house).command("studio", "owner allow-guild", allow=True)
        yield house


def lose_and_restore(lost: Path, found: Path) -> None:
    """One picture of Ada's was drawn there; it and the backup were on another disk."""
    path, disk = lost / PICTURES / path_of(sha256(PICTURE).hexdigest()), lost.with_name("disk")
    path.parent.mkdir(parents=True)
    path.write_bytes(PICTURE)
    (lost / KEY).write_bytes(b"k" * 32)
    migrate(lost / DATABASE)
    world = Playground().world
    with written(lost / DATABASE) as database:
        job = insert_job(database, 5, world.user_named("ada").id, guild_id=world.guild.id)
        insert_picture(database, job, sha256(PICTURE).hexdigest())
    back_up(lost / DATABASE, lost / PICTURES, disk)
    shutil.copytree(lost / PICTURES, found / PICTURES)
    shutil.rmtree(lost)
    bring_back(Settings(storage=StorageSettings(folder=found)), disk, replace=False)


@pytest.fixture
def ada(house: House) -> Member:
    return house.newcomer()


def owner(house: House) -> Member:
    return house.playground.member("olive")


async def told(member: Member, name: str, /, **options: Any) -> Message:
    """The answer to a command, once it is there; only this member sees it."""
    outcome = await member.command("studio", name, **options)
    assert outcome.acknowledged, outcome
    message = await member.wait_for(lambda each: each is outcome.reply and not each.loading)
    assert message.ephemeral
    return message


async def ask(member: Member) -> Message:
    """A request that waits."""
    return reply(await member.command("studio", "imagine", prompt="a red house", count=1))


async def store_picture(house: House, number: int) -> None:
    """Of somebody's request, as if it had been drawn."""
    sha256 = await house.parts.stores.pictures.put(f"picture {number}".encode())

    def write() -> None:
        with written(house.settings.storage.folder / DATABASE) as database:
            insert_picture(database, insert_job(database, number, 9), sha256)

    await asyncio.to_thread(write)


# Whose it is


@pytest.mark.parametrize(
    ("name", "options"),
    [("backup", {}), ("retention", {}), ("broadcast", {"text": "x"}), ("allow-guild", {"allow": False})],
)
async def test_nobody_else_may_not_even_an_admin(house: House, name: str, options: dict[str, Any]) -> None:
    assert "Only the owner" in (await told(new_admin(house), f"owner {name}", **options)).text
    assert house.rows("SELECT count(*) FROM allowed_guild") == [(1,)]


async def test_a_server_is_offered_to_its_owner_alone(house: House, ada: Member) -> None:
    named = house.playground.world.guild
    offered = await owner(house).autocomplete("studio", "owner allow-guild", "guild", "play")
    assert [(each["name"], each["value"]) for each in offered.choices] == [(named.name, str(named.id))]
    assert (await ada.autocomplete("studio", "owner allow-guild", "guild")).choices == ()


# Backups, and what is kept


async def test_what_was_drawn_before_a_loss_is_found_after_it(house: House) -> None:
    member = house.playground.member("ada")
    history = reply(await member.command("studio", "history"))
    await member.wait_for(lambda each: each is history and bool(each.attachments))
    assert "prompt 5" in history.text
    await member.command("studio", "show", job="job5")
    again = await member.wait_for(lambda each: each in own(member) and bool(each.attachments))
    assert stored_files(again) == [PICTURE]


async def test_a_backup_says_where_it_is_and_when_the_older_ones_go(house: House) -> None:
    await store_picture(house, 6)
    first = await told(owner(house), "owner backup")
    assert "Pictures that belong to it: 2." in first.text
    assert "Older ones" not in first.text
    second = await told(owner(house), "owner backup")
    assert re.search(r"Older ones: 1; the next one goes <t:\d+:R>", second.text)
    folder = house.settings.storage.folder / BACKUPS
    for name, message in zip(sorted(each.name for each in folder.iterdir()), (first, second), strict=True):
        assert str(folder / name) in message.text
    assert len(contents(max(folder.iterdir()) / DATABASE)["job"]) == 2
    assert house.rows("SELECT count(*) FROM audit WHERE act = 'owner backup'") == [(2,)]


async def test_a_backup_that_fails_is_one_sentence(house: House, tmp_path: Path) -> None:
    folder = house.settings.storage.folder / BACKUPS
    kept = folder.rename(tmp_path / "kept") if folder.exists() else None
    folder.write_text("a file where the folder should be")
    try:
        assert "The backup cannot be written to" in (await told(owner(house), "owner backup")).text
    finally:
        folder.unlink()
        if kept is not None:
            kept.rename(folder)


async def test_retention_says_what_goes_next_and_what_changes_it(house: House) -> None:
    await store_picture(house, 7)
    text = (await told(owner(house), "owner retention")).text
    assert re.search(r"Files with pictures: \d+, 0\.\d MiB of 20 GiB \(`storage.max_gib`\)", text)
    assert re.search(r"kept 30 days \(`storage.keep_days`\); the oldest was stored <t:\d+:R>", text)
    assert re.search(r"The next tidying is <t:\d+:R>\. Files that it deletes, as it is now: 0,", text)
    assert "`storage.keep_backup_days`" in text or "There is no backup" in text


# Notices


async def other_guild(house: House, guild_id: int, name: str, *, channel: bool) -> None:
    """The bot is let into another server, whose one channel nobody serves here."""
    world = house.playground.world
    here = guild_create_json(world)
    body = here | {"id": str(guild_id), "name": name, "owner_id": str(world.guild.owner_id), "channels": []}
    everyone = here["roles"][0] | {"id": str(guild_id)}
    body["roles"] = [everyone, *here["roles"][1:]]
    if channel:
        there = channel_json(world.channel_named("welcome"))
        body["channels"] = [there | {"id": str(guild_id + 100), "guild_id": str(guild_id), "parent_id": None}]
    house.playground.core.gateway.dispatch("GUILD_CREATE", body, guild_id, Intent.GUILDS)
    async with asyncio.timeout(5):
        while house.parts.client.get_guild(guild_id) is None:
            await asyncio.sleep(0.01)
    await told(owner(house), "owner allow-guild", guild=str(guild_id), allow=True)


async def test_a_notice_is_shown_first_and_goes_once_to_each_server(house: House) -> None:
    await other_guild(house, ELSEWHERE, "Elsewhere", channel=True)
    await other_guild(house, SILENT, "Silent", channel=False)
    text = "@everyone **restart** at 20:00"
    preview = await told(owner(house), "owner broadcast", text=text)
    assert "Servers that get this: 2" in preview.content
    assert "I may write nowhere in: 1." in preview.content
    assert preview.embeds[0]["description"] == text
    assert posted(house, "welcome", text) == []
    twice = await asyncio.gather(*(owner(house).click(preview, "Send it") for _ in range(2)))
    assert any("sent already" in reply(each).content for each in twice)
    await shows(owner(house), preview, "The notice arrived in 1 servers; in 1 it did not.")
    assert len(posted(house, "welcome", text)) == 1
    ((detail,),) = house.rows("SELECT detail FROM audit WHERE act = 'owner broadcast'")
    assert detail == f"2 servers: {text}"
    bodies = [call.json for call in house.playground.record.calls]
    assert len([body for body in bodies if isinstance(body, dict) and body.get("content") == text]) == 2


async def test_a_notice_goes_where_the_bot_may_write(house: House) -> None:
    world, steward = house.playground.world, house.playground.steward
    welcome, text = world.channel_named("welcome"), "back at nine"
    for guild_id in (ELSEWHERE, SILENT):
        await told(owner(house), "owner allow-guild", guild=str(guild_id), allow=False)
    steward.set_overwrite(welcome, world.guild.everyone, deny=Permissions(send_messages=True).value)
    steward.set_overwrite(welcome, world.role_named("Atelier"), deny=Permissions(send_messages=True).value)
    try:
        preview = await told(owner(house), "owner broadcast", text=text)
        assert "Servers that get this: 1" in preview.content
        await owner(house).click(preview, "Send it")
        await shows(owner(house), preview, "The notice arrived in 1 servers; in 0")
    finally:
        for target in (world.guild.everyone, world.role_named("Atelier")):
            steward.set_overwrite(welcome, target)
    assert (len(posted(house, "welcome", text)), len(posted(house, "studio", text))) == (0, 1)


async def test_a_notice_may_be_thought_better_of_and_an_empty_one_is_refused(house: House) -> None:
    preview = await told(owner(house), "owner broadcast", text="never mind me")
    await owner(house).click(preview, "Never mind")
    await shows(owner(house), preview, "Never mind, then.")
    assert posted(house, "welcome", "never mind me") == []
    assert "The notice is empty" in (await told(owner(house), "owner broadcast", text=" ")).content


def posted(house: House, where: str, text: str) -> list[Message]:
    messages = house.playground.world.channel_named(where).messages.values()
    return [each for each in messages if each.content == text]


# Servers


@pytest_asyncio.fixture(loop_scope="module")
async def closed(house: House) -> AsyncIterator[None]:
    """The server is taken off the list meanwhile."""
    await told(owner(house), "owner allow-guild", allow=False)
    yield
    await told(owner(house), "owner allow-guild", allow=True)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize(("name", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
async def test_where_it_is_not_opened_every_command_gets_one_sentence(
    house: House, name: str, options: dict[str, Any]
) -> None:
    assert (await told(new_admin(house), name, **options)).text.startswith(NOT_OPENED)


async def test_buttons_forms_and_reactions_do_nothing_there_until_it_is_opened_again(
    house: House, ada: Member
) -> None:
    await told(owner(house), "gpu pause")
    waiting, cancelled = await ask(ada), await ask(ada)
    await ada.click(cancelled, "Cancel")
    await shows(ada, cancelled, "🚫")
    form = (await ada.use_on(cancelled, "Report")).modal
    assert form is not None
    await told(owner(house), "owner allow-guild", allow=False)
    ada.react(waiting, "❌")  # has no answer, so it comes first
    for refused in (
        await ada.click(waiting, "Cancel"),
        await ada.click(cancelled, "Again"),
        await ada.submit_modal(form, {"reason": "it is mine"}),
        await ada.use_on(cancelled, "Picture info"),
    ):
        assert reply(refused).content.startswith(NOT_OPENED)
    assert "on this list only" in (await told(owner(house), "owner allow-guild", allow=True)).text
    assert [job.state for job in await house.jobs(ada)] == [State.QUEUED, State.CANCELLED]
    assert reply(await ada.click(cancelled, "Again")).content.startswith("⏳")
    await told(ada, "cancel", job="all")
    await told(owner(house), "gpu resume")


async def test_what_waits_there_is_refused_in_its_turn(house: House, ada: Member) -> None:
    await told(owner(house), "gpu pause")
    waiting = await ask(ada)
    await told(owner(house), "owner allow-guild", allow=False)
    await told(owner(house), "gpu resume")
    await shows(ada, waiting, f"⛔ {NOT_OPENED}")
    assert [job.state for job in await house.jobs(ada)] == [State.REFUSED]
    await told(owner(house), "owner allow-guild", allow=True)


@pytest.mark.usefixtures("closed")
async def test_the_owner_draws_nothing_there_either_and_sees_the_list(house: House) -> None:
    assert (await told(owner(house), "imagine", prompt="a red house")).content.startswith(NOT_OPENED)
    guests = (await told(owner(house), "owner allow-guild")).text
    assert "on this list only" in guests
    assert f"▫️ `Atelier Playground` `{house.playground.world.guild.id}`" in guests


@pytest.mark.usefixtures("closed")
async def test_ones_own_data_is_ones_own_even_there(ada: Member) -> None:
    question = await told(ada, "privacy delete")
    await ada.click(question, "Delete all of it")
    await shows(ada, question, "Deleted: 0 requests")


@pytest.mark.usefixtures("closed")
async def test_direct_messages_are_answered_all_the_same_but_nothing_is_drawn_there(
    house: House, ada: Member
) -> None:
    channel = open_dm(house.playground.core, ada.user)
    assert NOT_OPENED not in reply(await ada.command(channel, "settings")).text
    refused = reply(await ada.command(channel, "imagine", prompt="a red house"))
    assert refused.content == "I draw nothing in direct messages; ask me in a server."


async def test_a_private_request_of_a_server_arrives_in_direct_messages(house: House, ada: Member) -> None:
    await told(ada, "imagine", prompt="a red house --steps 2", count=1, private=True)
    await ada.wait_for(
        lambda each: each.channel.recipient is ada.user and bool(each.attachments) and not has_preview(each)
    )


async def test_a_server_is_named_by_its_id(house: House) -> None:
    wrong = await told(owner(house), "owner allow-guild", guild="Elsewhere")
    assert "`Elsewhere` is no server" in wrong.content
    await told(owner(house), "owner allow-guild", guild="7", allow=True)
    assert "✅ `7`" in (await told(owner(house), "owner allow-guild")).text
    await told(owner(house), "owner allow-guild", guild="7", allow=False)
    acts = house.rows("SELECT act FROM audit WHERE guild_id = 7 ORDER BY id")
    assert acts == [("owner allow guild",), ("owner disallow guild",)]


async def test_a_notice_that_a_restart_cut_off_is_said_to_the_end(house: House) -> None:
    await told(owner(house), "owner allow-guild", guild=str(ELSEWHERE), allow=True)
    text = "we move to another machine"
    preview = await told(owner(house), "owner broadcast", text=text)
    await owner(house).click(preview, "Send it")
    await owner(house).wait_for(lambda _: len(posted(house, "welcome", text)) == 1)
    await house.close()
    ((left,),) = house.rows("SELECT value FROM studio WHERE key LIKE 'notice:%'")
    assert json.loads(left)["turn"] < len(json.loads(left)["guild_ids"]) == 2
    await house.open()
    async with asyncio.timeout(10):
        while house.rows("SELECT value FROM studio WHERE key LIKE 'notice:%'"):
            await asyncio.sleep(0.05)
    assert len(posted(house, "welcome", text)) == 1
