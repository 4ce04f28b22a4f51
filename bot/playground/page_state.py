"""The `state` frame of the page: the guild, its people, the commands, and the messages a member sees."""

from __future__ import annotations

from bot.playground.acts import Acts
from bot.playground.core import Core
from bot.playground.permissions import VIEW_CHANNEL, permissions_in
from bot.playground.render import channel_json, member_state_json, role_json, user_json
from bot.playground.wire import Json
from bot.playground.world import Channel, User

SHOWN_MESSAGES = 100


def state_json(core: Core, acts: Acts, member: User, *, with_messages: bool) -> Json:
    """Everything that the page needs to draw itself for this member."""
    world, guild = core.world, core.world.guild
    channels = visible_channels(core, member)
    direct = [each for each in channels if each.recipient is member]
    people = [each for each in guild.members.values() if not each.user.bot]
    application = world.application
    state: Json = {
        "type": "state",
        "application": {
            "id": str(application.id),
            "name": application.name,
            "bot_user": user_json(application.bot),
        },
        "guild": {
            "id": str(guild.id),
            "name": guild.name,
            "channels": [channel_json(each) for each in channels if each.recipient is None],
            "roles": [role_json(each) for each in guild.roles.values()],
        },
        "dms": [channel_json(each) | {"name": application.name} for each in direct],
        "members": [member_state_json(guild, each) for each in people],
        "commands": [each for each in world.commands() if acts.may_list(member, each)],
        "bot_online": core.gateway.online,
    }
    if with_messages:
        state["messages"] = {str(each.id): _messages(core, each, member) for each in channels}
    return state


def visible_channels(core: Core, member: User) -> list[Channel]:
    """The guild's channels that this member sees, then the direct channel with the bot."""
    world = core.world
    direct = world.dm_with(member)
    channels = [*world.guild_channels(), *([direct] if direct else [])]
    return [each for each in channels if permissions_in(world.guild, member, each) & VIEW_CHANNEL]


def _messages(core: Core, channel: Channel, member: User) -> list[Json]:
    seen = [each for each in channel.messages.values() if each.viewer in {None, member.id}]
    return [core.board.json(each, member) for each in seen[-SHOWN_MESSAGES:]]
