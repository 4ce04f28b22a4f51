"""What a server's administrators change while the bot runs: channels, permissions, roles, members."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.render import channel_json, member_json
from bot.playground.session import Intent
from bot.playground.world import Channel, Overwrite, Role, User


class Steward:
    """Each change takes effect at once; the bot hears of it as it would from Discord."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def set_overwrite(self, channel: Channel, target: Role | User, *, allow: int = 0, deny: int = 0) -> None:
        """Allow and deny permission bits to a role or a member in one channel; both 0 removes it."""
        if allow or deny:
            overwrite = Overwrite(target.id, allow, deny, isinstance(target, User))
            channel.overwrites[target.id] = overwrite
        else:
            channel.overwrites.pop(target.id, None)
        self._announce("CHANNEL_UPDATE", channel)

    def set_age_restricted(self, channel: Channel, nsfw: bool) -> None:
        channel.nsfw = nsfw
        self._announce("CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """The channel and all its messages are gone."""
        del self._core.world.channels[channel.id]
        self._announce("CHANNEL_DELETE", channel)

    def give_role(self, user: User, role: Role) -> None:
        self._core.world.guild.members[user.id].roles.add(role.id)
        self._announce_member(user)

    def take_role(self, user: User, role: Role) -> None:
        self._core.world.guild.members[user.id].roles.discard(role.id)
        self._announce_member(user)

    def remove_member(self, user: User) -> None:
        """Kick a member; when it is the bot, the guild is gone for it."""
        core, guild = self._core, self._core.world.guild
        del guild.members[user.id]
        if user is core.world.application.bot:
            core.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id, Intent.GUILDS)
        core.announce_state()

    def _announce(self, event: str, channel: Channel) -> None:
        self._core.gateway.dispatch(event, channel_json(channel), channel.guild_id, Intent.GUILDS)
        self._core.announce_state()

    def _announce_member(self, user: User) -> None:
        guild = self._core.world.guild
        if user is self._core.world.application.bot:
            body = member_json(guild.members[user.id]) | {"guild_id": str(guild.id)}
            self._core.gateway.dispatch("GUILD_MEMBER_UPDATE", body, guild.id)
        self._core.announce_state()
