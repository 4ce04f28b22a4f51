"""A notice from the command line, while the bot itself rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.broadcast import tell_all
from bot.errors import BadRequest, ConfigError, StorageError
from bot.playground import Playground, connect
from bot.settings import DiscordSettings, Settings, StorageSettings
from bot.storage.database import locked
from bot.stores import DATABASE
from tests.scenario.conftest import pings
from tests.storage.seeding import contents

TEXT = "@everyone back at 20:00"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(storage=StorageSettings(folder=tmp_path))


def posted(playground: Playground) -> list[str]:
    return [each.content for each in playground.world.channel_named("welcome").messages.values()][1:]


async def test_a_notice_is_sent_where_the_owner_agrees_and_written_down(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def agreed(question: str) -> bool:
        asked.append(question)
        return True

    async with Playground() as playground:
        with connect(playground.endpoints):
            await tell_all(settings, playground.token, TEXT, agreed)
        assert posted(playground) == [TEXT]
        assert [call for call in playground.record.calls if pings(call.json)] == []
    assert asked == ["Servers that get this: 1. It may write nowhere in: 0. Send it?"]
    assert "arrived in 1 servers; in 0 it did not." in capsys.readouterr().out
    (act,) = contents(settings.storage.folder / DATABASE)["audit"]
    assert (act["act"], act["actor_id"], act["detail"]) == ("owner broadcast", None, f"1 servers: {TEXT}")


@pytest.mark.long  # discord.py waits two seconds for more servers
async def test_a_server_hears_nothing_without_a_yes_or_where_it_is_not_on_the_list(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = settings.model_copy(update={"discord": DiscordSettings(guilds="listed")})
    async with Playground() as playground:
        with connect(playground.endpoints):
            await tell_all(settings, playground.token, TEXT, lambda _: False)
            await tell_all(listed, playground.token, TEXT, lambda _: True)
        assert posted(playground) == []
    said = capsys.readouterr().out
    assert [f"servers that it would go to: {number}." in said for number in (1, 0)] == [True, True]
    assert contents(settings.storage.folder / DATABASE)["audit"] == []


async def test_a_wrong_token_an_empty_notice_and_a_bot_at_work_are_named(settings: Settings) -> None:
    with pytest.raises(BadRequest, match="The notice is empty"):
        await tell_all(settings, "x", " ", lambda _: True)
    with locked(settings.storage.folder / DATABASE), pytest.raises(StorageError, match="Stop it first"):
        await tell_all(settings, "x", TEXT, lambda _: True)
    async with Playground() as playground:
        with connect(playground.endpoints), pytest.raises(ConfigError, match="Discord refuses the bot token"):
            await tell_all(settings, "wrong", TEXT, lambda _: True)
