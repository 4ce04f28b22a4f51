"""Who may do what, where: members with commands, and the bot with its own rights."""

from __future__ import annotations

import pytest

from bot.playground import DeniedError, Playground
from bot.playground.permissions import (
    ADD_REACTIONS,
    ALL,
    ATTACH_FILES,
    EMBED_LINKS,
    MANAGE_MESSAGES,
    SEND_MESSAGES,
    USE_COMMANDS,
    VIEW_CHANNEL,
    permissions_in,
)
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import PNG, StudioBot


async def test_permissions_come_from_owner_roles_and_overwrites_in_this_order(playground: Playground) -> None:
    world, steward = playground.world, playground.steward
    guild, studio = world.guild, world.channel_named("studio")
    ada, olive, boss = (world.user_named(name) for name in ("ada", "olive", "max"))
    moderator = next(each for each in guild.roles.values() if each.name == "Moderator")
    assert permissions_in(guild, olive, studio) == ALL
    assert not permissions_in(guild, ada, studio) & MANAGE_MESSAGES
    assert permissions_in(guild, boss, studio) & MANAGE_MESSAGES
    steward.set_overwrite(studio, guild.everyone, deny=SEND_MESSAGES)
    steward.set_overwrite(studio, moderator, allow=SEND_MESSAGES)
    assert not permissions_in(guild, ada, studio) & SEND_MESSAGES
    assert permissions_in(guild, boss, studio) & SEND_MESSAGES
    steward.set_overwrite(studio, ada, allow=SEND_MESSAGES)
    assert permissions_in(guild, ada, studio) & SEND_MESSAGES
    steward.set_overwrite(studio, boss, deny=VIEW_CHANNEL)
    assert permissions_in(guild, boss, studio) == 0


@pytest.mark.parametrize(
    ("denied", "body", "files", "code"),
    [
        (VIEW_CHANNEL, {"content": "x"}, None, 50001),
        (SEND_MESSAGES, {"content": "x"}, None, 50013),
        (ATTACH_FILES, {"content": "x"}, {"a.png": PNG}, 50013),
        (EMBED_LINKS, {"embeds": [{"title": "x"}]}, None, 50013),
        (EMBED_LINKS, {"content": "words are fine"}, None, None),
    ],
)
async def test_the_bot_is_refused_what_it_has_no_permission_for(
    playground: Playground,
    rest: RestClient,
    denied: int,
    body: dict[str, object],
    files: dict[str, bytes] | None,
    code: int | None,
) -> None:
    channel, bot = playground.world.channel_named("studio"), playground.world.application.bot
    playground.steward.set_overwrite(channel, bot, deny=denied)
    reply = await rest.call("POST", f"/channels/{channel.id}/messages", body, files)
    assert (reply.status, reply.body.get("code")) == ((403, code) if code else (200, None))


async def test_reactions_and_other_peoples_messages_need_their_permissions(
    playground: Playground, rest: RestClient
) -> None:
    channel, bot = playground.world.channel_named("studio"), playground.world.application.bot
    message = playground.member("ada").say("studio", "mine")
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert (await rest.call("DELETE", path)).code == 50013
    assert (await rest.call("PATCH", path, {"content": "x"})).code == 50005
    playground.steward.set_overwrite(channel, bot, deny=ADD_REACTIONS, allow=MANAGE_MESSAGES)
    assert (await rest.call("PUT", f"{path}/reactions/⭐/@me")).code == 50013
    assert (await rest.call("DELETE", path)).status == 204


async def test_a_command_shows_and_works_only_for_those_with_its_default_permissions(
    playground: Playground, bot: StudioBot
) -> None:
    who, where = playground.world.user_named("ben"), playground.world.channel_named("studio")
    role = playground.world.guild.everyone
    with pytest.raises(DeniedError, match="permission"):
        await playground.member("ada").command("studio", "admin policy show", who=who, role=role, where=where)
    assert (
        await playground.member("max").command("studio", "admin policy show", who=who, role=role, where=where)
    ).acknowledged


async def test_default_permissions_zero_is_for_administrators_alone(
    playground: Playground, rest: RestClient
) -> None:
    application = playground.world.application.id
    command = {"name": "secret", "description": "x", "default_member_permissions": "0"}
    await rest.call("PUT", f"/applications/{application}/commands", [command])
    with pytest.raises(DeniedError, match="permission"):
        await playground.member("max").command("studio", "secret")


async def test_an_age_restricted_command_works_only_in_an_age_restricted_channel(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    with pytest.raises(DeniedError, match="age-restricted"):
        await ada.command("studio", "grown_up")
    assert (await ada.command("after-dark", "grown_up")).acknowledged


async def test_a_member_needs_to_see_the_channel_and_to_use_commands(
    playground: Playground, bot: StudioBot
) -> None:
    ada, studio = playground.member("ada"), playground.world.channel_named("studio")
    playground.steward.set_overwrite(studio, ada.user, deny=USE_COMMANDS)
    with pytest.raises(DeniedError, match="application commands"):
        await ada.command("studio", "say", text="x")
    playground.steward.set_overwrite(studio, ada.user, deny=VIEW_CHANNEL)
    with pytest.raises(DeniedError, match="access"):
        await ada.command("studio", "say", text="x")
    assert ada.see("studio") == []


async def test_options_that_discords_app_would_not_send_are_denied(
    playground: Playground, bot: StudioBot
) -> None:
    ada = playground.member("ada")
    for options in (
        {},
        {"prompt": "x", "count": 9},
        {"prompt": "x" * 6001},
        {"prompt": "x", "colour": "red"},
    ):
        with pytest.raises(DeniedError):
            await ada.command("studio", "paint", **options)


async def test_a_deleted_channel_is_unknown(playground: Playground, rest: RestClient, bot: StudioBot) -> None:
    channel = playground.world.channel_named("gallery")
    playground.steward.delete_channel(channel)
    assert (await rest.call("POST", f"/channels/{channel.id}/messages", {"content": "x"})).code == 10003
    with pytest.raises(KeyError, match="studio"):
        playground.world.channel_named("gallery")


async def test_the_token_is_checked(playground: Playground, rest: RestClient) -> None:
    reply = await rest.call("GET", "/users/@me", token="wrong")
    assert (reply.status, reply.code) == (401, 0)
    assert reply.headers["Content-Type"] == "application/json"
    assert (await rest.call("GET", "/no/such/route")).status == 404


async def test_a_member_who_takes_no_direct_messages_gets_none(
    playground: Playground, rest: RestClient
) -> None:
    ada = playground.world.user_named("ada")
    ada.accepts_dms = False
    channel = (await rest.call("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})).body["id"]
    assert (await rest.call("POST", f"/channels/{channel}/messages", {"content": "x"})).code == 50007


async def test_files_above_the_limit_are_too_large(playground: Playground, rest: RestClient) -> None:
    playground.world.application.attachment_size_limit = 1000
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    reply = await rest.call("POST", path, {"content": "x"}, files={"big.png": b"x" * 1001})
    assert (reply.status, reply.code) == (413, 40005)
    assert (await rest.call("POST", path, {"content": "x"}, files={"big.png": b"x" * 1000})).status == 200


async def test_mentions_count_only_as_far_as_they_are_allowed(
    playground: Playground, rest: RestClient
) -> None:
    ada = playground.world.user_named("ada")
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    body = {"content": f"@everyone <@{ada.id}> <@&{playground.world.guild.id}>"}
    open_to_all = (await rest.call("POST", path, body)).body
    assert (open_to_all["mention_everyone"], len(open_to_all["mentions"])) == (True, 1)
    none = (await rest.call("POST", path, body | {"allowed_mentions": {"parse": []}})).body
    assert (none["mention_everyone"], none["mentions"], none["mention_roles"]) == (False, [], [])


async def test_what_is_no_json_is_refused(playground: Playground, rest: RestClient) -> None:
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    assert (await rest.call("POST", path, {"content": "x"}, content_type="text/plain")).code == 50035
    url = playground.endpoints.api + path
    headers = {"Authorization": f"Bot {playground.token}", "Content-Type": "application/json"}
    async with rest.session.post(url, data="{not json", headers=headers) as response:
        assert (await response.json())["code"] == 50109


async def test_a_nonce_is_remembered_for_some_minutes(playground: Playground, rest: RestClient) -> None:
    path = f"/channels/{playground.world.channel_named('studio').id}/messages"
    body = {"content": "x", "nonce": "job-1", "enforce_nonce": True}
    first, second = [(await rest.call("POST", path, body)).body["id"] for _ in range(2)]
    assert first == second
    await rest.call("DELETE", f"{path}/{first}")
    assert (await rest.call("POST", path, body)).code == 10008
    playground.clock.advance(301)
    assert (await rest.call("POST", path, body)).body["id"] != first
