"""/imagine and all that its words can say: flags, braces, wildcards, secrecy, and what is told when they do not fit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.domain.job import State
from bot.playground import Member, Message
from bot.playground.rest.users import open_dm
from bot.settings import LimitSettings
from tests.scenario.conftest import whispers
from tests.scenario.house import House, direct, opened, own, shown, told

pytestmark = pytest.mark.asyncio(loop_scope="module")
LISTS = {
    "thing": "fish\nboat\n",
    "look": "# what follows is a look\nin the snow --no fog\n",
    "nested": "a __thing__\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "lists").mkdir()
    for name, lines in LISTS.items():
        (folder / "lists" / f"{name}.txt").write_text(lines, encoding="utf-8")
    limits = LimitSettings(max_steps=4, live_per_member=1, queue_per_member=6)
    async with opened(folder, limits=limits, wildcards=folder / "lists") as house:
        yield house


async def question(member: Member, prompt: str) -> Message:
    """What is asked before several requests are made of these words."""
    outcome = await member.command("studio", "imagine", prompt=f"{prompt} --steps 2", count=1)
    assert outcome.reply is not None
    assert outcome.reply.button("Draw them all"), outcome.reply.content
    return outcome.reply


async def several(member: Member, number: int) -> list[Message]:
    """So many public answers to this member, all with their pictures."""
    await member.wait_for(lambda _: len(own(member)) >= number)
    return [await shown(member, message) for message in own(member)]


async def test_flags_decide_the_drawing(house: House) -> None:
    ada = house.newcomer()
    flags = (
        "—ar 3:2 --seed 7 --n 1 --steps 3 --cfg 4.5 --sampler Euler --no fog, cars --c 10 --tile --stop 90"
    )
    outcome = await ada.command("studio", "imagine", prompt=f"a red house {flags}")
    message = await house.pictures(ada, outcome)
    drawing = (await house.job(message)).order.drawing
    assert (drawing.prompt, drawing.negative) == ("a red house", "fog, cars")
    assert (drawing.width, drawing.height, drawing.count, drawing.seed) == (160, 104, 1, 7)
    assert (drawing.steps, drawing.guidance, drawing.sampler) == (3, 4.5, "euler")
    assert (drawing.chaos, drawing.tile, drawing.stop) == (10, True, 90)
    assert "a red house" in message.text
    assert "fog, cars" in message.text
    assert "--" not in message.text
    assert whispers(ada) == []


async def test_options_win_over_flags_and_that_is_said(house: House) -> None:
    ada = house.newcomer()
    message = await house.draw(
        ada, "a red house --ar 3:2 --seed 5 --no cars --chaos 10", aspect="1:1", seed=9, negative="fog"
    )
    drawing = (await house.job(message)).order.drawing
    assert (drawing.width, drawing.height, drawing.seed) == (128, 128, 9)
    assert (drawing.negative, drawing.chaos) == ("fog", 10)
    (notes,) = whispers(ada)
    assert [line.split(" was not used")[0] for line in notes.splitlines()] == ["`--ar`", "`--seed`", "`--no`"]


async def test_a_flag_that_says_what_the_option_says_is_not_worth_a_note(house: House) -> None:
    ada = house.newcomer()
    await house.draw(ada, "a red house --seed 9", seed=9)
    assert whispers(ada) == []


async def test_a_value_beyond_its_limit_is_brought_within_it_and_that_is_said(house: House) -> None:
    ada = house.newcomer()
    outcome = await ada.command("studio", "imagine", prompt="a blue boat --steps 80 --chaos 300 --n 0")
    drawing = (await house.job(await house.pictures(ada, outcome))).order.drawing
    assert (drawing.steps, drawing.chaos, drawing.count) == (4, 100, 1)
    (notes,) = whispers(ada)
    assert "steps: 80 → 4; 1 to 4 are allowed here." in notes
    assert "chaos: 300 → 100" in notes
    assert "count: 0 → 1" in notes


async def test_an_unknown_flag_is_answered_with_the_nearest_one_and_is_no_part_of_the_prompt(
    house: House,
) -> None:
    ada = house.newcomer()
    message = await house.draw(ada, "a green tree --stylise 50")
    assert (await house.job(message)).order.drawing.prompt == "a green tree"
    assert whispers(ada) == ["There is no flag `--stylise`, so it was left out; did you mean `--stylize`?"]


async def test_a_start_picture_that_nobody_has_is_a_sentence_on_the_message(house: House) -> None:
    ada = house.newcomer()
    await ada.command("studio", "imagine", prompt=f"a red house --image {'0' * 64}", count=1)
    ended = await ada.wait_for(lambda message: message in own(ada) and message.content.startswith("⚠️"))
    assert "no longer stored" in ended.content


async def test_braces_ask_first_with_the_count_and_the_cost_and_then_draw_one_message_each(
    house: House,
) -> None:
    ada = house.newcomer()
    await house.draw(ada)
    await house.draw(ada)  # by now the pace is known
    asked = await question(ada, "a {red, blue} {house, boat}")
    assert re.fullmatch(
        r"These words are 4 requests with 4 pictures · ~0:0\d\. Draw them all\?", asked.content
    )
    assert asked.ephemeral
    assert len(own(ada)) == 2
    await ada.click(asked, "Draw them all")
    assert asked.content == "Requests on their way: 4."
    assert asked.components == []
    messages = await several(ada, 6)
    prompts = [(await house.job(message)).order.drawing.prompt for message in messages[2:]]
    assert sorted(prompts) == ["a blue boat", "a blue house", "a red boat", "a red house"]


async def test_never_mind_draws_nothing(house: House) -> None:
    ada = house.newcomer()
    asked = await question(ada, "a {red, blue} house")
    await ada.click(asked, "Never mind")
    assert asked.content == "Never mind, then. Nothing has happened."
    assert asked.components == []
    assert await house.jobs(ada) == []


async def test_only_the_one_who_was_asked_can_say_yes_and_only_once(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    asked = await question(ada, "a {red, blue} house")
    asked.viewer = None  # as if somebody had got hold of it
    await ben.click(asked, "Draw them all")
    assert "is not yours" in whispers(ben)[-1]
    assert await house.jobs(ben) == await house.jobs(ada) == []
    await asyncio.gather(ada.click(asked, "Draw them all"), ada.click(asked, "Draw them all"))
    await several(ada, 2)
    assert "This was confirmed already" in whispers(ada)[-1]
    assert len(await house.jobs(ada)) == 2


@pytest.mark.long
async def test_the_question_can_be_answered_after_a_restart(house: House) -> None:
    ada = house.newcomer()
    asked = await question(ada, "a {red, blue} house")
    await house.restart()
    await ada.click(asked, "Draw them all")
    assert len(await several(ada, 2)) == 2


async def test_a_repeated_request_goes_on_with_the_next_seeds(house: House) -> None:
    ada = house.newcomer()
    asked = await question(ada, "a yellow cat --repeat 3 --seed 40")
    assert "3 requests with 3 pictures" in asked.content
    await ada.click(asked, "Draw them all")
    await several(ada, 3)
    assert [job.order.drawing.seed for job in await house.jobs(ada)] == [40, 41, 42]


async def test_what_is_clamped_in_several_requests_is_said_once(house: House) -> None:
    ada = house.newcomer()
    asked = await question(ada, "a {red, blue} house --chaos 300")
    assert asked.content.count("chaos: 300 → 100") == 1


TOO_MANY = {
    "{1,2,3,4,5,6,7,8,9,10,11} houses": "more prompts than the 10 that are allowed",
    "a house --repeat 11": "This would be 11 requests; at most 10 are allowed at once.",
    "a {red, blue} house --repeat 6": "This would be 12 requests",
    "a house --repeat 0": "The `--repeat` is 0; it must be from 1 to 10.",
    "a house --repeat -2": "The `--repeat` is -2; it must be from 1 to 10.",
    "a {red, blue house": "A brace is not closed",
}


@pytest.mark.parametrize(("prompt", "sentence"), TOO_MANY.items())
async def test_too_many_requests_are_refused_with_the_limit(house: House, prompt: str, sentence: str) -> None:
    ada = house.newcomer()
    assert sentence in await told(ada, "imagine", prompt=prompt)
    assert await house.jobs(ada) == []


async def test_more_requests_than_may_wait_are_drawn_as_far_as_they_may(house: House) -> None:
    ada = house.newcomer()
    await ada.click(await question(ada, "a house --repeat 10"), "Draw them all")
    await ada.wait_for(lambda message: "as many requests waiting as you may, 6" in message.text)
    jobs = await house.jobs(ada)
    assert 6 <= len(jobs) < 10
    assert len(await several(ada, len(jobs))) == len(jobs)


async def test_a_wildcard_takes_the_same_line_for_the_same_seed(house: House) -> None:
    ada = house.newcomer()
    first = await house.draw(ada, "__nested__ in the sea", seed=3)
    again = await house.draw(ada, "__nested__ in the sea", seed=3)
    prompts = [(await house.job(message)).order.drawing.prompt for message in (first, again)]
    assert prompts[0] == prompts[1]
    assert prompts[0] in ("a fish in the sea", "a boat in the sea")


async def test_the_lines_of_a_list_may_hold_flags(house: House) -> None:
    drawing = (await house.job(await house.draw(house.newcomer(), "a house __look__"))).order.drawing
    assert (drawing.prompt, drawing.negative) == ("a house in the snow", "fog")


async def test_an_escaped_wildcard_is_plain_text_and_its_copied_words_give_it_again(house: House) -> None:
    ada = house.newcomer()
    message = await house.draw(ada, r"a \__thing__ plate")
    assert (await house.job(message)).order.drawing.prompt == "a __thing__ plate"
    await ada.click(message, "📋")
    assert r"a \__thing__ plate --ar" in whispers(ada)[-1]


async def test_an_unknown_wildcard_is_answered_with_the_nearest_one(house: House) -> None:
    ada = house.newcomer()
    assert "did you mean `thing`?" in await told(ada, "imagine", prompt="a __thnig__ in the sea")
    assert await house.jobs(ada) == []


async def test_a_spoiler_hides_every_file(house: House) -> None:
    ada = house.newcomer()
    message = await house.draw(ada, "a red house --spoiler", count=2)
    assert [file.filename[:8] for file in message.attachments] == ["SPOILER_"] * 2
    await ada.click(message, "U2")
    alone = await ada.wait_for(lambda each: each in own(ada) and each is not message)
    assert alone.attachments[0].filename.startswith("SPOILER_")


@pytest.mark.parametrize("said", ["flag", "option"])
async def test_a_private_request_is_answered_by_direct_message_alone(house: House, said: str) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    options = {"private": True} if said == "option" else {}
    flag = " --private" if said == "flag" else ""
    answer = await told(ada, "imagine", prompt=f"a secret fish{flag}", count=1, **options)
    assert answer == "It is on its way, in our direct messages."
    await ada.wait_for(lambda _: len(direct(ada)) == 1)
    assert "a secret fish" in (await shown(ada, direct(ada)[0])).text
    assert own(ada) == []
    assert [each for each in ben.see_everywhere() if "secret" in each.text] == []


async def test_several_private_requests_are_answered_by_direct_message_alone(house: House) -> None:
    ada, ben = house.newcomer(), house.newcomer()
    await ada.click(await question(ada, "a {red, blue} secret --private"), "Draw them all")
    await ada.wait_for(lambda _: len(direct(ada)) == 2)
    words = [(await shown(ada, message)).text.splitlines()[0] for message in direct(ada)]
    assert sorted(words) == ["`a blue secret`", "`a red secret`"]
    assert own(ada) == []
    assert [each for each in ben.see_everywhere() if "secret" in each.text] == []


async def test_a_private_request_in_the_direct_channel_is_answered_there(house: House) -> None:
    ada = house.newcomer()
    open_dm(house.playground.core, ada.user)
    outcome = await ada.command("dm", "imagine", prompt="a secret boat", count=1, private=True)
    assert (await house.pictures(ada, outcome)).channel.recipient is ada.user


@pytest.mark.long
async def test_nothing_is_drawn_for_a_member_who_takes_no_direct_messages(house: House) -> None:
    ada = house.newcomer()
    ada.user.accepts_dms = False
    answer = await told(ada, "imagine", prompt="a secret fish", count=1, private=True)
    assert "I cannot send you direct messages" in answer
    assert "secret" not in answer
    (job,) = await house.jobs(ada)
    assert (job.state, job.started_at) == (State.CANCELLED, None)
    assert own(ada) == []
