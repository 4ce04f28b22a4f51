"""Posts, edits, deletes and reacts, and tells the bot's gateway and the watching members what happened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from bot.playground.cdn import Cdn
from bot.playground.clock import Clock
from bot.playground.feed import Change, Feed, News
from bot.playground.gateway import Gateway
from bot.playground.mentions import apply_mentions
from bot.playground.permissions import VIEW_CHANNEL, permissions_in
from bot.playground.render import member_json
from bot.playground.render_components import number
from bot.playground.render_messages import message_json
from bot.playground.session import Intent
from bot.playground.snowflake import SnowflakeFactory
from bot.playground.uploads import Upload, as_attachment
from bot.playground.wire import Json, objects
from bot.playground.world import Attachment, Channel, Message, MessageFlag, User, World

BODY_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
LINGERS_S = 60.0  # a page that is told of a file and of its replacement at once still finds both
CONTENT_FIELDS = frozenset({"content", "embeds", "attachments", "components"})
Files = Mapping[int, Upload]


class Board:
    """The only place where messages change."""

    def __init__(
        self, world: World, new_id: SnowflakeFactory, clock: Clock, cdn: Cdn, gateway: Gateway, feed: Feed
    ) -> None:
        self._world = world
        self._new_id = new_id
        self._clock = clock
        self._cdn = cdn
        self._gateway = gateway
        self._feed = feed

    def draft(self, channel: Channel, author: User) -> Message:
        """A message that nobody sees until `post`."""
        return Message(self._new_id(), channel, author, self._clock.now())

    def fill(self, message: Message, body: Json, files: Files) -> None:
        """Write a checked body into a message; what the body leaves out stays as it is."""
        message.attachments = self._attachments(message, body, files)
        if "content" in body:
            message.content = body["content"] or ""
        if "embeds" in body:
            message.embeds = objects(body["embeds"])
        if "components" in body:
            message.components = number(objects(body["components"]))
        message.flags |= MessageFlag(body.get("flags") or 0) & BODY_FLAGS
        apply_mentions(message, self._world, body.get("allowed_mentions"))

    def post(self, message: Message) -> None:
        """Put the message into its channel and tell everyone who sees it."""
        message.channel.messages[message.id] = message
        self._announce("MESSAGE_CREATE", Change.MESSAGE_CREATE, message)

    def edit(self, message: Message, body: Json, files: Files) -> None:
        """Apply a checked body to a posted message."""
        self.fill(message, body, files)
        if message.loading:
            message.flags &= ~MessageFlag.LOADING
        else:
            message.edited_at = self._clock.now()
        self._announce("MESSAGE_UPDATE", Change.MESSAGE_UPDATE, message)

    def delete(self, message: Message) -> None:
        """Take the message and its files away."""
        viewers = self.viewers(message)
        message.channel.messages.pop(message.id, None)
        for attachment in message.attachments:
            self._cdn.forget(attachment)
        place = {"id": str(message.id), "channel_id": str(message.channel.id)}
        self._feed.publish(News(Change.MESSAGE_DELETE, place, message), viewers)
        if not message.ephemeral:
            self._gateway.dispatch("MESSAGE_DELETE", self._in_guild(message, place), *self._scope(message))

    def react(self, message: Message, user: User, emoji: str, *, add: bool) -> None:
        """Add or remove one user's reaction; nothing happens when it is so already."""
        users = message.reactions.get(emoji, [])
        if (user.id in users) is add:
            return
        users = [*users, user.id] if add else [each for each in users if each != user.id]
        message.reactions[emoji] = users
        if not users:
            del message.reactions[emoji]
        self._announce_reaction(message, user, emoji, "ADD" if add else "REMOVE")

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Remove every reaction, or every one with this emoji."""
        for each in [emoji] if emoji is not None else list(message.reactions):
            message.reactions.pop(each, None)
        self._tell(Change.MESSAGE_UPDATE, message)

    def viewers(self, message: Message) -> set[int]:
        """The ids of those who see it: whoever sees the channel, or one member when it is ephemeral."""
        if message.viewer is not None:
            return {message.viewer}
        channel, guild = message.channel, self._world.guild
        if channel.recipient is not None:
            return {channel.recipient.id}
        members = [member.user for member in guild.members.values()]
        return {user.id for user in members if permissions_in(guild, user, channel) & VIEW_CHANNEL}

    def json(self, message: Message, reader: User | None = None) -> Json:
        """The message as the bot (or another reader) gets it."""
        return message_json(message, self._cdn, reader or self._world.application.bot)

    def _attachments(self, message: Message, body: Json, files: Files) -> list[Attachment]:
        listed = {int(each["id"]): each for each in objects(body.get("attachments"))}
        kept = [each for each in message.attachments if "attachments" not in body or each.id in listed]
        for gone in [each for each in message.attachments if each not in kept]:
            self._clock.call_later(LINGERS_S, partial(self._cdn.forget, gone))
        for each in kept:
            if "description" in listed.get(each.id, {}):
                each.description = listed[each.id]["description"]
        return kept + [
            self._attachment(message, file, listed.get(index, {})) for index, file in files.items()
        ]

    def _attachment(self, message: Message, file: Upload, entry: Json) -> Attachment:
        named = Upload(entry.get("filename") or file.filename, file.data, file.content_type)
        attachment = as_attachment(named, self._new_id(), ephemeral=message.ephemeral)
        attachment.description = entry.get("description")
        return attachment

    def _scope(self, message: Message) -> tuple[int | None, Intent]:
        """The guild and the intent under which the bot hears of this message."""
        guild_id = message.channel.guild_id
        return guild_id, Intent.GUILD_MESSAGES if guild_id else Intent.DIRECT_MESSAGES

    def _announce(self, event: str, change: Change, message: Message) -> None:
        self._tell(change, message)
        if message.ephemeral:
            return
        body = self._in_guild(message, self.json(message))
        bot = self._world.application.bot
        open_to_bot = message.channel.guild_id is None or message.author is bot or bot in message.mentions
        hidden = frozenset[str]() if open_to_bot else CONTENT_FIELDS
        self._gateway.dispatch(event, body, *self._scope(message), hidden)

    def _tell(self, change: Change, message: Message) -> None:
        """Tell the watching members; each gets the message as they see it."""
        for viewer in self.viewers(message) & self._feed.watching():
            body = {"message": self.json(message, self._world.users.get(viewer))}
            self._feed.publish(News(change, body, message), {viewer})

    def _announce_reaction(self, message: Message, user: User, emoji: str, verb: str) -> None:
        self._tell(Change.MESSAGE_UPDATE, message)
        guild_id = message.channel.guild_id
        body = {
            "user_id": str(user.id),
            "channel_id": str(message.channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author.id),
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        member = self._world.guild.members.get(user.id)
        if guild_id and member and verb == "ADD":
            body["member"] = member_json(member)
        needs = Intent.GUILD_MESSAGE_REACTIONS if guild_id else Intent.DIRECT_MESSAGE_REACTIONS
        self._gateway.dispatch(f"MESSAGE_REACTION_{verb}", self._in_guild(message, body), guild_id, needs)

    def _in_guild(self, message: Message, body: Json) -> Json:
        """The body of an event, with the guild and the author's membership where there is one."""
        guild_id = message.channel.guild_id
        if guild_id is None:
            return body
        extra: Json = {"guild_id": str(guild_id)}
        member = self._world.guild.members.get(message.author.id)
        if "author" in body and member is not None:
            extra["member"] = {key: value for key, value in member_json(member).items() if key != "user"}
        return body | extra
