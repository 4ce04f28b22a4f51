"""What exists on the playground's Discord, in memory: people, roles, channels, messages, commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from bot.playground.wire import Json


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    CATEGORY = 4


class MessageType(IntEnum):
    DEFAULT = 0
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    CONTEXT_MENU_COMMAND = 23


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


NO_FLAGS = MessageFlag(0)


@dataclass(eq=False, slots=True)
class User:
    id: int
    username: str
    display_name: str
    color: str = "#5865f2"
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True


@dataclass(eq=False, slots=True)
class Role:
    """`permissions` is Discord's bitset; the role whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    managed_by: int | None = None


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies to a role (or to one member)."""

    target_id: int
    allow: int = 0
    deny: int = 0
    is_member: bool = False


@dataclass(eq=False, slots=True)
class Channel:
    id: int
    name: str
    type: ChannelType = ChannelType.TEXT
    topic: str | None = None
    nsfw: bool = False
    position: int = 0
    parent_id: int | None = None
    guild_id: int | None = None
    recipient: User | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class GuildMember:
    """A user in the guild; `note` says in a word or two who this is, for the page."""

    user: User
    joined_at: float
    roles: set[int] = field(default_factory=set)
    note: str = ""


@dataclass(eq=False, slots=True)
class Attachment:
    """A file as Discord keeps it; width and height in pixels where it is a picture."""

    id: int
    filename: str
    content_type: str
    data: bytes
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False


@dataclass(eq=False, slots=True)
class Message:
    """One message; `viewer` is the only member who sees it when it is ephemeral."""

    id: int
    channel: Channel
    author: User
    created_at: float
    content: str = ""
    type: MessageType = MessageType.DEFAULT
    flags: MessageFlag = NO_FLAGS
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reactions: dict[str, list[int]] = field(default_factory=dict)
    edited_at: float | None = None
    pinned_at: float | None = None
    viewer: int | None = None
    interaction: Json | None = None
    by_webhook: bool = False
    reference: Message | None = None
    nonce: str | None = None
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False

    @property
    def ephemeral(self) -> bool:
        return MessageFlag.EPHEMERAL in self.flags

    @property
    def loading(self) -> bool:
        """Whether it still says that the bot is thinking."""
        return MessageFlag.LOADING in self.flags

    def walk(self) -> Iterator[Json]:
        """Every component, nested ones included, in the order of the page."""
        yield from walk(self.components)

    def component(self, custom_id: str) -> Json | None:
        """The component with this custom_id, if the message has it."""
        return next((each for each in self.walk() if each.get("custom_id") == custom_id), None)

    def button(self, label: str) -> Json | None:
        """The button that shows this label or this emoji, if the message has it."""
        for each in self.walk():
            if each["type"] == 2 and label in {each.get("label"), (each.get("emoji") or {}).get("name")}:
                return each
        return None

    def texts(self) -> Iterator[str]:
        """Every piece of text that a reader sees: content, embeds and text displays."""
        yield self.content
        for embed in self.embeds:
            yield from (str(embed[key]) for key in ("title", "description") if embed.get(key))
            for each in embed.get("fields") or []:
                yield from (each["name"], each["value"])
            yield (embed.get("footer") or {}).get("text", "")
        yield from (each["content"] for each in self.walk() if each["type"] == 10)

    @property
    def text(self) -> str:
        """All its text on lines of their own."""
        return "\n".join(text for text in self.texts() if text)


def walk(components: list[Json]) -> Iterator[Json]:
    """Depth-first through rows, sections, containers and labels."""
    for each in components:
        yield each
        inner = [each[key] for key in ("accessory", "component") if isinstance(each.get(key), dict)]
        yield from walk(list(each.get("components") or []) + inner)


@dataclass(eq=False, slots=True)
class Guild:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, GuildMember] = field(default_factory=dict)
    banned: set[int] = field(default_factory=set)
    locale: str = "en-US"

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]


@dataclass(eq=False, slots=True)
class Application:
    """The bot's application and account, and which privileged intents it was granted."""

    id: int
    name: str
    bot: User
    token: str
    owner: User
    privileged_intents: int = 0
    attachment_size_limit: int = 10 * 1024 * 1024


@dataclass(eq=False, slots=True)
class World:
    """One guild with its channels, the direct channels of its members, and the synced commands."""

    application: Application
    guild: Guild
    channels: dict[int, Channel] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    global_commands: dict[int, Json] = field(default_factory=dict)
    guild_commands: dict[int, Json] = field(default_factory=dict)

    def commands(self) -> list[Json]:
        """Every command that exists in the guild: the global ones and its own."""
        return [*self.global_commands.values(), *self.guild_commands.values()]

    def command(self, command_id: int) -> Json | None:
        return self.global_commands.get(command_id) or self.guild_commands.get(command_id)

    def guild_channels(self) -> list[Channel]:
        """The guild's channels in their order on the page."""
        inside = [each for each in self.channels.values() if each.guild_id is not None]
        return sorted(inside, key=lambda each: (each.position, each.id))

    def channel_named(self, name: str) -> Channel:
        """The guild channel with this name, with or without `#`; KeyError names the existing ones."""
        names = {each.name: each for each in self.guild_channels()}
        if name.removeprefix("#") not in names:
            raise KeyError(f"no channel {name!r}; there are {', '.join(names)}")
        return names[name.removeprefix("#")]

    def role_named(self, name: str) -> Role:
        """The role with this name; KeyError names the existing ones."""
        names = {each.name: each for each in self.guild.roles.values()}
        if name not in names:
            raise KeyError(f"no role {name!r}; there are {', '.join(names)}")
        return names[name]

    def user_named(self, username: str) -> User:
        """The user with this username; KeyError names the existing ones."""
        names = {each.username: each for each in self.users.values()}
        if username not in names:
            raise KeyError(f"no user {username!r}; there are {', '.join(names)}")
        return names[username]

    def dm_with(self, user: User) -> Channel | None:
        """The direct channel between this user and the bot, once someone opened it."""
        return next((each for each in self.channels.values() if each.recipient is user), None)

    def message(self, message_id: int) -> Message | None:
        """A message by id alone, wherever it is."""
        return next(
            (each.messages[message_id] for each in self.channels.values() if message_id in each.messages),
            None,
        )
