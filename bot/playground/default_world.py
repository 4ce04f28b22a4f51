"""The place a newcomer finds: a guild with four channels, six people and the bot, ready to paint."""

from __future__ import annotations

from datetime import UTC, datetime

from discord import Permissions

from bot.playground.clock import Clock
from bot.playground.snowflake import SnowflakeFactory, snowflake_at
from bot.playground.world import (
    Application,
    Channel,
    ChannelType,
    Guild,
    GuildMember,
    Message,
    Role,
    User,
    World,
)

DAY = 86_400.0
YEAR = 365 * DAY
FOUNDED = datetime(2021, 3, 14, tzinfo=UTC).timestamp()
LONG_AGO = FOUNDED - YEAR
"""When the accounts were made of those who are of long standing."""
JOINED = FOUNDED + YEAR
"""When they came to the guild, and the bot with them."""
EVERYONE = Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    add_reactions=True,
    use_application_commands=True,
    external_emojis=True,
)
MODERATOR = Permissions(
    kick_members=True,
    ban_members=True,
    manage_guild=True,
    manage_channels=True,
    manage_messages=True,
    moderate_members=True,
    mention_everyone=True,
    view_audit_log=True,
)
CHANNELS = (
    ("welcome", "Say hello. The pictures are made next door.", False),
    ("studio", "Type / and tell Atelier what to paint.", False),
    ("gallery", "The ones worth keeping.", False),
    ("after-dark", "Age-restricted: for grown-ups only.", True),
)
PEOPLE = (
    ("olive", "Olive", "#e07a5f", "Server owner"),
    ("max", "Max", "#3d7ea6", "Moderator"),
    ("ada", "Ada", "#81b29a", "Member"),
    ("ben", "Ben", "#f2a541", "Member"),
    ("cleo", "Cleo", "#b084cc", "Member"),
    ("nell", "Nell", "#ef6f9c", "Joined a minute ago"),
)
GREETING = (
    "Welcome to the **Atelier Playground**: a Discord that lives on your own machine. "
    "Go to #studio, type `/imagine` and describe a picture. Switch members to see what others see."
)


def default_world(clock: Clock, new_id: SnowflakeFactory, token: str) -> World:
    """Build it; ids are the same at every start, except for the newcomer's, whose account is two days old."""
    users = [User(snowflake_at(LONG_AGO, n), *person[:3]) for n, person in enumerate(PEOPLE)]
    users[-1].id = new_id.at(clock.now() - 2 * DAY)
    bot = User(snowflake_at(JOINED), "Atelier", "Atelier", "#d98e04", bot=True)
    application = Application(bot.id, "Atelier", bot, token, owner=users[0])
    world = World(application, _guild(users, bot, clock.now()))
    world.users = {user.id: user for user in [*users, bot]}
    for channel in _channels(world.guild):
        world.channels[channel.id] = channel
    _greet(world.channel_named("welcome"), users[0])
    return world


def _guild(users: list[User], bot: User, now: float) -> Guild:
    guild = Guild(snowflake_at(FOUNDED), "Atelier Playground", users[0].id)
    moderator = Role(snowflake_at(FOUNDED, 1), "Moderator", MODERATOR.value, 2, 0x3D7EA6)
    own = Role(snowflake_at(JOINED, 1), "Atelier", EVERYONE.value, 1, 0xD98E04, managed_by=bot.id)
    for role in (Role(guild.id, "@everyone", EVERYONE.value, 0), moderator, own):
        guild.roles[role.id] = role
    for user, (*_, note) in zip(users, PEOPLE, strict=True):
        roles = {moderator.id} if note == "Moderator" else set()
        joined = now - 60 if user is users[-1] else JOINED
        guild.members[user.id] = GuildMember(user, joined, roles, note)
    guild.members[bot.id] = GuildMember(bot, JOINED, {own.id}, "Bot")
    return guild


def _channels(guild: Guild) -> list[Channel]:
    ids = [snowflake_at(FOUNDED, 10 + n) for n in range(len(CHANNELS) + 1)]
    category = Channel(ids[0], "The house", ChannelType.CATEGORY, position=1, guild_id=guild.id)
    channels = [category]
    for position, (number, (name, topic, nsfw)) in enumerate(zip(ids[1:], CHANNELS, strict=True)):
        parent = None if name == "welcome" else category.id
        channels.append(
            Channel(number, name, ChannelType.TEXT, topic, nsfw, position + (position > 0), parent, guild.id)
        )
    return channels


def _greet(channel: Channel, author: User) -> None:
    message = Message(snowflake_at(FOUNDED, 100), channel, author, FOUNDED, GREETING)
    channel.messages[message.id] = message
