"""The guild: itself, its channels, roles and members."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import Refusal, refuse
from bot.playground.permissions import permissions_in
from bot.playground.render import channel_json, guild_json, member_json, role_json
from bot.playground.rest.call import Answer, Call, Route
from bot.playground.rest.messages import channel_of
from bot.playground.wire import Json, snowflake_or_none
from bot.playground.world import Guild


def _guild(core: Core, call: Call) -> Guild:
    guild = core.world.guild
    if call.id("guild_id") != guild.id:
        raise refuse(Refusal.UNKNOWN_GUILD)
    if core.world.application.bot.id not in guild.members:
        raise refuse(Refusal.MISSING_ACCESS)
    return guild


async def list_own_guilds(core: Core, call: Call) -> Answer:
    guild, bot = core.world.guild, core.world.application.bot
    member = guild.members.get(bot.id)
    if member is None:
        return Answer([])
    held = permissions_in(guild, bot, core.world.guild_channels()[0])
    entry: Json = {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(held),
        "features": [],
    }
    return Answer([entry])


async def get_guild(core: Core, call: Call) -> Answer:
    return Answer(
        guild_json(_guild(core, call)) | {"approximate_member_count": len(core.world.guild.members)}
    )


async def list_channels(core: Core, call: Call) -> Answer:
    _guild(core, call)
    return Answer([channel_json(each) for each in core.world.guild_channels()])


async def get_channel(core: Core, call: Call) -> Answer:
    return Answer(channel_json(channel_of(core, call)))


async def list_roles(core: Core, call: Call) -> Answer:
    return Answer([role_json(each) for each in _guild(core, call).roles.values()])


async def get_member(core: Core, call: Call) -> Answer:
    """10007 for somebody who is not there (any more), 10013 for an id that is nobody's."""
    guild, user_id = _guild(core, call), call.id("user_id")
    if user_id not in core.world.users:
        raise refuse(Refusal.UNKNOWN_USER)
    if user_id not in guild.members:
        raise refuse(Refusal.UNKNOWN_MEMBER)
    return Answer(member_json(guild.members[user_id]))


async def list_members(core: Core, call: Call) -> Answer:
    members = sorted(_guild(core, call).members.values(), key=lambda each: each.user.id)
    after = snowflake_or_none(call.query.get("after", "0")) or 0
    limit = snowflake_or_none(call.query.get("limit", "1")) or 1
    return Answer([member_json(each) for each in members if each.user.id > after][:limit])


ROUTES = [
    Route("GET", "/users/@me/guilds", list_own_guilds),
    Route("GET", "/guilds/{guild_id}", get_guild),
    Route("GET", "/guilds/{guild_id}/channels", list_channels),
    Route("GET", "/guilds/{guild_id}/roles", list_roles),
    Route("GET", "/guilds/{guild_id}/members", list_members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", get_member),
    Route("GET", "/channels/{channel_id}", get_channel),
]
