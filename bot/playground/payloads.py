"""What INTERACTION_CREATE carries: everything that Discord tells the bot about who did what, where."""

from __future__ import annotations

from bot.playground.cdn import Cdn
from bot.playground.interactions import Interaction, InteractionType
from bot.playground.permissions import permissions_in
from bot.playground.render import channel_json, member_json, role_json, user_json
from bot.playground.render_messages import attachment_json, message_json
from bot.playground.wire import Json
from bot.playground.world import Attachment, Channel, Message, Role, User, World

GUILD_CONTEXT, BOT_DM_CONTEXT = 0, 1


def interaction_payload(interaction: Interaction, world: World, cdn: Cdn) -> Json:
    """The whole payload for the gateway."""
    application, channel = world.application, interaction.channel
    payload: Json = {
        "id": str(interaction.id),
        "application_id": str(application.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": _channel(channel, interaction.user, world),
        "locale": interaction.user.locale,
        "app_permissions": str(permissions_in(world.guild, application.bot, channel)),
        "attachment_size_limit": application.attachment_size_limit,
        "entitlements": [],
        "authorizing_integration_owners": integration_owners(channel),
        "context": context_of(channel),
    }
    if interaction.source is not None:
        payload["message"] = message_json(interaction.source, cdn, application.bot)
    return payload | _actor(interaction.user, channel, world)


def context_of(channel: Channel) -> int:
    return BOT_DM_CONTEXT if channel.guild_id is None else GUILD_CONTEXT


def integration_owners(channel: Channel) -> Json:
    """Installed to the guild (key 0); in a direct channel with the bot the owner is written as 0."""
    return {"0": str(channel.guild_id or 0)}


def _actor(user: User, channel: Channel, world: World) -> Json:
    """`member` and the guild in a guild, `user` in a direct channel."""
    guild = world.guild
    if channel.guild_id is None:
        return {"user": user_json(user)}
    member = member_json(guild.members[user.id])
    return {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member | {"permissions": str(permissions_in(guild, user, channel))},
    }


def _channel(channel: Channel, user: User, world: World) -> Json:
    body = channel_json(channel)
    if channel.guild_id is not None:
        body["permissions"] = str(permissions_in(world.guild, user, channel))
    return body


class Resolved:
    """Collects the full objects behind the ids in options and values."""

    def __init__(self, world: World, cdn: Cdn, reader: User, place: Channel) -> None:
        self._world = world
        self._cdn = cdn
        self._reader = reader
        self._place = place
        self.body: Json = {}

    def user(self, user: User) -> None:
        self._put("users", user.id, user_json(user))
        member = self._world.guild.members.get(user.id)
        if member is not None:
            partial = {k: v for k, v in member_json(member).items() if k not in {"user", "deaf", "mute"}}
            permissions = permissions_in(self._world.guild, user, self._place)
            self._put("members", user.id, partial | {"permissions": str(permissions)})

    def role(self, role: Role) -> None:
        self._put("roles", role.id, role_json(role))

    def channel(self, channel: Channel) -> None:
        self._put("channels", channel.id, _channel(channel, self._reader, self._world))

    def message(self, message: Message) -> None:
        bot = self._world.application.bot
        self._put("messages", message.id, message_json(message, self._cdn, bot))

    def attachment(self, attachment: Attachment) -> None:
        url = self._cdn.url(attachment, self._world.application.id)
        self._put("attachments", attachment.id, attachment_json(attachment, url))

    def _put(self, kind: str, number: int, body: Json) -> None:
        self.body.setdefault(kind, {})[str(number)] = body


def metadata_json(interaction: Interaction) -> Json:
    """`interaction_metadata` of a message that answers this interaction."""
    body: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "name": interaction.name,
        "user": user_json(interaction.user),
        "authorizing_integration_owners": integration_owners(interaction.channel),
    }
    if interaction.type is InteractionType.COMPONENT and interaction.source is not None:
        body["interacted_message_id"] = str(interaction.source.id)
    if interaction.type is InteractionType.MODAL_SUBMIT and interaction.triggered_by is not None:
        body["triggering_interaction_metadata"] = metadata_json(interaction.triggered_by)
    if interaction.type is InteractionType.COMMAND and interaction.data.get("target_id"):
        kind = "target_user" if interaction.data["type"] == 2 else "target_message_id"
        target = interaction.data["target_id"]
        resolved = interaction.data.get("resolved") or {}
        body[kind] = resolved["users"][target] if kind == "target_user" else target
    return body
