"""/queue tells where one stands; ❌ and /cancel end what is one's own, and nothing else."""

from __future__ import annotations

import pytest

from bot.compose import Parts
from bot.domain.job import State
from bot.playground import Member, Playground
from bot.settings import Settings
from tests.scenario.conftest import PICTURES_S, finished, whispers


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """One job at a time, so that the others wait."""
    engine = settings.engine.model_copy(update={"live_jobs": 1})
    return settings.model_copy(update={"engine": engine})


async def begin(member: Member, prompt: str, steps: int = 50) -> str:
    """Ask for pictures; the job's id."""
    await member.command("studio", "imagine", prompt=f"{prompt} --steps {steps}", aspect="256x256")
    message = await member.wait_for(lambda m: prompt in m.content and m.button("Cancel") is not None)
    button = message.button("Cancel")
    assert button is not None
    return str(button["custom_id"]).split(":")[2]


async def test_queue_lists_ones_own_requests_and_what_is_ahead(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    ben = playground.member("ben")
    first, second = await begin(ada, "a red fish"), await begin(ben, "a blue fish")
    await ada.wait_for(lambda m: "▱" in m.content, PICTURES_S)
    await ben.command("studio", "queue")
    answer = whispers(ben)[-1]
    assert second in answer
    assert first not in answer
    assert "#1" in answer
    assert "At work: **1**, waiting: **1**" in answer


@pytest.mark.long
async def test_queue_says_so_when_nothing_is_ones_own(parts: Parts, ada: Member) -> None:
    await ada.command("studio", "queue")
    assert "None of them is yours" in whispers(ada)[-1]


async def test_the_button_cancels_a_running_request_and_the_message_says_so(
    parts: Parts, ada: Member
) -> None:
    job_id = await begin(ada, "a black fish")
    message = await ada.wait_for(lambda m: "▱" in m.content, PICTURES_S)
    await ada.click(message, "Cancel")
    ended = await ada.wait_for(lambda m: m.content.startswith("🚫"), PICTURES_S)
    assert ended.id == message.id
    assert ended.button("Cancel") is None
    job = await parts.stores.queue.get(job_id)
    assert job is not None
    assert job.state is State.CANCELLED


async def test_another_member_cannot_cancel_but_a_moderator_can(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    ben, moderator = playground.member("ben"), playground.member("max")
    await begin(ada, "an orange boat")
    message = await ben.wait_for(lambda m: m.button("Cancel") is not None)
    await ben.click(message, "Cancel")
    assert "Only the member who asked, or a moderator" in whispers(ben)[-1]
    assert message.button("Cancel") is not None
    await moderator.click(message, "Cancel")
    await ada.wait_for(lambda m: m.content.startswith("🚫"), PICTURES_S)


@pytest.mark.long
async def test_cancelling_ones_own_waiting_request_leaves_the_others_alone(
    parts: Parts, ada: Member, playground: Playground
) -> None:
    ben, cleo = playground.member("ben"), playground.member("cleo")
    await begin(ada, "a red house", steps=10)
    await begin(ben, "a green house", steps=10)
    third = await begin(cleo, "a pink house", steps=4)
    assert await parts.stores.queue.position(third) == 2
    await ben.command("studio", "cancel", job="all")
    assert whispers(ben)[-1] == "Requests of yours that were cancelled: 1."
    await cleo.wait_for(lambda m: "a pink house" in m.text and len(m.attachments) == 4, 90)
    assert len((await finished(ada, count=4)).attachments) == 4


@pytest.mark.long
async def test_what_is_done_or_unknown_cannot_be_cancelled(parts: Parts, ada: Member) -> None:
    job_id = await begin(ada, "a white tree", steps=4)
    await finished(ada, count=4)
    await ada.command("studio", "cancel", job=job_id)
    assert "nothing left to cancel" in whispers(ada)[-1]
    await ada.command("studio", "cancel", job="nonsense")
    assert "I do not know this request" in whispers(ada)[-1]


@pytest.mark.long
async def test_cancel_suggests_ones_own_requests(parts: Parts, ada: Member) -> None:
    job_id = await begin(ada, "a brown cat")
    outcome = await ada.autocomplete("studio", "cancel", "job", "")
    assert {"name": f"{job_id} · a brown cat", "value": job_id} in outcome.choices


@pytest.mark.long
async def test_imagine_suggests_the_models(parts: Parts, ada: Member) -> None:
    outcome = await ada.autocomplete("studio", "imagine", "model", "dem", prompt="x")
    assert [choice["value"] for choice in outcome.choices] == ["demo"]
