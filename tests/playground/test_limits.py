"""Rate limits: buckets, the global limit, 429, and the ban for ten thousand invalid requests."""

from __future__ import annotations

import asyncio

import pytest

from bot.playground import Clock, Playground
from bot.playground.errors import ApiError
from bot.playground.limits import Limits, Rule
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import StudioBot

EDIT = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original"


def spend(limits: Limits, place: str = "1", *, counts_globally: bool = True) -> dict[str, str]:
    return limits.spend("POST /x", Rule(2, 5.0), place, counts_globally=counts_globally)


def test_a_bucket_counts_down_and_refills_when_its_window_is_over() -> None:
    clock = Clock()
    limits = Limits(clock)
    assert [spend(limits)["X-RateLimit-Remaining"] for _ in range(2)] == ["1", "0"]
    with pytest.raises(ApiError) as refused:
        spend(limits)
    assert refused.value.status == 429
    assert 4 < refused.value.body["retry_after"] <= 5
    assert refused.value.headers["Via"]
    assert refused.value.headers["X-RateLimit-Scope"] == "user"
    assert spend(limits, "2")["X-RateLimit-Remaining"] == "1"


async def test_a_window_ends_by_the_clock() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(2):
        spend(limits)
    clock.advance(5)
    assert spend(limits)["X-RateLimit-Remaining"] == "1"


def test_fifty_requests_a_second_in_all_but_interactions_are_exempt() -> None:
    limits = Limits(Clock())
    for place in range(50):
        spend(limits, str(place))
    with pytest.raises(ApiError) as refused:
        spend(limits, "more")
    assert refused.value.body["global"] is True
    assert refused.value.headers["X-RateLimit-Global"] == "true"
    assert spend(limits, "more", counts_globally=False)


async def test_ten_thousand_invalid_requests_in_ten_minutes_are_a_ban() -> None:
    clock = Clock()
    limits = Limits(clock)
    for _ in range(9_999):
        limits.note_answer(403, {})
    limits.note_answer(429, {"X-RateLimit-Scope": "shared"})
    spend(limits)
    limits.note_answer(401, {})
    with pytest.raises(ApiError) as banned:
        spend(limits, "2")
    assert "Via" not in banned.value.headers
    clock.advance(600)
    assert spend(limits, "2")


async def test_every_answer_carries_its_bucket(playground: Playground, rest: RestClient) -> None:
    channel = playground.world.channel_named("studio")
    path = f"/channels/{channel.id}/messages"
    replies = [await rest.call("POST", path, {"content": str(n)}) for n in range(6)]
    assert [each.status for each in replies] == [200] * 5 + [429]
    assert [each.headers["X-RateLimit-Remaining"] for each in replies] == ["4", "3", "2", "1", "0", "0"]
    assert len({each.headers["X-RateLimit-Bucket"] for each in replies}) == 1
    assert len(channel.messages) == 5


async def test_the_real_client_waits_out_a_429_and_loses_nothing(
    playground: Playground, bot: StudioBot
) -> None:
    playground.limits.overrides[EDIT] = Rule(1, 0.2)
    ada = playground.member("ada")
    await ada.command("studio", "paint", prompt="patience")
    await ada.wait_for(lambda message: message.content == "patience is ready")
    assert len(ada.see("studio")) == 2
    assert bot.errors.empty()


async def test_hundreds_of_interactions_are_no_breach_of_the_global_limit(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    outcomes = await asyncio.gather(*(ada.command("studio", "say", text=str(n)) for n in range(120)))
    assert all(each.acknowledged for each in outcomes)
    assert playground.limits.invalid_requests == 0
