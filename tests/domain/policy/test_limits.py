"""What the settings of a place refuse, at the very edge, and what is told then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.domain.job import State
from bot.domain.policy.actors import Action, Actor, Asked, Usage, Venue
from bot.domain.policy.layers import Layer, Rule, Source, resolve
from bot.domain.policy.rules import SETTINGS, AgeRule, Buttons, Rules
from tests.domain.policy.cast import (
    ADA,
    BEN,
    CHANNEL,
    DAY,
    DIRECT,
    GUILD,
    HERE,
    NOW,
    PATRON,
    judged,
    member,
    request,
)

ASKED = Asked(model="demo", pixels=512 * 512, steps=20, count=2, starts_from_picture=False)
DRAWN_ELSEWHERE = frozenset(
    {
        "priority", "safety", "training", "newcomer_account_days", "newcomer_member_days", "words", "names",
        "timezone",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """A value that refuses the first case, just not the second, and what is said."""

    setting: str
    value: Any
    beyond: dict[str, Any]
    within: dict[str, Any]
    said: str
    owner_passes: bool = True


def new(**facts: int) -> dict[str, Actor]:
    return {"actor": member(**facts)}


def used(**amounts: int) -> dict[str, Usage]:
    return {"usage": Usage(**amounts)}  # type: ignore[arg-type]


def wants(**changes: Any) -> dict[str, Asked]:
    return {"asked": replace(ASKED, **changes)}


EDGES = [
    Edge("enabled", False, {}, {"action": Action.CANCEL}, "switched off for this server"),
    Edge(
        "actions", frozenset({Action.IMAGINE, Action.UPSCALE}),
        {"action": Action.BLEND}, {"action": Action.IMAGINE},
        "`blend` is not allowed here; what is: `imagine`, `upscale`.",
    ),
    Edge(
        "age_restricted", AgeRule.REQUIRED,
        {}, {"venue": Venue(GUILD, CHANNEL, age_restricted=True)},
        "age-restricted channels only", owner_passes=False,
    ),
    Edge(
        "min_account_days", 3, new(created_at=NOW - 3 * DAY + 1), new(created_at=NOW - 3 * DAY),
        "(days: 3); it is old enough <t:1764008101:R>.",
    ),
    Edge(
        "min_member_days", 2, new(joined_at=NOW - 2 * DAY + 2000), new(joined_at=NOW - 2 * DAY),
        "(days: 2); you may <t:1764008102:R>.",
    ),
    Edge(
        "models", frozenset({"sd15", "paint"}), wants(), wants(model="sd15"),
        "The model `demo` may not be used here; choose one of: `paint`, `sd15`.", owner_passes=False,
    ),
    Edge(
        "max_pixels", 512 * 512, wants(pixels=512 * 512 + 1), wants(), "at most 262,144", owner_passes=False
    ),
    Edge("max_steps", 20, wants(steps=21), wants(), "`--steps 20`", owner_passes=False),
    Edge("max_count", 2, wants(count=3), wants(), "`--count 2`", owner_passes=False),
    Edge("img2img", False, wants(starts_from_picture=True), wants(), "words alone", owner_passes=False),
    Edge(
        "cooldown", 60, used(last_at=NOW - 59_001), used(last_at=NOW - 60_000),
        "you can ask again <t:1764008101:R> (seconds between requests: 60)",
    ),
    Edge(
        "per_hour", 20, used(hour=20), used(hour=19),
        "You have asked for 20 of 20 requests this hour; the next hour begins <t:1764010800:R>.",
    ),
    Edge(
        "gpu_seconds_per_day", 600, used(day_ms=600_000), used(day_ms=599_999),
        "You have used 600 of 600 seconds of the GPU today; the next day begins <t:1764028800:R>.",
    ),
    Edge("queue_cap", 5, used(waiting_of_member=5), used(waiting_of_member=4), "as you may, 5"),
    Edge(
        "newcomer_cap", 5, new(joined_at=NOW) | used(waiting_in_lane=5), used(waiting_in_lane=5),
        "requests of new members wait as may, 5",
    ),
    Edge("guild_cap", 50, used(waiting_in_guild=50), used(waiting_in_guild=49), "wait here as may, 50"),
    Edge(  # the last one, for those who keep order pass it
        "buttons", Buttons.REQUESTER,
        {"action": Action.VARY, "subject": request(), "actor": member(BEN)},
        {"action": Action.VARY, "subject": request()},
        "ask for your own",
    ),
]  # fmt: skip


def test_every_setting_that_refuses_is_tried_here() -> None:
    assert {edge.setting for edge in EDGES} | DRAWN_ELSEWHERE == SETTINGS.keys()


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.setting)
def test_a_setting_refuses_from_its_edge_on_and_says_which_layer_it_is_of(edge: Edge) -> None:
    actor = edge.beyond.get("actor", member())
    rules = resolve(Rules(), [Rule(Layer.GUILD, GUILD, edge.setting, edge.value)], actor, HERE)
    refusal = judged(rules=rules, **edge.beyond)
    assert (refusal.allowed, refusal.setting) == (False, edge.setting)
    assert refusal.source == Source(Layer.GUILD, GUILD)
    assert edge.said in refusal.why
    assert judged(rules=rules, **edge.within).allowed
    assert judged(rules=Rules(), **edge.beyond).allowed


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.setting)
def test_owners_of_the_bot_pass_what_counts_use_but_not_what_a_request_may_ask(edge: Edge) -> None:
    owner = replace(edge.beyond.get("actor", member()), is_owner=True)
    rules = replace(Rules(), **{edge.setting: edge.value})
    assert judged(rules=rules, **(edge.beyond | {"actor": owner})).allowed == edge.owner_passes


@pytest.mark.parametrize("power", ["is_admin", "is_moderator"])
@pytest.mark.parametrize("edge", EDGES[:-1], ids=lambda edge: edge.setting)
def test_admins_and_moderators_see_what_members_see(edge: Edge, power: str) -> None:
    admin = replace(edge.beyond.get("actor", member()), **{power: True})
    rules = replace(Rules(), **{edge.setting: edge.value})
    assert judged(rules=rules, **(edge.beyond | {"actor": admin})).setting == edge.setting


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.setting)
@pytest.mark.parametrize(
    ("action", "state"), [(Action.CANCEL, State.QUEUED), (Action.DELETE, State.DELIVERED)]
)
def test_no_setting_keeps_anybody_from_taking_back(edge: Edge, action: Action, state: State) -> None:
    rules = replace(Rules(), **{edge.setting: edge.value})
    about = edge.beyond | {"action": action, "subject": request(state)}
    about["actor"] = replace(about.get("actor", member()), user_id=ADA)
    assert judged(rules=rules, **about).allowed


@pytest.mark.parametrize(
    ("layer", "target", "whom"),
    [(Layer.GUILD, GUILD, "this server"), (Layer.CHANNEL, CHANNEL, "this channel"),
     (Layer.ROLE, PATRON, "a role of yours"), (Layer.USER, ADA, "you")],
)  # fmt: skip
def test_whoever_may_not_draw_is_told_by_whom_that_is(layer: Layer, target: int, whom: str) -> None:
    rules = resolve(Rules(), [Rule(layer, target, "enabled", False)], member(), HERE)
    refusal = judged(rules=rules)
    assert f"switched off for {whom};" in refusal.why
    assert refusal.source == Source(layer, target)


@pytest.mark.parametrize("action", [Action.BLEND, Action.UPSCALE, Action.VARY, Action.REGION, Action.ZOOM])
def test_a_button_that_needs_a_picture_is_refused_before_it_asks_for_words(action: Action) -> None:
    assert judged(action, Rules(img2img=False), subject=request()).setting == "img2img"
    assert judged(Action.REROLL, Rules(img2img=False), subject=request()).allowed


def test_a_guest_of_whom_discord_does_not_know_when_they_joined_has_joined_now() -> None:
    guest = member(joined_at=None)
    assert judged(rules=Rules(min_member_days=1), actor=guest).setting == "min_member_days"
    assert judged(rules=Rules(), actor=guest).allowed


def test_nobody_is_a_member_of_a_direct_message() -> None:
    stranger = member(joined_at=None, roles=())
    assert judged(rules=Rules(min_member_days=1), actor=stranger, venue=DIRECT).allowed
    assert not judged(rules=Rules(age_restricted=AgeRule.REQUIRED), actor=stranger, venue=DIRECT).allowed


def test_the_hour_and_the_day_are_those_of_the_timezone() -> None:
    kathmandu = Rules(per_hour=1, timezone="Asia/Kathmandu")  # 00:00 there
    assert "<t:1764011700:R>" in judged(rules=kathmandu, usage=Usage(hour=1)).why
    tokyo = Rules(gpu_seconds_per_day=1, timezone="Asia/Tokyo")
    assert "<t:1764082800:R>" in judged(rules=tokyo, usage=Usage(day_ms=9000)).why


def test_without_a_cooldown_two_requests_of_one_moment_are_both_taken() -> None:
    """The one that is written first may be the later one."""
    assert judged(rules=Rules(cooldown=0), usage=Usage(last_at=NOW + 5)).allowed


def test_a_grant_is_use_below_zero() -> None:
    assert judged(rules=Rules(per_hour=1, gpu_seconds_per_day=1), usage=Usage(hour=-3, day_ms=-9000)).allowed


def test_what_is_not_asked_yet_is_not_refused() -> None:
    rules = Rules(max_pixels=4096, max_steps=1, max_count=1, per_hour=1, queue_cap=1, models=frozenset({"x"}))
    assert judged(rules=rules).allowed


def test_the_first_reason_is_the_one_that_a_member_must_know_first() -> None:
    rules = Rules(
        enabled=False, actions=frozenset({Action.SHOW}), age_restricted=AgeRule.REQUIRED, min_account_days=9,
        min_member_days=9, max_steps=1, per_hour=1, queue_cap=1, cooldown=9, buttons=Buttons.REQUESTER,
    )  # fmt: skip
    about: dict[str, Any] = {
        "actor": member(BEN, created_at=NOW, joined_at=NOW, present=False),
        "subject": request(State.QUEUED, private=True),
        "blocked_until": None, "asked": ASKED, "usage": Usage(NOW, 1, 0, 1),
    }  # fmt: skip
    cures: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("blocked", {"blocked_until": False}, {}),
        ("no member", {"actor": member(BEN, created_at=NOW, joined_at=NOW)}, {}),
        ("do not know", {"subject": request(State.QUEUED)}, {}),
        ("no pictures yet", {"subject": request()}, {}),
        ("Only the member", {}, {"buttons": Buttons.ANYONE}),
        ("switched off", {}, {"enabled": True}),
        ("not allowed here", {}, {"actions": None}),
        ("age-restricted", {}, {"age_restricted": AgeRule.ANY}),
        ("too young", {"actor": member(BEN, joined_at=NOW)}, {}),
        ("joined too recently", {"actor": member(BEN)}, {}),
        ("Steps: 20", {}, {"max_steps": None}),
        ("a moment ago", {}, {"cooldown": 0}),
        ("this hour", {}, {"per_hour": None}),
        ("requests waiting", {}, {"queue_cap": None}),
    ]
    for said, fact, rule in cures:
        assert said in judged(Action.VARY, rules, **about).why
        about, rules = about | fact, replace(rules, **rule)
    assert judged(Action.VARY, rules, **about).allowed
