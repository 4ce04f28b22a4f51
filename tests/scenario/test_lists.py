"""What there is to look at: shown requests, the queue, pages of pictures and offers, help, numbers and suggestions."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.job import State
from bot.playground import Member, Message, Outcome
from bot.settings import AdapterSettings, LimitSettings, StyleSettings, demo_model
from bot.ui.help_pages import TOPICS
from tests.few import few
from tests.scenario.conftest import stored_files, whispers
from tests.scenario.house import House, job_id, opened, own, sent, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANY = [f"{number:02}" for number in range(30)]
CHOSEN = "im2:cancel:chosen:0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    more = [demo_model().model_copy(update={"name": f"extra-{n}", "title": "Q" * 80}) for n in MANY]
    words = [AdapterSettings(name=f"word-{n}", file=Path("nowhere.pt"), kind="embedding") for n in MANY]
    async with opened(
        tmp_path_factory.mktemp("house"),
        limits=LimitSettings(live_per_member=1, queue_per_member=3),
        models=(demo_model(), *more),
        adapters=tuple(words),
        styles=tuple(StyleSettings(name=f"look-{n}", title=f"Look {n}") for n in MANY),
    ) as house:
        yield house


async def begin(member: Member, prompt: str) -> Message:
    """Ask for a picture that takes its time."""
    outcome = await member.command("studio", "imagine", prompt=f"{prompt} --steps 50 --ar 256x256")
    assert outcome.reply is not None
    return outcome.reply


async def asked(member: Member, name: str, **options: str) -> Message:
    """The whispered answer to a command."""
    reply = (await member.command("studio", name, **options)).reply
    assert reply is not None
    assert reply.ephemeral
    return reply


async def ended(member: Member, message: Message) -> None:
    await member.wait_for(lambda each: each is message and each.content.startswith("🚫"))


def pages(message: Message) -> str:
    return str(message.embeds[0]["footer"]["text"])


@pytest.mark.long
async def test_a_shown_request_has_live_buttons_for_whoever_asks(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    grid = await house.draw(ada, count=2)
    for member in (ada, ben):
        outcome = await member.command("studio", "show", job=f" {job_id(grid).upper()} ")
        again = await house.pictures(member, outcome)
        assert stored_files(again) == stored_files(grid)
        alone = await house.pictures(member, await member.click(again, "U2"))
        assert stored_files(alone) == stored_files(grid)[1:]


async def test_a_private_request_is_shown_to_its_owner_alone(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await told(ada, "imagine", prompt="a secret fish --steps 2", count=1, private=True)
    await sent(ada)
    (job,) = await house.jobs(ada)
    answer = await asked(ada, "show", job=job.id)
    assert "a secret fish" in answer.text
    assert len(answer.attachments) == 1
    assert "I do not know this request" in await told(ben, "show", job=job.id)


@pytest.mark.parametrize("job", ["nonsense", "aaaaaaaaaa", "'; DROP TABLE job; --", "7" * 2000])
async def test_an_unknown_request_is_a_sentence(house: House, job: str) -> None:
    assert "I do not know this request" in await told(house.newcomer(), "show", job=job)


async def test_the_queue_lets_a_member_cancel_one_of_their_own(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    first, second, other = await begin(ada, "a fish"), await begin(ada, "a cat"), await begin(ben, "a boat")
    answer = await asked(ada, "queue")
    select = answer.component(CHOSEN)
    assert select is not None
    assert {each["value"] for each in select["options"]} == {job_id(first), job_id(second)}
    await ada.select(answer, CHOSEN, job_id(second))
    assert whispers(ada)[-1] == "Cancelled."
    await ended(ada, second)
    states = [(await house.job(message)).state for message in (first, other)]
    assert State.CANCELLED not in states
    assert await told(ada, "cancel", job="all") == "Requests of yours that were cancelled: 1."
    await ended(ada, first)
    assert (await house.job(other)).state is not State.CANCELLED
    await told(ben, "cancel", job="all")
    await ended(ben, other)


async def test_cancel_takes_ones_own_requests_alone(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    message = await begin(ada, "a fish")
    assert "Only the member who asked" in await told(ben, "cancel", job=job_id(message))
    assert await told(ben, "cancel", job="all") == "Requests of yours that were cancelled: 0."
    assert (await house.job(message)).state is not State.CANCELLED
    assert await told(ada, "cancel", job=job_id(message)) == "Cancelled."
    await ended(ada, message)
    assert "nothing left to cancel" in await told(ada, "cancel", job=job_id(message))


async def test_history_has_pages_that_keep_their_search_and_live_on_after_a_restart(house: House) -> None:
    ada = house.newcomer()
    await house.draw(ada, "a house")
    boats = [await house.draw(ada, f"a boat, number {number}") for number in range(7)]
    answer = await asked(ada, "history", search="BOAT")
    assert (pages(answer), answer.attachments[0].filename) == ("Page 1 of 2", "page.webp")
    assert [job_id(boat) in answer.text for boat in boats] == [False] + [True] * 6
    await house.restart()
    await ada.click(answer, "Next")
    assert pages(answer) == "Page 2 of 2"
    assert [job_id(boat) in answer.text for boat in boats] == [True] + [False] * 6
    assert "a house" not in answer.text
    await ada.click(answer, "Back")
    assert pages(answer) == "Page 1 of 2"
    await ada.select(answer, "im2:show:chosen:0", job_id(boats[3]))
    again = await ada.wait_for(lambda each: each in own(ada) and each.id > answer.id)
    assert stored_files(again) == stored_files(boats[3])
    everything = await asked(ada, "history")
    await ada.click(everything, "Next")
    assert "a house" in everything.text


async def test_history_is_ones_own_and_says_so_when_there_is_nothing(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await house.draw(ada, "a house")
    assert "There is nothing here yet" in (await asked(ben, "history")).text
    assert "There is nothing here yet" in (await asked(ada, "history", search="zebra")).text


async def test_favorites_come_and_go_by_the_heart(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    message = await house.draw(ben, "a lovely fish")
    assert "Press ❤️ under a picture" in (await asked(ada, "favorites")).text
    await ada.click(message, "❤️")
    assert "a lovely fish" in (await asked(ada, "favorites", search="lovely")).text
    assert "There is nothing here yet" in (await asked(ben, "favorites")).text
    await ada.click(message, "❤️")
    assert "There is nothing here yet" in (await asked(ada, "favorites")).text


LISTS = {
    "models": ("--model demo", "--model extra-29", 4),
    "styles": ("--style look-00", "--style look-29", 3),
    "embeddings": ("<word-00>", "<word-29>", 3),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_long_list_of_offers_has_pages(house: House, name: str) -> None:
    ada, (first, last, number) = house.newcomer(), LISTS[name]
    answer = await asked(ada, name)
    assert (pages(answer), first in answer.text) == (f"Page 1 of {number}", True)
    back, further = answer.button("Back"), answer.button("Next")
    assert back is not None
    assert further is not None
    assert (back.get("disabled"), further.get("disabled")) == (True, False)
    for _ in range(number - 1):
        await ada.click(answer, "Next")
    assert (pages(answer), last in answer.text) == (f"Page {number} of {number}", True)


@pytest.mark.parametrize("topic", [*TOPICS, "nonsense"])
async def test_help_explains_each_topic(house: House, topic: str) -> None:
    answer = await asked(house.newcomer(), "help", topic=topic)
    (embed,) = answer.embeds
    assert embed["title"] == TOPICS.get(topic, TOPICS["start"]).title
    assert len(embed["description"]) > 150
    assert "{{" not in embed["description"]


async def test_help_suggests_its_topics_by_their_titles(house: House) -> None:
    ada = house.newcomer()
    every = await ada.autocomplete("studio", "help", "topic")
    assert [choice["value"] for choice in every.choices] == list(TOPICS)
    some = await ada.autocomplete("studio", "help", "topic", "who sees")
    assert [choice["value"] for choice in some.choices] == ["privacy"]


async def test_info_counts_what_is_left_and_what_was_used(house: House) -> None:
    ada = house.newcomer()
    await house.draw(ada, count=2)
    messages = [await begin(ada, "a fish") for _ in range(2)]
    await ada.wait_for(lambda each: each is messages[0] and "🎨" in each.content)
    answer = await told(ada, "info")
    assert "Waiting requests: 1 / 3." in answer
    assert re.search(r"In the last 24 hours: 2 pictures, \d+ seconds", answer)
    assert "At most 4 pictures, 50 steps, 1,048,576 pixels, 10 requests at once." in answer
    await told(ada, "cancel", job="all")
    await ended(ada, messages[1])


def check_choices(outcome: Outcome) -> list[str]:
    """What Discord takes; the values."""
    assert len(outcome.choices) <= 25
    assert all(len(choice[key]) <= 100 for choice in outcome.choices for key in ("name", "value"))
    return [choice["value"] for choice in outcome.choices]


@pytest.mark.parametrize(
    ("option", "last"), [("model", "extra-29"), ("style", "look-29"), ("embedding", "word-29")]
)
async def test_suggestions_are_at_most_25_and_find_the_others_by_their_letters(
    house: House, option: str, last: str
) -> None:
    ada = house.newcomer()
    every = check_choices(await ada.autocomplete("studio", "imagine", option, "", prompt="x"))
    assert len(every) == 25
    assert last not in every
    some = await ada.autocomplete("studio", "imagine", option, last[1:].upper(), prompt="x")
    assert check_choices(some) == [last]
    assert check_choices(await ada.autocomplete("studio", "imagine", option, "zebra" * 50, prompt="x")) == []


async def test_a_request_with_a_long_prompt_can_be_suggested(house: House) -> None:
    ada = house.newcomer()
    message = await begin(ada, "a fish " + "🐟" * 300)
    values = check_choices(await ada.autocomplete("studio", "cancel", "job"))
    assert values == ["all", job_id(message)]
    assert "Cancelled" in await told(ada, "cancel", job=job_id(message))
    await ended(ada, message)


async def test_aspects_are_suggested_and_others_are_legal(house: House) -> None:
    ada = house.newcomer()
    wide = await ada.autocomplete("studio", "imagine", "aspect", "16", prompt="x")
    assert check_choices(wide) == ["16:9", "9:16"]
    message = await house.draw(ada, aspect="5:4")
    assert (await house.job(message)).order.drawing.width == 144


WRONG = {
    "model": ("extra-3x", "There is no model called `extra-3x`; did you mean"),
    "style": ("zebra", "There is no style called `zebra`; choose one of"),
    "embedding": ("word_01", "There is no embedding called `word_01`; did you mean `word-01`?"),
    "aspect": ("fat", "The aspect `fat` is not one I know"),
}


@pytest.mark.parametrize("option", few(WRONG, 1))
async def test_a_value_that_was_never_suggested_is_refused_with_a_legal_one(
    house: House, option: str
) -> None:
    ada, (value, sentence) = house.newcomer(), WRONG[option]
    assert sentence in await told(ada, "imagine", prompt="a house", **{option: value})
    assert await house.jobs(ada) == []
