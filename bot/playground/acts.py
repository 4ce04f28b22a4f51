"""What a member can do: run commands, type into them, press, pick, submit, upload, say, react."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.interactions import Interaction, InteractionType
from bot.playground.modal_input import check_values, submitted_components
from bot.playground.options import OptionReader
from bot.playground.payloads import Resolved, context_of, interaction_payload
from bot.playground.permissions import (
    ADD_REACTIONS,
    ADMINISTRATOR,
    SEND_MESSAGES,
    USE_COMMANDS,
    VIEW_CHANNEL,
    base_permissions,
    permissions_in,
)
from bot.playground.uploads import Upload, as_attachment
from bot.playground.wire import Json, snowflake_or_none
from bot.playground.world import Attachment, Channel, Message, User

CHAT_INPUT, USER_COMMAND, MESSAGE_COMMAND = 1, 2, 3
BUTTON, LINK_STYLE, PREMIUM_STYLE = 2, 5, 6
SELECTS = frozenset({3, 5, 6, 7, 8})


def permitted(command: Json, held: int) -> bool:
    """Whether `default_member_permissions` let someone with these permissions use the command."""
    needed = command.get("default_member_permissions")
    if needed is None or held & ADMINISTRATOR:
        return True
    return int(needed) != 0 and not int(needed) & ~held


class Acts:
    """Acts of members; each raises DeniedError where Discord's own app would not let them."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def run_command(self, user: User, channel: Channel, nonce: str | None, data: Json) -> Interaction:
        """Invoke a slash command or a context menu; `data` is `{id, options?, target_id?}`."""
        command = self._usable_command(user, channel, data)
        body, resolved = self._command_data(command, user, channel)
        if command["type"] == CHAT_INPUT:
            reader = OptionReader(self._core, resolved, partial=False)
            body["options"] = reader.read(command.get("options"), data.get("options"))
        else:
            body["target_id"] = self._target(command, channel, data, resolved)
        begun = self._core.interactions.begin(InteractionType.COMMAND, user, channel, command["name"], nonce)
        return self._send(begun, body, resolved)

    def autocomplete(self, user: User, channel: Channel, nonce: str | None, data: Json) -> Interaction:
        """Ask for suggestions for the option that has `focused`."""
        command = self._usable_command(user, channel, data)
        body, resolved = self._command_data(command, user, channel)
        reader = OptionReader(self._core, resolved, partial=True)
        body["options"] = reader.read(command.get("options"), data.get("options"))
        begun = self._core.interactions.begin(
            InteractionType.AUTOCOMPLETE, user, channel, command["name"], nonce
        )
        return self._send(begun, body, resolved)

    def use_component(self, user: User, message: Message, nonce: str | None, data: Json) -> Interaction:
        """Press a button or pick from a select; `data` is `{custom_id, values?}`."""
        self._see(user, message.channel, message)
        component = message.component(str(data.get("custom_id")))
        if component is None or component["type"] not in {BUTTON, *SELECTS}:
            raise DeniedError("This component is not there any more.")
        if component.get("disabled") or component.get("style") in {LINK_STYLE, PREMIUM_STYLE}:
            raise DeniedError("This component cannot be used.")
        body: Json = {"component_type": component["type"]}
        body |= {key: component[key] for key in ("id", "custom_id")}
        resolved = self._resolved(user, message.channel)
        if component["type"] in SELECTS:
            label = component.get("placeholder") or "Select"
            body["values"] = check_values(self._core, component, label, data.get("values"), resolved)
        name = message.interaction["name"] if message.interaction else ""
        begun = self._core.interactions.begin(InteractionType.COMPONENT, user, message.channel, name, nonce)
        begun.source = message
        return self._send(begun, body, resolved)

    def submit_modal(self, user: User, nonce: str | None, data: Json) -> Interaction:
        """Send the modal that was opened for this member; `data` is `{custom_id, components}`."""
        opened = self._core.modals.get((user.id, str(data.get("custom_id"))))
        if opened is None:
            raise DeniedError("This form is not open any more.")
        opener = opened.opener
        self._see(user, opener.channel)
        resolved = self._resolved(user, opener.channel)
        components = submitted_components(self._core, opened.modal, data.get("components"), resolved)
        body: Json = {"custom_id": opened.modal["custom_id"], "components": components}
        begun = self._core.interactions.begin(
            InteractionType.MODAL_SUBMIT, user, opener.channel, opener.name, nonce
        )
        begun.source, begun.triggered_by = opener.source, opener
        return self._send(begun, body, resolved)

    def upload(self, upload: Upload) -> Attachment:
        """Hand in a file for an option or a modal; at most what the guild allows."""
        limit = self._core.world.application.attachment_size_limit
        if len(upload.data) > limit:
            raise DeniedError(f"Your files are too powerful. Max file size: {limit // 2**20} MiB.")
        attachment = as_attachment(upload, self._core.new_id(), ephemeral=True)
        self._core.uploads[attachment.id] = attachment
        return attachment

    def say(self, user: User, channel: Channel, content: str) -> Message:
        """Write an ordinary message."""
        if SEND_MESSAGES & ~self._held(user, channel):
            raise DeniedError("You do not have permission to send messages in this channel.")
        if not 0 < len(content) <= 2000:
            raise DeniedError("A message has between 1 and 2000 characters.")
        message = self._core.board.draft(channel, user)
        self._core.board.fill(message, {"content": content}, {})
        self._core.board.post(message)
        return message

    def toggle_reaction(self, user: User, message: Message, emoji: str) -> None:
        """Add one's reaction, or take it back."""
        self._see(user, message.channel, message)
        others = message.reactions.get(emoji, [])
        if not others and ADD_REACTIONS & ~self._held(user, message.channel):
            raise DeniedError("You do not have permission to add reactions in this channel.")
        if not emoji or emoji.isascii():
            raise DeniedError("Only Unicode emoji can be used here.")
        self._core.board.react(message, user, emoji, add=user.id not in others)

    def may_list(self, user: User, command: Json) -> bool:
        """Whether the command shows up for this member at all."""
        return permitted(command, base_permissions(self._core.world.guild, user))

    def _held(self, user: User, channel: Channel) -> int:
        return permissions_in(self._core.world.guild, user, channel)

    def _see(self, user: User, channel: Channel, message: Message | None = None) -> None:
        if channel.id not in self._core.world.channels or not self._held(user, channel) & VIEW_CHANNEL:
            raise DeniedError("You do not have access to this channel.")
        if message is not None and message.id not in channel.messages:
            raise DeniedError("This message is not there any more.")
        if message is not None and message.viewer not in {None, user.id}:
            raise DeniedError("You do not see this message.")

    def _usable_command(self, user: User, channel: Channel, data: Json) -> Json:
        """The command, if Discord's app would offer it to this member in this channel."""
        self._see(user, channel)
        command = self._core.world.command(snowflake_or_none(data.get("id")) or 0)
        if command is None or not self._bot_is_in(channel):
            raise DeniedError("This command is outdated, please try again in a few minutes.")
        if command.get("nsfw") and not channel.nsfw:
            raise DeniedError("This command can only be used in age-restricted channels.")
        if channel.guild_id is None:
            self._check_in_dm(command, channel)
            return command
        held = self._held(user, channel)
        if not held & USE_COMMANDS:
            raise DeniedError("You do not have permission to use application commands in this channel.")
        if not permitted(command, held):
            raise DeniedError("You do not have permission to use this command.")
        if command.get("contexts") is not None and context_of(channel) not in command["contexts"]:
            raise DeniedError("This command cannot be used in a server.")
        return command

    def _bot_is_in(self, channel: Channel) -> bool:
        world = self._core.world
        return channel.guild_id is None or world.application.bot.id in world.guild.members

    def _check_in_dm(self, command: Json, channel: Channel) -> None:
        contexts = command.get("contexts")
        allowed = command.get("dm_permission", False) if contexts is None else context_of(channel) in contexts
        if not allowed or command.get("guild_id"):
            raise DeniedError("This command cannot be used in direct messages.")

    def _command_data(self, command: Json, user: User, channel: Channel) -> tuple[Json, Resolved]:
        body: Json = {key: command[key] for key in ("id", "name", "type")}
        if command.get("guild_id"):
            body["guild_id"] = command["guild_id"]
        return body, self._resolved(user, channel)

    def _resolved(self, user: User, channel: Channel) -> Resolved:
        return Resolved(self._core.world, self._core.cdn, user, channel)

    def _target(self, command: Json, channel: Channel, data: Json, resolved: Resolved) -> str:
        target = snowflake_or_none(data.get("target_id")) or 0
        if command["type"] == MESSAGE_COMMAND and target in channel.messages:
            resolved.message(channel.messages[target])
        elif command["type"] == USER_COMMAND and target in self._core.world.users:
            resolved.user(self._core.world.users[target])
        else:
            raise DeniedError("What this command was used on is not there any more.")
        return str(target)

    def _send(self, interaction: Interaction, body: Json, resolved: Resolved) -> Interaction:
        """Give the interaction its data and let the bot know."""
        core = self._core
        interaction.data = body | ({"resolved": resolved.body} if resolved.body else {})
        payload = interaction_payload(interaction, core.world, core.cdn)
        core.gateway.dispatch("INTERACTION_CREATE", payload, interaction.channel.guild_id)
        return interaction
