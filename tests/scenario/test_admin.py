"""/admin: what admins set holds at once and everywhere, is explained and written down, and is theirs alone to set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from discord import Permissions

from bot.domain.job import State
from bot.domain.policy.rules import SETTINGS
from bot.playground import Member
from bot.playground.faults import server_error
from bot.settings import LimitSettings
from tests.scenario.admins import (
    answer,
    ask,
    ask_while_paused,
    channel,
    clean,
    new_admin,
    new_moderator,
    says,
    show_to_all,
    shows,
)
from tests.scenario.conftest import whispers
from tests.scenario.house import House, fill_in, opened, own, shown
from tests.scenario.props import reply

pytestmark = pytest.mark.asyncio(loop_scope="module")
ADMINS_ONLY, MODERATORS_ONLY = "Only admins can do this", "Only moderators can do this"
ADMINS: list[tuple[str, dict[str, Any]]] = [
    ("policy set", {"setting": "max_steps", "value": "30"}), ("policy reset", {"setting": "max_steps"}),
    ("policy reset", {}), ("policy preset", {"name": "open"}), ("quota grant", {"member": "ben", "requests": 1}),
    ("quota reset", {"member": "ben"}), ("queue pause", {}), ("queue drain", {}), ("queue resume", {}),
    ("queue clear", {}), ("queue move", {"job": "abcdefghij", "place": "first"}), ("audit", {}),
]  # fmt: skip
MODERATORS: list[tuple[str, dict[str, Any]]] = [
    ("policy show", {}), ("policy panel", {}), ("policy explain", {"member": "ben"}),
    ("block", {"member": "ben"}), ("timeout", {"member": "ben", "duration": "10m"}),
    ("unblock", {"member": "ben"}), ("blocked", {}), ("quota show", {"member": "ben"}), ("check", {}),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    async with opened(folder, limits=LimitSettings(live_per_member=1, queue_per_member=50)) as house:
        show_to_all(house)
        yield house


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nothing_is_left(house: House) -> AsyncIterator[None]:
    yield
    await clean(house)


@pytest.fixture
def admin(house: House) -> Member:
    return new_admin(house)


@pytest.fixture
def ada(house: House) -> Member:
    return house.newcomer()


def given(house: House, options: dict[str, Any]) -> dict[str, Any]:
    """The member that is named is the user."""
    known = house.playground.world.user_named
    return {name: known(value) if name == "member" else value for name, value in options.items()}


# Whose it is


@pytest.mark.parametrize(("name", "options"), ADMINS + MODERATORS)
async def test_who_has_no_rights_is_told_so_wherever_discord_lets_them(
    house: House, ada: Member, name: str, options: dict[str, Any]
) -> None:
    expected = ADMINS_ONLY if (name, options) in ADMINS else MODERATORS_ONLY
    assert (await says(ada, name, **given(house, options))).startswith(expected)


@pytest.mark.parametrize(("name", "options"), ADMINS)
async def test_moderators_do_not_administer(house: House, name: str, options: dict[str, Any]) -> None:
    assert (await says(new_moderator(house), name, **given(house, options))).startswith(ADMINS_ONLY)


async def test_moderators_block_and_look(house: House) -> None:
    helper = new_moderator(house)
    for name, options in MODERATORS:
        assert "Only " not in await says(helper, name, **given(house, options)), name


async def test_nobody_but_the_bots_owner_blocks_everywhere(house: House, admin: Member, ada: Member) -> None:
    olive = house.playground.member("olive")
    for name in ("block", "unblock"):
        assert "Only the owner" in await says(admin, name, member=ada.user, everywhere=True)
    assert "is blocked for good" in await says(olive, "block", member=ada.user, everywhere=True)
    assert "blocked here for good" in (await ask(ada)).content
    assert "is not blocked here" in await says(admin, "unblock", member=ada.user)
    assert "may draw again" in await says(olive, "unblock", member=ada.user, everywhere=True)


async def test_discord_hides_it_from_those_who_may_not_manage_the_server(house: House) -> None:
    command = house.parts.client.tree.get_command("admin")
    assert command is not None
    assert command.default_permissions == Permissions(manage_guild=True)


# Policy


async def test_a_setting_holds_for_the_next_request(admin: Member, ada: Member) -> None:
    assert "`enabled` is `off`" in await says(admin, "policy set", setting="enabled", value="OFF")
    assert "Drawing is switched off for this server" in (await ask(ada)).content
    assert "taken back: 1" in await says(admin, "policy reset", setting="enabled")
    assert (await ask(ada)).button("Cancel")


async def test_who_may_draw_no_more_still_cancels_and_reports(
    house: House, admin: Member, ada: Member
) -> None:
    message = await ask_while_paused(admin, ada)
    await says(admin, "policy set", setting="enabled", value="off")
    await fill_in(ada, await ada.use_on(message, "Report"), {"reason": "look at it"})
    assert whispers(ada)[-1].startswith("Thank you")
    ada.react(message, "❌")
    await shows(ada, message, "🚫")


async def test_a_setting_holds_for_the_buttons_that_are_there(
    house: House, admin: Member, ada: Member
) -> None:
    message = await house.draw(ada)
    await says(admin, "policy set", setting="actions", value="imagine, show")
    for button in ("🔄", "Vary (Subtle)", "Remix"):
        await ada.click(message, button)
        assert "is not allowed here; what is" in whispers(ada)[-1]


async def test_a_setting_holds_for_a_request_that_waits_already(
    house: House, admin: Member, ada: Member
) -> None:
    message = await ask_while_paused(admin, ada)
    job = await house.job(message)
    await says(admin, "policy set", setting="enabled", value="off", user=ada.user)
    await says(admin, "queue resume")
    assert "switched off for you" in (await shows(ada, message, "⛔")).content
    found = await house.parts.stores.queue.get(job.id)
    assert found is not None
    assert found.state is State.REFUSED


async def test_the_narrower_scope_wins_and_is_named(house: House, admin: Member, ada: Member) -> None:
    role = house.playground.steward.create_role("Guests")
    house.playground.steward.give_role(ada.user, role)
    studio, house_category = channel(house), channel(house, "The house")
    scopes: list[dict[str, Any]] = [
        {}, {"channel": house_category}, {"channel": studio}, {"role": role}, {"user": ada.user},
    ]  # fmt: skip
    mentions = [
        "this server",
        f"<#{house_category.id}>",
        f"<#{studio.id}>",
        f"<@&{role.id}>",
        f"<@{ada.user.id}>",
    ]
    for number, (scope, mention) in enumerate(zip(scopes, mentions, strict=True), 11):
        await says(admin, "policy set", setting="max_steps", value=str(number), **scope)
        assert f"max_steps `{number}` · {mention}" in await says(admin, "policy explain", member=ada.user)
    everything = await says(admin, "policy show")
    positions = [
        everything.index(f"**{mention}**\n- max_steps `{number}`")
        for number, mention in enumerate(mentions, 11)
    ]
    assert positions == sorted(positions)
    assert "`14`" in (text := await says(admin, "policy show", role=role))
    assert "`15`" not in text


async def test_more_than_one_scope_is_none(admin: Member, house: House, ada: Member) -> None:
    both = {"channel": channel(house), "user": ada.user}
    assert "Choose one of" in await says(admin, "policy set", setting="enabled", value="off", **both)
    assert "Nothing is set" in await says(admin, "policy show")


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("speed", "9", "There is no setting `speed`"),
        ("max_steps", "many", "`max_steps` cannot be `many`; choose a whole number"),
        ("models", "nosuch", "There is no model called `nosuch`; there are demo"),
    ],
)
async def test_what_cannot_be_set_is_told_with_what_can(
    admin: Member, setting: str, value: str, sentence: str
) -> None:
    assert sentence in await says(admin, "policy set", setting=setting, value=value)


async def test_a_time_zone_is_the_whole_servers(admin: Member, ada: Member) -> None:
    zone = {"setting": "timezone", "value": "Europe/Berlin"}
    assert "for the whole server" in await says(admin, "policy set", **zone, user=ada.user)
    assert "`Europe/Berlin`" in await says(admin, "policy set", **zone)


async def test_what_the_owner_chose_is_shown_where_nothing_is_set(admin: Member) -> None:
    text = await says(admin, "policy show")
    assert "Nothing is set" in text
    assert "queue_cap `50`" in text
    assert all(name in text for name in SETTINGS)


async def test_a_long_policy_has_pages(house: House, admin: Member) -> None:
    for number in range(20):
        role = house.playground.steward.create_role(f"Role {number}")
        await says(admin, "policy set", setting="max_steps", value=str(number + 1), role=role)
    message = await answer(admin, "policy show")
    first = message.text
    await admin.click(message, "Next")
    assert "max_steps" in message.text
    assert message.text != first
    await admin.click(message, "Back")
    assert message.text == first


async def test_all_is_taken_back_after_a_question(house: House, admin: Member) -> None:
    await says(admin, "policy set", setting="max_steps", value="20")
    await says(admin, "policy set", setting="enabled", value="off", channel=channel(house, "gallery"))
    question = await answer(admin, "policy reset")
    assert "taken back: 1" in question.content
    await admin.click(question, "Never mind")
    assert "max_steps" in await says(admin, "policy show")
    question = await answer(admin, "policy reset", everywhere=True)
    assert "taken back: 2" in question.content
    await admin.click(question, "Take them back")
    assert "Nothing is set" in await says(admin, "policy show")
    assert "nothing to take back" in await says(admin, "policy reset")


async def test_a_preset_shows_what_it_would_change_and_does_it_after_a_yes(admin: Member) -> None:
    question = await answer(admin, "policy preset", name="family")
    assert "- safety `off` → `block`" in question.text
    assert "Nothing is set" in await says(admin, "policy show")
    await admin.click(question, "Set it all")
    assert "**family** holds from now on" in question.content
    assert "- safety `block`" in await says(admin, "policy show")
    assert "holds already" in await says(admin, "policy preset", name="family")


async def test_a_preset_that_breaks_off_has_set_nothing(house: House, admin: Member) -> None:
    question = await answer(admin, "policy preset", name="family")
    await house.write(
        "CREATE TRIGGER broken BEFORE INSERT ON rule WHEN new.setting = 'words' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    await admin.click(question, "Set it all")
    assert "cannot be used: full" in whispers(admin)[-1]
    await house.write("DROP TRIGGER broken")
    assert "Nothing is set" in await says(admin, "policy show")
    line = f"<@{admin.user.id}> · **policy preset** · `family`"
    assert line not in await says(admin, "audit")
    await admin.click(question, "Set it all")
    assert (await says(admin, "audit")).count(line) == 1


async def test_lists_of_any_length_and_words_that_would_do_harm_are_shown(admin: Member) -> None:
    value = ", ".join([f"word{number}" for number in range(600)] + ["@everyone", "`||x||`"])
    assert "`words` is `word0" in await says(admin, "policy set", setting="words", value=value[-5900:])
    for name in ("policy show", "policy panel", "policy explain", "audit"):
        assert "word" in await says(admin, name)


async def test_explain_says_that_somebody_has_left(house: House, admin: Member, ada: Member) -> None:
    house.playground.steward.remove_member(ada.user)
    assert "no member of this server any more" in await says(admin, "policy explain", member=ada.user)


async def test_explain_says_whether_imagine_would_be_taken_and_why_not(
    house: House, admin: Member, ada: Member
) -> None:
    assert "✅ `/imagine` would be taken now." in await says(admin, "policy explain", member=ada.user)
    gallery = channel(house, "gallery")
    await says(admin, "policy set", setting="enabled", value="off", channel=gallery)
    text = await says(admin, "policy explain", member=ada.user, channel=gallery)
    assert "⛔" in text
    assert f"switched off for this channel; an admin can switch it on.\n> — enabled, <#{gallery.id}>" in text
    assert "✅" in await says(admin, "policy explain", member=ada.user)
    await says(admin, "timeout", member=ada.user, duration="2h")
    text = await says(admin, "policy explain", member=ada.user)
    assert "You are blocked here; the block ends" in text
    assert "Blocked; it ends <t:" in text
    await says(admin, "queue drain")
    assert "run empty" in await says(admin, "policy explain")


# Suggestions


async def test_settings_and_their_values_are_suggested(admin: Member) -> None:
    found = await admin.autocomplete("studio", "admin policy set", "setting", "steps")
    assert [choice["value"] for choice in found.choices] == ["max_steps"]
    assert found.choices[0]["name"] == "max_steps · The most denoising steps."
    for name in SETTINGS:
        found = await admin.autocomplete("studio", "admin policy set", "value", "", setting=name)
        assert found.choices, name
    found = await admin.autocomplete("studio", "admin policy set", "value", "768x512", setting="max_pixels")
    assert [(choice["name"], choice["value"]) for choice in found.choices] == [("393216", "768x512")]
    found = await admin.autocomplete("studio", "admin policy set", "value", "berl", setting="timezone")
    assert [choice["value"] for choice in found.choices] == ["Europe/Berlin"]


async def test_waiting_requests_are_suggested_to_those_who_may_know(
    house: House, admin: Member, ada: Member
) -> None:
    job = await house.job(await ask_while_paused(admin, ada))
    found = await admin.autocomplete("studio", "admin queue move", "job")
    assert {"name": f"{job.id} · a red house", "value": job.id} in found.choices
    assert (await ada.autocomplete("studio", "admin queue move", "job")).choices == ()
    await ada.command("studio", "cancel", job="all")


# Members


async def test_a_block_cancels_what_waits_and_lets_nothing_new_in(
    house: House, admin: Member, ada: Member
) -> None:
    message = await ask_while_paused(admin, ada)
    text = await says(admin, "block", member=ada.user, reason="spam")
    assert f"<@{ada.user.id}> is blocked for good" in text
    await shows(ada, message, "🚫")
    assert "blocked here for good" in (await ask(ada)).content
    assert f"- <@{ada.user.id}> · for good · `spam`" in await says(admin, "blocked")
    assert "may draw again" in await says(admin, "unblock", member=ada.user)
    assert "not blocked" in await says(admin, "unblock", member=ada.user)
    assert (await ask(ada)).content.startswith("⏳")
    assert str(ada.user.id) not in await says(admin, "blocked")
    await ada.command("studio", "cancel", job="all")


async def test_nobody_blocks_their_equals_their_betters_or_themselves(house: House, admin: Member) -> None:
    helper, olive = new_moderator(house), house.playground.member("olive")
    refused = [
        (helper, new_moderator(house)),
        (helper, admin),
        (helper, olive),
        (admin, new_admin(house)),
        (admin, olive),
    ]
    for who, whom in refused:
        for name, options in (("block", {}), ("timeout", {"duration": "10m"})):
            assert "You cannot block who keeps order" in await says(who, name, member=whom.user, **options)
    for who in (helper, admin, olive):
        assert "cannot block yourself" in await says(who, "block", member=who.user)
    blocked = await says(admin, "blocked")
    assert not any(str(member.user.id) in blocked for pair in refused for member in pair)
    for who, whom in ((admin, helper), (olive, admin)):
        assert "is blocked" in await says(who, "timeout", member=whom.user, duration="1m")
        await says(who, "unblock", member=whom.user)


@pytest.mark.parametrize("duration", ["soon", "0m", "53w", "10", "-5m"])
async def test_a_length_of_time_that_is_none_blocks_nobody(admin: Member, ada: Member, duration: str) -> None:
    text = await says(admin, "timeout", member=ada.user, duration=duration)
    assert "is no time" in text or "366 days at most" in text
    assert str(ada.user.id) not in await says(admin, "blocked")


async def test_a_grant_is_one_request_more(house: House, admin: Member, ada: Member) -> None:
    await says(admin, "policy set", setting="per_hour", value="1", user=ada.user)
    await shown(ada, await ask(ada))
    assert "1 of 1 requests this hour" in (await ask(ada)).content
    assert "Requests this hour: 1 / 1;" in await says(admin, "quota show", member=ada.user)
    assert "Requests this hour: 0 / 1;" in await says(admin, "quota grant", member=ada.user, requests=1)
    await shown(ada, await ask(ada))
    assert "1 of 1 requests this hour" in (await ask(ada)).content
    assert "Requests this hour: 0 / 1;" in await says(admin, "quota reset", member=ada.user)
    await shown(ada, await ask(ada))
    assert "such as 5" in await says(admin, "quota grant", member=ada.user)
    text = await says(admin, "quota grant", member=house.newcomer().user, requests=3, seconds=60)
    assert "hour: 0 / ∞;" in text


async def test_a_grant_is_told_where_nobody_can_tell_what_comes_of_it(house: House, admin: Member) -> None:
    nell = house.newcomer().user
    house.playground.faults.script("GET", rf"/guilds/\d+/members/{nell.id}", server_error(501))
    assert await says(admin, "quota grant", member=nell, requests=3) == (
        "🎁 More for this hour and this day: 3 requests, 0 seconds of the GPU."
    )


# Queue


async def test_a_paused_queue_waits_and_a_draining_one_takes_nothing_new(admin: Member, ada: Member) -> None:
    message = await ask_while_paused(admin, ada)
    assert "Nothing of this server is drawn" in await says(admin, "check")
    assert "nothing new is taken" in await says(admin, "queue drain")
    assert "run empty" in (await ask(ada)).content
    await shown(ada, message)
    assert "queue of this server runs" in await says(admin, "queue resume")
    await shown(ada, await ask(ada))


async def test_the_queue_is_cleared_after_a_question(house: House, admin: Member, ada: Member) -> None:
    message = await ask_while_paused(admin, ada)
    question = await answer(admin, "queue clear")
    assert "will be cancelled: 1" in question.content
    await admin.click(question, "Cancel them all")
    assert "were cancelled: 1" in question.content
    assert "A moderator cleared the queue" in (await shows(ada, message, "🚫")).content
    assert "Nothing waits" in await says(admin, "queue clear")


async def test_a_request_is_moved_to_the_front_and_to_the_end(house: House, admin: Member) -> None:
    members = [house.newcomer() for _ in range(3)]
    jobs = [(await house.job(await ask_while_paused(admin, member))).id for member in members]

    async def line() -> list[str]:
        return [job.id for job in await house.parts.stores.queue.queue()]

    assert await line() == jobs
    await says(admin, "queue move", job=jobs[2], place="first")
    assert await line() == [jobs[2], jobs[0], jobs[1]]
    await says(admin, "queue move", job=jobs[2].upper(), place="last")
    assert await line() == jobs
    assert "No such request" in await says(admin, "queue move", job="abcdefghij", place="first")
    await admin.click(await answer(admin, "queue clear"), "Cancel them all")


# What there is to look at


async def test_the_log_has_every_act_the_latest_first(house: House, admin: Member, ada: Member) -> None:
    acts: list[tuple[str, dict[str, Any]]] = [
        ("policy set", {"setting": "max_steps", "value": "20", "channel": channel(house)}),
        ("policy set", {"setting": "max_steps", "value": "10", "user": ada.user}),
        ("policy reset", {"setting": "max_steps", "user": ada.user}),
        ("timeout", {"member": ada.user, "duration": "1d", "reason": "rude"}),
        ("unblock", {"member": ada.user}),
        ("quota grant", {"member": ada.user, "requests": 2, "seconds": 60}),
        ("queue pause", {}),
    ]
    for name, options in acts:
        await says(admin, name, **options)
    message = await answer(admin, "audit")
    lines = message.text.splitlines()
    who, whom = f"<@{admin.user.id}>", f"<@{ada.user.id}>"
    expected = [
        f"{who} · **queue paused**",
        f"{who} · **quota grant** · {whom} · `2 requests, 60 s`",
        f"{who} · **unblock** · {whom}",
        f"{who} · **timeout** · {whom} · `1440 min: rude`",
        f"{who} · **policy reset** · {whom} · `max_steps`",
        f"{who} · **policy set** · {whom} · `max_steps = 10`",
        f"{who} · **policy set** · <#{channel(house).id}> · `max_steps = 20`",
    ]
    for line, text in zip(lines, expected, strict=False):
        assert line.startswith("- <t:")
        assert line.endswith(text)
    await admin.click(message, "Next")
    assert message.text.splitlines()[0] not in lines
    await admin.click(message, "Back")
    assert message.text.splitlines() == lines
    assert "Nothing was done here" in await says(admin, "audit", page=1_000_000)


async def test_the_log_is_looked_through_for_a_member_and_for_an_act(
    house: House, admin: Member, ada: Member
) -> None:
    for number in range(12):
        await says(admin, "timeout", member=ada.user, duration=f"{number + 1}m")
    await says(admin, "unblock", member=ada.user)
    found = await admin.autocomplete("studio", "admin audit", "act", "time")
    assert [choice["value"] for choice in found.choices] == ["timeout"]
    assert (await ada.autocomplete("studio", "admin audit", "act")).choices == ()
    message = await answer(admin, "audit", member=ada.user, act="timeout")
    assert [f"`{number} min`" in message.text for number in (12, 3, 2)] == [True, True, False]
    await admin.click(message, "Next")
    assert len(message.text.splitlines()) == 2
    assert (message.button("Next") or {})["disabled"]
    assert "**unblock**" in (await says(admin, "audit", member=ada.user)).splitlines()[0]
    assert (
        f"<@{ada.user.id}>" in (await says(admin, "audit", member=admin.user, act="unblock")).splitlines()[0]
    )
    assert "Nothing of this kind" in await says(admin, "audit", member=house.newcomer().user)
    assert "choose an act that is offered" in await says(admin, "audit", act="dance" * 30)


async def test_a_check_names_the_missing_permissions_and_where(house: House, admin: Member) -> None:
    assert "every permission that I need" in await says(admin, "check")
    steward, bot = house.playground.steward, house.playground.world.application.bot
    gallery, welcome = channel(house, "gallery"), channel(house, "welcome")
    steward.set_overwrite(gallery, bot, deny=Permissions(attach_files=True, embed_links=True).value)
    steward.set_overwrite(welcome, bot, deny=Permissions(view_channel=True).value)
    text = await says(admin, "check")
    assert f"⚠️ I need **Embed Links**, **Attach Files** in <#{gallery.id}>" in text
    assert f"🙈 I do not see <#{welcome.id}>" in text
    assert str(channel(house).id) not in text
    assert "✅ There is a safety checker, and it works." in text
    steward.set_overwrite(gallery, bot)
    steward.set_overwrite(welcome, bot)
    assert "every permission that I need" in await says(admin, "check")


async def test_requests_that_come_together_have_no_cooldown_between_them(
    house: House, admin: Member, ada: Member
) -> None:
    await says(admin, "policy set", setting="cooldown", value="1h")
    question = reply(await ada.command("studio", "imagine", prompt="a {red, blue} house --steps 2", count=1))
    await ada.click(question, "Draw them all")
    await ada.wait_for(lambda _: len(own(ada)) == 2)
    assert "can ask again" in (await ask(ada)).content
    assert len(await house.jobs(ada)) == 2
