"""Messages and reactions of a channel, with the permissions each of them needs."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import Refusal, refuse
from bot.playground.limits import Rule
from bot.playground.permissions import (
    ADD_REACTIONS,
    ATTACH_FILES,
    EMBED_LINKS,
    MANAGE_MESSAGES,
    READ_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
    permissions_in,
)
from bot.playground.render import user_json
from bot.playground.rest.call import NO_CONTENT, Answer, Call, Route
from bot.playground.rest.callbacks import file_names
from bot.playground.rules.form import Form
from bot.playground.rules.messages import check_message
from bot.playground.snowflake import iso
from bot.playground.wire import Json, snowflake_or_none
from bot.playground.world import Channel, ChannelType, Message, MessageType, User

NONCE_REMEMBERED_S = 300.0


def channel_of(core: Core, call: Call, needs: int = 0) -> Channel:
    """The channel of the path; 10003, 50001 without VIEW_CHANNEL, 50013 without what else it needs."""
    channel = core.world.channels.get(call.id("channel_id"))
    if channel is None:
        raise refuse(Refusal.UNKNOWN_CHANNEL)
    held = permissions_in(core.world.guild, core.world.application.bot, channel)
    if not held & VIEW_CHANNEL:
        raise refuse(Refusal.MISSING_ACCESS)
    if needs & ~held:
        raise refuse(Refusal.MISSING_PERMISSIONS)
    return channel


def message_of(core: Core, call: Call, needs: int = 0) -> Message:
    """The message of the path; an ephemeral one cannot be reached here."""
    message = channel_of(core, call, needs).messages.get(call.id("message_id"))
    if message is None or message.ephemeral:
        raise refuse(Refusal.UNKNOWN_MESSAGE)
    return message


def _content_permissions(call: Call) -> int:
    """What a body needs beyond its channel: files need ATTACH_FILES, embeds need EMBED_LINKS."""
    return (ATTACH_FILES if call.files else 0) | (EMBED_LINKS if call.json.get("embeds") else 0)


async def list_messages(core: Core, call: Call) -> Answer:
    """Newest first; `before` and `after` are ids, `limit` is at most 100."""
    channel = channel_of(core, call, READ_HISTORY)
    limit = snowflake_or_none(call.query.get("limit", "50")) or 0
    form = Form()
    form.whole(limit, ("limit",), 1, 100)
    form.finish()
    before, after = (snowflake_or_none(call.query.get(key)) for key in ("before", "after"))
    found = [each for each in channel.messages.values() if not each.ephemeral]
    found = [each for each in found if (not before or each.id < before) and (not after or each.id > after)]
    found.sort(key=lambda each: each.id)
    chosen = found[:limit] if after else found[-limit:]
    return Answer([core.board.json(each) for each in reversed(chosen)])


async def get_message(core: Core, call: Call) -> Answer:
    return Answer(core.board.json(message_of(core, call, READ_HISTORY)))


async def create_message(core: Core, call: Call) -> Answer:
    channel = channel_of(core, call, SEND_MESSAGES | _content_permissions(call))
    if channel.type is ChannelType.CATEGORY:
        raise refuse(Refusal.UNKNOWN_CHANNEL)
    if channel.recipient is not None:
        _check_direct(core, channel.recipient)
    check_message(call.json, file_names(call))
    repeated = _same_nonce(core, channel, call.json)
    if repeated is not None:
        return Answer(core.board.json(repeated))
    message = core.board.draft(channel, core.world.application.bot)
    message.nonce = None if call.json.get("nonce") is None else str(call.json["nonce"])
    _refer(message, channel, call.json)
    core.board.fill(message, call.json, call.files)
    core.board.post(message)
    if message.nonce is not None:
        core.nonces[channel.id, message.nonce] = message
    return Answer(core.board.json(message))


def _check_direct(core: Core, recipient: User) -> None:
    """A bot may write to whom it shares a guild with and who has not closed their direct messages to it."""
    members = core.world.guild.members
    if not {recipient.id, core.world.application.bot.id} <= members.keys():
        raise refuse(Refusal.NO_MUTUAL_GUILDS)
    if not recipient.accepts_dms:
        raise refuse(Refusal.CANNOT_DM)


def _same_nonce(core: Core, channel: Channel, body: Json) -> Message | None:
    """With enforce_nonce: the message that an earlier call made with this nonce (10008 if it is gone)."""
    nonce = body.get("nonce")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    first = core.nonces.get((channel.id, str(nonce)))
    if first is None or first.created_at < core.clock.now() - NONCE_REMEMBERED_S:
        return None
    if first.id not in channel.messages:
        raise refuse(Refusal.UNKNOWN_MESSAGE)
    return first


def _refer(message: Message, channel: Channel, body: Json) -> None:
    """Make it a reply where the body says so."""
    reference = body.get("message_reference")
    if not isinstance(reference, dict):
        return
    target = channel.messages.get(snowflake_or_none(reference.get("message_id")) or 0)
    if target is not None:
        message.type, message.reference = MessageType.REPLY, target
    elif reference.get("fail_if_not_exists", True):
        form = Form()
        form.wrong(("message_reference",), "Unknown message")
        form.finish()


async def edit_message(core: Core, call: Call) -> Answer:
    message = message_of(core, call, _content_permissions(call))
    if message.author is not core.world.application.bot:
        raise refuse(Refusal.NOT_THE_AUTHOR)
    check_message(call.json, file_names(call), before=message)
    core.board.edit(message, call.json, call.files)
    return Answer(core.board.json(message))


async def delete_message(core: Core, call: Call) -> Answer:
    message = message_of(core, call)
    if message.author is not core.world.application.bot:
        message_of(core, call, MANAGE_MESSAGES)
    core.board.delete(message)
    return NO_CONTENT


async def trigger_typing(core: Core, call: Call) -> Answer:
    channel_of(core, call, SEND_MESSAGES)
    return NO_CONTENT


async def add_reaction(core: Core, call: Call) -> Answer:
    message = message_of(core, call, ADD_REACTIONS | READ_HISTORY)
    emoji = call.path["emoji"]
    if emoji.isascii():
        raise refuse(Refusal.UNKNOWN_EMOJI)
    core.board.react(message, core.world.application.bot, emoji, add=True)
    return NO_CONTENT


async def remove_reaction(core: Core, call: Call) -> Answer:
    """The bot's own reaction, or (with MANAGE_MESSAGES) another user's."""
    own = call.path.get("user_id", "@me") == "@me"
    message = message_of(core, call, 0 if own else MANAGE_MESSAGES)
    user = core.world.application.bot if own else core.world.users.get(call.id("user_id"))
    if user is None:
        raise refuse(Refusal.UNKNOWN_USER)
    core.board.react(message, user, call.path["emoji"], add=False)
    return NO_CONTENT


async def list_reactions(core: Core, call: Call) -> Answer:
    users = message_of(core, call).reactions.get(call.path["emoji"], [])
    return Answer([user_json(core.world.users[each]) for each in users])


async def clear_reactions(core: Core, call: Call) -> Answer:
    core.board.clear_reactions(message_of(core, call, MANAGE_MESSAGES), call.path.get("emoji"))
    return NO_CONTENT


async def list_pins(core: Core, call: Call) -> Answer:
    pinned = [each for each in channel_of(core, call).messages.values() if each.pinned_at is not None]
    items = [{"pinned_at": iso(each.pinned_at or 0.0), "message": core.board.json(each)} for each in pinned]
    return Answer({"items": items, "has_more": False})


async def pin_message(core: Core, call: Call) -> Answer:
    message_of(core, call, MANAGE_MESSAGES).pinned_at = core.clock.now()
    return NO_CONTENT


async def unpin_message(core: Core, call: Call) -> Answer:
    message_of(core, call, MANAGE_MESSAGES).pinned_at = None
    return NO_CONTENT


async def bulk_delete(core: Core, call: Call) -> Answer:
    channel = channel_of(core, call, MANAGE_MESSAGES)
    wanted = [snowflake_or_none(each) for each in call.json.get("messages") or []]
    for message in [channel.messages[each] for each in wanted if each in channel.messages]:
        core.board.delete(message)
    return NO_CONTENT


MESSAGES = "/channels/{channel_id}/messages"
ONE = f"{MESSAGES}/{{message_id}}"
PINS = f"{MESSAGES}/pins"
EMOJI = f"{ONE}/reactions/{{emoji}}"
REACTION_RULE = Rule(1, 0.25)
ROUTES = [
    Route("GET", PINS, list_pins),
    Route("PUT", f"{PINS}/{{message_id}}", pin_message),
    Route("DELETE", f"{PINS}/{{message_id}}", unpin_message),
    Route("POST", f"{MESSAGES}/bulk-delete", bulk_delete, Rule(1, 1.0)),
    Route("GET", MESSAGES, list_messages),
    Route("POST", MESSAGES, create_message, Rule(5, 5.0)),
    Route("GET", ONE, get_message),
    Route("PATCH", ONE, edit_message, Rule(5, 5.0)),
    Route("DELETE", ONE, delete_message, Rule(5, 1.0)),
    Route("POST", "/channels/{channel_id}/typing", trigger_typing, Rule(5, 5.0)),
    Route("PUT", f"{EMOJI}/@me", add_reaction, REACTION_RULE),
    Route("DELETE", f"{EMOJI}/@me", remove_reaction, REACTION_RULE),
    Route("DELETE", f"{EMOJI}/{{user_id}}", remove_reaction, REACTION_RULE),
    Route("GET", EMOJI, list_reactions),
    Route("DELETE", EMOJI, clear_reactions, REACTION_RULE),
    Route("DELETE", f"{ONE}/reactions", clear_reactions, REACTION_RULE),
]
