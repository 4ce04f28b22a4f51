"""Members read Atelier in the language of their Discord, or in the one that they chose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.playground import Member, Message
from bot.settings import LimitSettings
from tests.scenario.conftest import PICTURES_S, whispers
from tests.scenario.house import House, opened, own

pytestmark = pytest.mark.asyncio(loop_scope="module")
LANGUAGES = ("de", "fr")
ALIKE = {"Remix", "Styles"}  # words of several languages


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with opened(tmp_path_factory.mktemp("house"), limits=LimitSettings(max_steps=4)) as house:
        yield house


def labels(message: Message) -> list[str]:
    return [each["label"] for each in message.walk() if each.get("label")]


COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("queue", {}),
    ("info", {}),
    ("settings", {}),
    ("help", {"topic": "flags"}),
    ("history", {}),
    ("favorites", {}),
    ("models", {}),
    ("styles", {}),
    ("show", {"job": "unknown"}),
    ("cancel", {"job": "all"}),
    ("prefer suffix", {"text": "--ar"}),
    ("prefer option list", {}),
    ("prefer option set", {"name": "look", "flags": "--stpes 3"}),
    ("prefer option delete", {"name": "look"}),
    ("imagine", {"prompt": " "}),
    ("imagine", {"prompt": "a {red, blue} house --chaos 300"}),
    ("imagine", {"prompt": "a house", "aspect": "fat"}),
    ("imagine", {"prompt": "a house", "style": "fat"}),
    ("upscale", {"image": b"no picture"}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "options"), COMMANDS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(COMMANDS)]
)
async def test_every_answer_is_in_the_members_language(
    house: House, name: str, options: dict[str, Any], language: str
) -> None:
    """No line of it is the English one."""
    answers = []
    for locale in ("en-GB", language):
        reply = (await house.newcomer(locale).command("studio", name, **options)).reply
        assert reply is not None
        answers.append({*reply.text.splitlines(), *labels(reply)})
    same = answers[0] & answers[1] - ALIKE
    assert {line for line in same if "`--" not in line} == set()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_discord_learns_the_names_and_descriptions_in_every_language(
    house: House, language: str
) -> None:
    commands = {command["name"]: command for command in house.playground.world.commands()}
    assert commands["queue"]["name_localizations"][language] != "queue"
    assert commands["Report"]["name_localizations"][language] != "Report"
    assert all(
        command["description_localizations"][language]
        for command in commands.values()
        if command["type"] == 1
    )
    prompt = commands["imagine"]["options"][0]
    assert prompt["description_localizations"][language] != prompt["description"]


async def test_a_request_speaks_its_members_language_and_its_buttons_the_pressers(house: House) -> None:
    ada, ben = house.newcomer("de"), house.newcomer()
    outcome = await ada.command(
        "studio", "imagine", prompt="ein Haus --chaos 300 --spol 3", negative="Nebel", count=1
    )
    message = await house.pictures(ada, outcome)
    assert "Ohne" in message.text
    assert "Variieren (fein)" in labels(message)
    notes = whispers(ada)[-1]
    assert "erlaubt" in notes
    assert "meintest du" in notes
    await ben.click(message, "❤️")
    assert whispers(ben)[-1].startswith("❤️ Kept.")
    await ada.click(message, "❤️")
    assert whispers(ada)[-1].startswith("❤️ Gemerkt.")


async def test_what_ends_without_pictures_says_so_in_its_members_language(house: House) -> None:
    ada = house.newcomer("de")
    outcome = await ada.command("studio", "imagine", prompt="ein Haus --ar 512x512", count=4)
    assert outcome.reply is not None
    await cancelled(ada, outcome.reply, "Abgebrochen.")
    await ada.command("studio", "imagine", prompt=f"ein Haus --image {'0' * 64}", count=1)
    failed = await ada.wait_for(lambda each: each in own(ada) and each.content.startswith("⚠️"))
    assert failed.content.startswith("⚠️ Das Bild ist hier nicht mehr gespeichert.")
    assert "Nochmal" in labels(failed)


async def cancelled(member: Member, message: Message, sentence: str) -> None:
    await member.click(message, "Abbrechen")
    assert whispers(member)[-1] == sentence
    await member.wait_for(lambda each: each is message and each.content.startswith("🚫"), PICTURES_S)
    assert message.content.startswith(f"🚫 {sentence}")


async def test_a_language_without_a_catalogue_is_english(house: House) -> None:
    ada = house.newcomer("ja")
    await ada.command("studio", "queue")
    assert whispers(ada)[-1].startswith("At work:")


async def test_a_chosen_language_wins_over_discords(house: House) -> None:
    ada = house.newcomer("fr")
    await house.write("INSERT INTO preference (user_id, locale) VALUES (?, 'de')", ada.user.id)
    await ada.command("studio", "queue")
    assert whispers(ada)[-1].startswith("In Arbeit")
    outcome = await ada.use_on(await house.draw(ada), "Report")
    assert outcome.modal["title"] == "Melden"
