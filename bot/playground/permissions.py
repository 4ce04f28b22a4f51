"""What a member may do in a channel: owner, roles, then the channel's overwrites, as Discord computes it."""

from __future__ import annotations

from discord import Permissions

from bot.playground.world import Channel, Guild, User

VIEW_CHANNEL = Permissions(view_channel=True).value
SEND_MESSAGES = Permissions(send_messages=True).value
EMBED_LINKS = Permissions(embed_links=True).value
ATTACH_FILES = Permissions(attach_files=True).value
READ_HISTORY = Permissions(read_message_history=True).value
ADD_REACTIONS = Permissions(add_reactions=True).value
MANAGE_MESSAGES = Permissions(manage_messages=True).value
USE_COMMANDS = Permissions(use_application_commands=True).value
ADMINISTRATOR = Permissions(administrator=True).value
ALL = Permissions.all().value
IN_DM = Permissions.text().value | VIEW_CHANNEL


def base_permissions(guild: Guild, user: User) -> int:
    """The bitset of a member in the guild at large; nothing for someone who is not in it."""
    member = guild.members.get(user.id)
    if member is None:
        return 0
    if user.id == guild.owner_id:
        return ALL
    bits = guild.everyone.permissions
    for role_id in member.roles & guild.roles.keys():
        bits |= guild.roles[role_id].permissions
    return ALL if bits & ADMINISTRATOR else bits


def permissions_in(guild: Guild, user: User, channel: Channel) -> int:
    """The bitset of a user in this channel (of the guild, or a direct one)."""
    if channel.guild_id is None:
        return IN_DM if user.bot or channel.recipient is user else 0
    bits = base_permissions(guild, user)
    member = guild.members.get(user.id)
    if member is None or bits & ADMINISTRATOR:
        return bits
    bits = _overwritten(bits, channel, {guild.id})
    bits = _overwritten(bits, channel, member.roles)
    bits = _overwritten(bits, channel, {user.id})
    return bits if bits & VIEW_CHANNEL else 0


def _overwritten(bits: int, channel: Channel, targets: set[int]) -> int:
    found = [channel.overwrites[each] for each in targets & channel.overwrites.keys()]
    for each in found:
        bits &= ~each.deny
    for each in found:
        bits |= each.allow
    return bits
