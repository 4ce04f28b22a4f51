"""POST /interactions/{id}/{token}/callback: the first answer to an interaction, in all its kinds."""

from __future__ import annotations

from collections.abc import Callable

from bot.playground.core import Core, OpenModal, Status
from bot.playground.errors import Refusal, refuse
from bot.playground.interactions import CallbackType, Interaction, InteractionType, legal_answers
from bot.playground.payloads import metadata_json
from bot.playground.rest.call import NO_CONTENT, Answer, Call, Route
from bot.playground.rules.commands import CHOICES, check_choice
from bot.playground.rules.form import Form
from bot.playground.rules.messages import check_message
from bot.playground.rules.modals import check_modal
from bot.playground.uploads import clean_filename
from bot.playground.wire import Json, is_true, object_or_empty, snowflake_or_none
from bot.playground.world import Message, MessageFlag, MessageType

COMMAND_MESSAGE_TYPES = {1: MessageType.CHAT_INPUT_COMMAND}


async def create_response(core: Core, call: Call) -> Answer:
    """Check and carry out the answer; only one that Discord accepts acknowledges the interaction."""
    number = snowflake_or_none(call.path["interaction_id"])
    interaction = core.interactions.to_acknowledge(number, call.path["interaction_token"])
    form = Form()
    legal = legal_answers(interaction.type, from_message=interaction.source is not None)
    form.choice(call.json.get("type"), ("type",), legal | {CallbackType.PONG})
    form.finish()
    kind = CallbackType(call.json["type"])
    ANSWERS[kind](core, interaction, call)
    core.interactions.acknowledge(interaction, kind)
    if interaction.type is InteractionType.MODAL_SUBMIT:
        core.modals.pop((interaction.user.id, interaction.data["custom_id"]), None)
    _report(core, interaction, kind, call)
    if not is_true(call.query.get("with_response")):
        return NO_CONTENT
    return Answer(_response_json(core, interaction, kind))


def reply_draft(core: Core, interaction: Interaction) -> Message:
    """A message by the bot that answers this interaction, not posted yet."""
    if interaction.channel.id not in core.world.channels:
        raise refuse(Refusal.UNKNOWN_CHANNEL)
    message = core.board.draft(interaction.channel, core.world.application.bot)
    message.by_webhook = True
    message.interaction = metadata_json(interaction)
    if interaction.type is InteractionType.COMMAND:
        kind = interaction.data.get("type", 1)
        message.type = COMMAND_MESSAGE_TYPES.get(kind, MessageType.CONTEXT_MENU_COMMAND)
    elif interaction.source is not None:
        message.type, message.reference = MessageType.REPLY, interaction.source
    return message


def hide(message: Message, interaction: Interaction) -> None:
    """Make a message ephemeral: only the one who started the interaction sees it."""
    message.flags |= MessageFlag.EPHEMERAL
    message.viewer = interaction.user.id


def file_names(call: Call) -> dict[int, str]:
    """The names under which this call's files may be referenced, by their number."""
    return {index: clean_filename(file.filename) for index, file in call.files.items()}


def _data(call: Call) -> Json:
    return object_or_empty(call.json.get("data"))


def _pong(core: Core, interaction: Interaction, call: Call) -> None:
    """Nothing happens."""


def _message(core: Core, interaction: Interaction, call: Call) -> None:
    data = _data(call)
    check_message(data, file_names(call), within=("data",))
    message = reply_draft(core, interaction)
    if (data.get("flags") or 0) & MessageFlag.EPHEMERAL:
        hide(message, interaction)
    core.board.fill(message, data, call.files)
    _post_original(core, interaction, message)


def _deferred_message(core: Core, interaction: Interaction, call: Call) -> None:
    flags = _data(call).get("flags") or 0
    if flags & ~MessageFlag.EPHEMERAL:
        form = Form("data")
        form.wrong(("flags",), "Only EPHEMERAL (64) can be set when deferring")
        form.finish()
    message = reply_draft(core, interaction)
    message.flags |= MessageFlag.LOADING
    if flags:
        hide(message, interaction)
    _post_original(core, interaction, message)


def _post_original(core: Core, interaction: Interaction, message: Message) -> None:
    interaction.original = message
    interaction.messages.add(message.id)
    core.board.post(message)


def _deferred_update(core: Core, interaction: Interaction, call: Call) -> None:
    source = _source(interaction)
    interaction.original = source
    interaction.messages.add(source.id)


def _update(core: Core, interaction: Interaction, call: Call) -> None:
    source = _source(interaction)
    check_message(_data(call), file_names(call), before=source, within=("data",))
    core.board.edit(source, _data(call), call.files)
    interaction.original = source
    interaction.messages.add(source.id)


def _source(interaction: Interaction) -> Message:
    source = interaction.source
    if source is None or source.id not in source.channel.messages:
        raise refuse(Refusal.UNKNOWN_MESSAGE)
    return source


def _autocomplete(core: Core, interaction: Interaction, call: Call) -> None:
    form = Form("data")
    kind = focused_option(interaction.data)["type"]
    for path, choice in form.items(_data(call).get("choices"), ("choices",), 0, CHOICES):
        check_choice(form, path, choice, kind)
    form.finish()


def focused_option(owner: Json) -> Json:
    """The option that the member is typing in, however deep; an empty string option if none."""
    for option in owner.get("options") or []:
        if option.get("focused"):
            return dict(option)
        if option.get("options"):
            return focused_option(option)
    return {"name": "", "type": 3, "value": ""}


def _modal(core: Core, interaction: Interaction, call: Call) -> None:
    modal = _data(call)
    check_modal(modal)
    core.modals[interaction.user.id, modal["custom_id"]] = OpenModal(modal, interaction)


ANSWERS: dict[CallbackType, Callable[[Core, Interaction, Call], None]] = {
    CallbackType.PONG: _pong,
    CallbackType.MESSAGE: _message,
    CallbackType.DEFERRED_MESSAGE: _deferred_message,
    CallbackType.DEFERRED_UPDATE: _deferred_update,
    CallbackType.UPDATE: _update,
    CallbackType.AUTOCOMPLETE: _autocomplete,
    CallbackType.MODAL: _modal,
}


def _report(core: Core, interaction: Interaction, kind: CallbackType, call: Call) -> None:
    if kind is CallbackType.MODAL:
        core.report(interaction, Status.MODAL, modal=_data(call))
    elif kind is CallbackType.AUTOCOMPLETE:
        core.report(interaction, Status.AUTOCOMPLETE, choices=_data(call).get("choices") or [])
    else:
        core.report(interaction, Status.ACKNOWLEDGED)


def _response_json(core: Core, interaction: Interaction, kind: CallbackType) -> Json:
    body: Json = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "channel_id": str(interaction.channel.id),
    }
    if interaction.channel.guild_id:
        body["guild_id"] = str(interaction.channel.guild_id)
    message = interaction.original
    if message is None:
        return {"interaction": body}
    body |= {
        "response_message_id": str(message.id),
        "response_message_loading": message.loading,
        "response_message_ephemeral": message.ephemeral,
    }
    if kind not in {CallbackType.MESSAGE, CallbackType.UPDATE}:
        return {"interaction": body}
    return {"interaction": body, "resource": {"type": int(kind), "message": core.board.json(message)}}


ROUTES = [
    Route(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        create_response,
        rule=None,
        public=True,
        counts_globally=False,
    )
]
