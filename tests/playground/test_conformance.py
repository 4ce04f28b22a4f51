"""Every call and every answer of a rich conversation conforms to Discord's published description."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bot.playground import Member, Playground
from bot.playground.limits import Rule
from bot.playground.member import Answer
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import PNG, StudioBot

POST_MESSAGE = "POST /channels/{channel_id}/messages"
SHARED = Path(__file__).parents[3] / "shared" / "discord"


@pytest.fixture
def check() -> tuple[Path, Path]:
    """The conformance check and the description, which are not part of this repository."""
    script, description = SHARED / "check_spec.py", SHARED / "openapi.json"
    if not (script.exists() and description.exists()):
        pytest.skip(f"no conformance check: {script} or {description} is not there")
    return script, description


async def converse(playground: Playground, bot: StudioBot) -> None:
    """Use everything that the studio bot has."""
    ada, olive = playground.member("ada"), playground.member("olive")
    await ada.command("studio", "paint", prompt="a red house", image=PNG)
    grid = await ada.wait_for(lambda message: message.button("Again") is not None)
    await ada.wait_for(lambda message: message.content == "a red house is ready")
    await ada.command("studio", "paint", prompt="hidden", private=True)
    await ada.wait_for(lambda message: message.content == "hidden is ready")
    await ada.autocomplete("studio", "paint", "style", "p", prompt="x")
    await ada.click(grid, "Again")
    await ada.use_on(grid, "Image info")
    await ada.use_on(olive.user, "Look at")
    modal = (await ada.command("studio", "tweak")).modal
    mask = ada.upload("mask.png", PNG)
    await ada.submit_modal(modal, {"prompt": "x", "style": ["flat"], "mask": [mask], "aspect": "1:1"})
    await ada.command("studio", "pick")
    selects = await ada.wait_for(lambda message: message.content == "pick")
    await ada.select(selects, "style", "flat")
    await ada.select(selects, "friend", olive.user)
    await ada.wait_for(lambda message: message.content == "friend olive")
    await choose_entities(playground, ada)
    await ada.command("studio", "panel")
    panel = await ada.wait_for(lambda message: "# Panel" in message.text)
    await ada.click(panel, "Again")
    await ada.command("studio", "post")
    await ada.wait_for(lambda message: message.content.startswith("same"))
    await ada.command("dm", "post")
    await ada.wait_for(
        lambda message: message.content.startswith("same") and message.channel.recipient is not None
    )


async def choose_entities(playground: Playground, ada: Member) -> None:
    """Selects of people, roles and channels, in a message and in a form."""
    ben, role = playground.world.user_named("ben"), playground.world.guild.everyone
    await ada.command("studio", "pickers")
    selects = await ada.wait_for(lambda message: message.content == "pickers")
    await ada.select(selects, "anyone", ben, role)
    channel = playground.world.channel_named("gallery")
    modal = (await ada.command("studio", "assign")).modal
    answers: dict[str, Answer] = {"users": [ben], "roles": [role], "anyone": [role], "channels": [channel]}
    await ada.submit_modal(modal, answers)


async def read_everything(playground: Playground, bot: StudioBot) -> None:
    """Call what a bot reads: application, guild, channels, members, history, commands, reactions, pins."""
    studio = await bot.fetch_channel(playground.world.channel_named("studio").id)
    guild = await bot.fetch_guild(playground.world.guild.id)
    ada = await guild.fetch_member(playground.world.user_named("ada").id)
    await guild.fetch_channels()
    await guild.fetch_roles()
    await bot.fetch_user(ada.id)
    await bot.tree.fetch_commands()
    await bot.http.get_bot_gateway()
    history = [message async for message in studio.history(limit=20)]  # type: ignore[union-attr]
    starred = next(message for message in history if message.reactions)
    assert [user.name async for user in starred.reactions[0].users()] == ["Atelier"]
    await starred.reply("and more")
    await starred.remove_reaction("⭐", ada)
    await starred.clear_reactions()
    await starred.pin()
    assert len([each async for each in studio.pins()]) == 1  # type: ignore[union-attr]


async def provoke_refusals(playground: Playground, rest: RestClient) -> None:
    """Well-formed calls that are refused: their errors must conform, too."""
    studio = playground.world.channel_named("studio")
    path = f"/channels/{studio.id}/messages"
    await rest.call("GET", "/users/@me", token="wrong")
    await rest.call("GET", f"{path}/1")
    playground.steward.remove_member(playground.world.user_named("ben"))
    for user_id in (playground.world.user_named("ben").id, 1):
        await rest.call("GET", f"/guilds/{playground.world.guild.id}/members/{user_id}")
    await rest.call("PATCH", f"{path}/{playground.member('ada').say('studio', 'x').id}", {"content": "y"})
    await rest.call("POST", path, {"content": ""})
    await rest.call("POST", path, {"embeds": [{"description": "x" * 3001}] * 2})
    await rest.call("POST", "/interactions/1/tokx/callback", {"type": 5})
    await rest.call("PATCH", "/webhooks/1/tokx/messages/@original", {"content": "x"})
    playground.limits.overrides[POST_MESSAGE] = Rule(1, 5.0)
    replies = [await rest.call("POST", path, {"content": "x"}) for _ in range(2)]
    assert [each.status for each in replies] == [200, 429]


async def test_all_calls_and_answers_conform(
    playground: Playground, bot: StudioBot, rest: RestClient, check: tuple[Path, Path], tmp_path: Path
) -> None:
    playground.limits.overrides[POST_MESSAGE] = Rule(100, 5.0)
    playground.steward.give_role(playground.world.application.bot, playground.world.role_named("Moderator"))
    await converse(playground, bot)
    await read_everything(playground, bot)
    assert bot.errors.empty()
    await provoke_refusals(playground, rest)
    record = tmp_path / "calls.jsonl"
    playground.record.write(record)
    for option in ("--strict", "--responses"):
        command = [sys.executable, *map(str, check), str(record), option]
        result = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        assert " 0 violations" in result.stdout
