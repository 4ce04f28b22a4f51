"""Who is in the guild, since when and with which roles: what a bot without the members intent can find out."""

from __future__ import annotations

from datetime import UTC, datetime

import discord
import pytest

from bot.playground import DeniedError, Playground
from bot.playground.default_world import DAY
from bot.playground.permissions import MANAGE_MESSAGES
from bot.playground.session import Intent
from tests.playground.gateway_client import identify, raw_client
from tests.playground.rest_client import RestClient
from tests.playground.studio_bot import StudioBot
from tests.playground.test_steward import heard


def guild_of(bot: StudioBot) -> discord.Guild:
    (guild,) = bot.guilds
    return guild


async def test_a_member_is_fetched_with_the_roles_of_the_moment(
    playground: Playground, bot: StudioBot
) -> None:
    ben = playground.world.user_named("ben")
    patron = playground.steward.create_role("Patron", position=1)
    await bot.wait_for("guild_role_create", timeout=10)
    for role in (patron, playground.world.role_named("Moderator")):
        playground.steward.give_role(ben, role)
    member = await guild_of(bot).fetch_member(ben.id)
    assert [role.name for role in member.roles] == ["@everyone", "Patron", "Moderator"], "the highest is last"
    assert member.guild_permissions.manage_messages
    assert guild_of(bot).get_member(ben.id) is None, "nothing is known of members that are not asked for"


@pytest.mark.parametrize("leave", ["remove_member", "ban_member"])
async def test_somebody_who_left_is_unknown_and_can_do_nothing_more(
    playground: Playground, bot: StudioBot, leave: str
) -> None:
    ben = playground.member("ben")
    modal = (await ben.command("studio", "tweak")).modal
    getattr(playground.steward, leave)(ben.user)
    with pytest.raises(discord.NotFound) as caught:
        await guild_of(bot).fetch_member(ben.user.id)
    assert caught.value.code == 10007
    with pytest.raises(DeniedError, match="access"):
        await ben.command("studio", "say", text="x")
    with pytest.raises(DeniedError, match="access"):
        await ben.submit_modal(modal, {"prompt": "x", "style": ["flat"], "aspect": "1:1"})


async def test_an_id_that_is_nobodys_is_an_unknown_user(playground: Playground, rest: RestClient) -> None:
    reply = await rest.call("GET", f"/guilds/{playground.world.guild.id}/members/1")
    assert (reply.status, reply.code) == (404, 10013)


async def test_somebody_who_comes_back_has_no_roles_and_joined_now(
    playground: Playground, bot: StudioBot
) -> None:
    boss, steward = playground.world.user_named("max"), playground.steward
    steward.remove_member(boss)
    playground.clock.advance(DAY)
    steward.add_member(boss)
    member = await guild_of(bot).fetch_member(boss.id)
    assert member.joined_at is not None
    assert abs(member.joined_at.timestamp() - playground.clock.now()) < 60
    assert [role.name for role in member.roles] == ["@everyone"]
    steward.ban_member(boss)
    with pytest.raises(DeniedError, match="banned"):
        steward.add_member(boss)


async def test_a_bot_cannot_write_to_somebody_with_whom_it_shares_no_server(
    playground: Playground, rest: RestClient
) -> None:
    ben = playground.world.user_named("ben")
    channel = (await rest.call("POST", "/users/@me/channels", {"recipient_id": str(ben.id)})).body["id"]
    playground.steward.remove_member(ben)
    assert (await rest.call("POST", f"/channels/{channel}/messages", {"content": "x"})).code == 50278


async def test_an_account_is_as_old_as_its_id_says(playground: Playground, bot: StudioBot) -> None:
    now = playground.clock.now()
    fresh = playground.new_user("fresh", created=now - 3 * DAY, joined=now - DAY, locale="de")
    veteran = playground.new_user("veteran", roles=[playground.world.role_named("Moderator")])
    stranger = playground.new_user("stranger", joined=None)
    member = await guild_of(bot).fetch_member(fresh.id)
    assert member.joined_at is not None
    assert member.created_at.timestamp() == pytest.approx(now - 3 * DAY, abs=1)
    assert member.joined_at.timestamp() == pytest.approx(now - DAY, abs=1)
    member = await guild_of(bot).fetch_member(veteran.id)
    assert member.joined_at is not None
    assert max(member.created_at, member.joined_at) < datetime(2023, 1, 1, tzinfo=UTC)
    assert member.top_role.name == "Moderator"
    with pytest.raises(discord.NotFound):
        await guild_of(bot).fetch_member(stranger.id)
    assert len({user.id for user in playground.world.users.values()}) == 10


async def test_of_the_default_world_only_one_is_new(playground: Playground, bot: StudioBot) -> None:
    now = datetime.now(UTC)
    people = [user for user in playground.world.users.values() if not user.bot]
    ages = {}
    for user in people:
        member = await guild_of(bot).fetch_member(user.id)
        assert member.joined_at is not None
        ages[user.username] = ((now - member.created_at).days, (now - member.joined_at).days)
    assert ages.pop("nell") == (2, 0)
    assert all(min(age) > 1000 for age in ages.values())


async def test_the_application_belongs_to_the_servers_owner(playground: Playground, bot: StudioBot) -> None:
    owner = (await bot.application_info()).owner
    assert (owner.id, owner.name) == (playground.world.user_named("olive").id, "olive")
    assert (await bot.application_info()).team is None
    assert guild_of(bot).owner_id == owner.id


async def test_roles_change_for_the_bot_and_for_what_their_members_may_do(
    playground: Playground, bot: StudioBot
) -> None:
    steward, ben = playground.steward, playground.member("ben")
    patron = steward.create_role("Patron")
    await bot.wait_for("guild_role_create", timeout=10)
    assert patron.position == 3
    steward.give_role(ben.user, patron)
    for bits in (MANAGE_MESSAGES, 0):
        change = lambda bits=bits: steward.set_role(patron, permissions=bits, position=1)  # noqa: E731
        await heard(bot, "guild_role_update", change)
        await ben.command("studio", "say", text="x")
        held = (await bot.interactions.get()).permissions
        assert held.manage_messages is (bits > 0)
    role = guild_of(bot).get_role(patron.id)
    assert role is not None
    assert (role.position, role.permissions.value) == (1, 0)
    await heard(bot, "guild_role_delete", lambda: steward.delete_role(patron))
    assert guild_of(bot).get_role(patron.id) is None
    assert playground.world.guild.members[ben.user.id].roles == set()


async def test_a_channel_is_known_with_its_category_and_its_age_restriction(
    playground: Playground, bot: StudioBot
) -> None:
    house, gallery = (playground.world.channel_named(name) for name in ("The house", "gallery"))
    channel = bot.get_channel(gallery.id)
    assert isinstance(channel, discord.TextChannel)
    assert (channel.category and channel.category.name, channel.is_nsfw()) == ("The house", False)
    await heard(bot, "guild_channel_update", lambda: playground.steward.set_age_restricted(house, True))
    assert channel.category is not None
    assert (channel.category.is_nsfw(), channel.is_nsfw()) == (True, False), "a category passes nothing on"
    await heard(bot, "guild_channel_update", lambda: playground.steward.move_channel(gallery, None))
    assert channel.category is None


@pytest.mark.parametrize(
    ("intents", "expected"),
    [
        (Intent.GUILDS, []),
        (Intent.GUILDS | Intent.GUILD_MODERATION, ["GUILD_BAN_ADD"]),
        (
            Intent.GUILDS | Intent.GUILD_MEMBERS,
            ["GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE"],
        ),
    ],
)
async def test_of_members_a_bot_hears_only_with_its_intents(
    playground: Playground, intents: int, expected: list[str]
) -> None:
    playground.world.application.privileged_intents = Intent.GUILD_MEMBERS
    steward, ben = playground.steward, playground.world.user_named("ben")
    async with raw_client(playground) as client:
        await client.send(2, identify(playground, int(intents)))
        await client.read_until("GUILD_CREATE")
        steward.give_role(ben, playground.world.role_named("Moderator"))
        steward.remove_member(ben)
        steward.add_member(ben)
        steward.ban_member(ben)
        steward.create_role("last")
        heard = await client.read_until("GUILD_ROLE_CREATE")
    assert [payload["t"] for payload in heard[:-1]] == expected
