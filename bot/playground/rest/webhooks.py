"""The webhook behind an interaction token: @original, followups, and their edits for fifteen minutes."""

from __future__ import annotations

from bot.playground.core import Core
from bot.playground.errors import Refusal, refuse
from bot.playground.interactions import Interaction
from bot.playground.limits import Rule
from bot.playground.rest.call import NO_CONTENT, Answer, Call, Route
from bot.playground.rest.callbacks import file_names, hide, reply_draft
from bot.playground.rules.messages import check_message
from bot.playground.wire import snowflake_or_none
from bot.playground.world import Message, MessageFlag, MessageType

WEBHOOK_RULE = Rule(5, 2.0)


async def create_followup(core: Core, call: Call) -> Answer:
    """A new message; the first one after a defer takes the place of the loading message instead."""
    interaction = _interaction(core, call)
    original = interaction.original
    if original is not None and original.loading and original.id in original.channel.messages:
        return _edit(core, call, original)
    check_message(call.json, file_names(call))
    message = reply_draft(core, interaction)
    if original is not None:
        message.type, message.reference = MessageType.REPLY, original
    if (call.json.get("flags") or 0) & MessageFlag.EPHEMERAL:
        hide(message, interaction)
    core.board.fill(message, call.json, call.files)
    interaction.messages.add(message.id)
    core.board.post(message)
    return Answer(core.board.json(message))


async def get_message(core: Core, call: Call) -> Answer:
    return Answer(core.board.json(_message(core, call)))


async def edit_message(core: Core, call: Call) -> Answer:
    return _edit(core, call, _message(core, call))


async def delete_message(core: Core, call: Call) -> Answer:
    core.board.delete(_message(core, call))
    return NO_CONTENT


def _edit(core: Core, call: Call, message: Message) -> Answer:
    check_message(call.json, file_names(call), before=message)
    core.board.edit(message, call.json, call.files)
    return Answer(core.board.json(message))


def _interaction(core: Core, call: Call) -> Interaction:
    number = snowflake_or_none(call.path["webhook_id"])
    return core.interactions.by_webhook(number, core.world.application.id, call.path["webhook_token"])


def _message(core: Core, call: Call) -> Message:
    """@original or one of the interaction's own messages, as long as it is there."""
    interaction = _interaction(core, call)
    name = call.path.get("message_id", "@original")
    number = (
        interaction.original.id if name == "@original" and interaction.original else snowflake_or_none(name)
    )
    message = interaction.channel.messages.get(number or 0)
    if interaction.channel.id not in core.world.channels:
        raise refuse(Refusal.UNKNOWN_CHANNEL)
    if message is None or message.id not in interaction.messages:
        raise refuse(Refusal.UNKNOWN_MESSAGE)
    return message


HOOK = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES = [
    Route("POST", HOOK, create_followup, WEBHOOK_RULE, public=True, counts_globally=False),
    *(
        Route(method, f"{HOOK}/messages/{tail}", handler, WEBHOOK_RULE, public=True, counts_globally=False)
        for tail in ("@original", "{message_id}")
        for method, handler in (("GET", get_message), ("PATCH", edit_message), ("DELETE", delete_message))
    ),
]
