"""Who a member is and what a place is, as a bot learns it that is told of no members and not of every channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import discord
import pytest
import pytest_asyncio

from bot.domain.job import Place
from bot.domain.policy.actors import Venue
from bot.errors import PostUncertain
from bot.playground import Playground, Refusal
from bot.playground.errors import ApiError
from bot.playground.faults import Fault, refused, server_error
from bot.playground.permissions import MANAGE_MESSAGES
from bot.playground.render import application_json, channel_json, guild_create_json
from bot.playground.wire import Json
from bot.playground.world import Channel
from bot.ui.roster import DiscordRoster
from tests.playground.conftest import running_bot

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENCE_S = 10.0


class Town:
    """A roster on a real client at a playground."""

    def __init__(self, playground: Playground, client: discord.Client) -> None:
        self.playground, self.client, self.world = playground, client, playground.world
        self.roster = DiscordRoster()
        self.roster.attach(client)
        self.ada = self.world.user_named("ada")

    def place(self, channel: Channel) -> Place:
        return Place(self.world.guild.id, channel.id)

    async def hears(self, event: str, body: Json, seen: Callable[[discord.Guild], bool]) -> None:
        """The client is told so by Discord, and has understood."""
        self.playground.gateway.dispatch(event, body, self.world.guild.id)
        (guild,) = self.client.guilds
        async with asyncio.timeout(PATIENCE_S):
            while not seen(guild):
                await asyncio.sleep(0.01)

    async def forgets(self, channel: Channel) -> None:
        """As a client knows no archived thread, nor a private one."""
        body = channel_json(channel)
        await self.hears("CHANNEL_DELETE", body, lambda guild: guild.get_channel(channel.id) is None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town() -> AsyncIterator[Town]:
    async with Playground() as playground, running_bot(playground) as client:
        await client.wait_until_ready()
        yield Town(playground, client)


async def test_a_channel_that_the_client_does_not_know_is_asked_for(town: Town) -> None:
    channel = town.world.channel_named("after-dark")
    await town.forgets(channel)
    _, venue = await town.roster.look_up(town.ada.id, town.place(channel))
    assert venue == Venue(town.world.guild.id, channel.id, channel.parent_id, age_restricted=True)


@pytest.mark.parametrize("refusal", [Refusal.MISSING_ACCESS, Refusal.UNKNOWN_CHANNEL])
async def test_a_channel_that_nobody_tells_of_is_not_known(town: Town, refusal: Refusal) -> None:
    channel = town.world.channel_named("gallery")
    await town.forgets(channel)
    town.playground.faults.script("GET", f"/channels/{channel.id}", refused(refusal))
    _, venue = await town.roster.look_up(town.ada.id, town.place(channel))
    assert venue == Venue(town.world.guild.id, channel.id, known=False)


async def test_where_discord_fails_the_job_waits(town: Town) -> None:
    place = Place(town.world.guild.id, 1)
    town.playground.faults.script("GET", "/channels/1", server_error(501))
    with pytest.raises(PostUncertain):
        await town.roster.look_up(town.ada.id, place)


async def test_a_server_of_which_discord_has_not_told_yet_says_nothing_of_its_members(town: Town) -> None:
    guild_id, place = town.world.guild.id, town.place(town.world.channel_named("studio"))
    gone = {"id": str(guild_id), "unavailable": True}
    await town.hears("GUILD_DELETE", gone, lambda guild: guild.unavailable)
    with pytest.raises(PostUncertain):
        await town.roster.look_up(town.ada.id, place)
    await town.hears("GUILD_CREATE", guild_create_json(town.world), lambda guild: not guild.unavailable)
    assert (await town.roster.look_up(town.ada.id, place))[0].present


async def test_a_right_in_one_channel_makes_nobody_a_moderator_of_the_server(town: Town) -> None:
    channel, steward = town.world.channel_named("studio"), town.playground.steward
    ben, max_ = town.world.user_named("ben"), town.world.user_named("max")
    steward.set_overwrite(channel, ben, allow=MANAGE_MESSAGES)
    steward.set_overwrite(channel, max_, deny=MANAGE_MESSAGES)
    place = town.place(channel)
    assert not (await town.roster.look_up(ben.id, place))[0].is_moderator
    assert (await town.roster.look_up(max_.id, place))[0].is_moderator


async def test_of_a_team_those_are_owners_who_lead_it(town: Town) -> None:
    names = ("olive", "max", "ada", "ben", "cleo")
    olive, max_, ada, ben, cleo = [town.world.user_named(name) for name in names]
    states = [(max_, "admin", 2), (ada, "developer", 2), (ben, "read_only", 2), (cleo, "admin", 1)]
    members = [
        {
            "user": {"id": str(user.id), "username": user.username, "discriminator": "0", "avatar": None},
            "role": role, "membership_state": state, "team_id": "1", "permissions": ["*"],
        }
        for user, role, state in states
    ]  # fmt: skip
    team = {"id": "1", "icon": None, "name": "Team", "owner_user_id": str(olive.id), "members": members}
    told = ApiError(200, application_json(town.world) | {"team": team})
    town.playground.faults.script("GET", "/oauth2/applications/@me", Fault(error=told))
    await town.roster.learn_owners()
    assert town.roster.owners == {olive.id, max_.id, ada.id}
    await town.roster.learn_owners()
    assert town.roster.owners == {olive.id}
