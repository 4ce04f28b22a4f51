"""What a server's administrators and members change while the bot runs: channels, roles, who is there."""

from __future__ import annotations

from collections.abc import Iterable

from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.gateway import NO_INTENT
from bot.playground.render import channel_json, member_json, role_json, user_json
from bot.playground.session import Intent
from bot.playground.wire import Json
from bot.playground.world import Channel, GuildMember, Overwrite, Role, User


class Steward:
    """Each change takes effect at once; the bot hears of it as it would from Discord, by its intents."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def set_overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny permission bits to a role or a member in one channel; both 0 removes it."""
        if allow or deny:
            overwrite = Overwrite(target.id, allow, deny, isinstance(target, User))
            channel.overwrites[target.id] = overwrite
        else:
            channel.overwrites.pop(target.id, None)
        self._announce_channel("CHANNEL_UPDATE", channel)

    def set_age_restricted(self, channel: Channel, nsfw: bool) -> None:
        """Of a channel or a category, which does not pass it on."""
        channel.nsfw = nsfw
        self._announce_channel("CHANNEL_UPDATE", channel)

    def move_channel(self, channel: Channel, category: Channel | None) -> None:
        channel.parent_id = None if category is None else category.id
        self._announce_channel("CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """The channel and all its messages are gone."""
        del self._core.world.channels[channel.id]
        self._announce_channel("CHANNEL_DELETE", channel)

    def create_role(self, name: str, *, permissions: int = 0, position: int | None = None) -> Role:
        """A role that nobody has; without a position it is the highest."""
        roles = self._core.world.guild.roles
        highest = max(each.position for each in roles.values())
        role = Role(self._core.new_id(), name, permissions, highest + 1 if position is None else position)
        roles[role.id] = role
        self._announce_role("GUILD_ROLE_CREATE", role)
        return role

    def set_role(self, role: Role, *, permissions: int | None = None, position: int | None = None) -> None:
        """Change its permission bits, its place among the roles, or both."""
        role.permissions = role.permissions if permissions is None else permissions
        role.position = role.position if position is None else position
        self._announce_role("GUILD_ROLE_UPDATE", role)

    def delete_role(self, role: Role) -> None:
        """Whoever had it has it no more."""
        world = self._core.world
        del world.guild.roles[role.id]
        for member in world.guild.members.values():
            member.roles.discard(role.id)
        for channel in world.guild_channels():
            channel.overwrites.pop(role.id, None)
        body = {"guild_id": str(world.guild.id), "role_id": str(role.id)}
        self._announce("GUILD_ROLE_DELETE", body, Intent.GUILDS)

    def give_role(self, user: User, role: Role) -> None:
        self._core.world.guild.members[user.id].roles.add(role.id)
        self._announce_member("GUILD_MEMBER_UPDATE", user)

    def take_role(self, user: User, role: Role) -> None:
        self._core.world.guild.members[user.id].roles.discard(role.id)
        self._announce_member("GUILD_MEMBER_UPDATE", user)

    def add_member(self, user: User, *, joined: float | None = None, roles: Iterable[Role] = ()) -> None:
        """Somebody joins, now unless `joined` (Unix seconds) says when they did; DeniedError when banned."""
        guild = self._core.world.guild
        if user.id in guild.banned:
            raise DeniedError(f"{user.username} is banned from this server.")
        moment = self._core.clock.now() if joined is None else joined
        guild.members[user.id] = GuildMember(user, moment, {each.id for each in roles})
        self._announce_member("GUILD_MEMBER_ADD", user)

    def remove_member(self, user: User) -> None:
        """Somebody leaves or is kicked; when it is the bot, the guild is gone for it."""
        core, guild = self._core, self._core.world.guild
        del guild.members[user.id]
        if user is core.world.application.bot:
            self._announce("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS)
        else:
            self._announce("GUILD_MEMBER_REMOVE", self._person(user), Intent.GUILD_MEMBERS)

    def ban_member(self, user: User) -> None:
        """Remove a member who cannot join again."""
        self._core.world.guild.banned.add(user.id)
        self._announce("GUILD_BAN_ADD", self._person(user), Intent.GUILD_MODERATION)
        self.remove_member(user)

    def _person(self, user: User) -> Json:
        return {"guild_id": str(self._core.world.guild.id), "user": user_json(user)}

    def _announce_channel(self, event: str, channel: Channel) -> None:
        self._announce(event, channel_json(channel), Intent.GUILDS)

    def _announce_role(self, event: str, role: Role) -> None:
        body = {"guild_id": str(self._core.world.guild.id), "role": role_json(role)}
        self._announce(event, body, Intent.GUILDS)

    def _announce_member(self, event: str, user: User) -> None:
        """Of itself the bot hears in any case, of others only with the intent for members."""
        guild, bot = self._core.world.guild, self._core.world.application.bot
        body = member_json(guild.members[user.id]) | {"guild_id": str(guild.id)}
        self._announce(event, body, NO_INTENT if user is bot else Intent.GUILD_MEMBERS)

    def _announce(self, event: str, body: Json, needs: Intent) -> None:
        self._core.gateway.dispatch(event, body, self._core.world.guild.id, needs)
        self._core.announce_state()
