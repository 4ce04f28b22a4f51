"""What a member typed into a modal: checked against the modal that was opened, and resolved for the bot."""

from __future__ import annotations

from typing import Any

from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.payloads import Resolved
from bot.playground.render_components import number
from bot.playground.wire import Json, objects, snowflake_or_none
from bot.playground.world import walk

TEXT_INPUT, STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 4, 3, 5, 6, 7, 8
TEXT_DISPLAY, LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 10, 18, 19, 21, 22, 23
MOST_TEXT = 4000


def submitted_components(core: Core, modal: Json, given: object, resolved: Resolved) -> list[Json]:
    """The components of a MODAL_SUBMIT: the modal's own, each with what the member entered."""
    entered = {each["custom_id"]: each for each in walk(objects(given)) if each.get("custom_id")}
    return [_submitted(core, each, entered, resolved) for each in number(objects(modal.get("components")))]


def _submitted(core: Core, component: Json, entered: dict[str, Json], resolved: Resolved) -> Json:
    place = {"type": component["type"], "id": component["id"]}
    if component["type"] == TEXT_DISPLAY:
        return place
    if component["type"] == LABEL:
        field = component["component"]
        return place | {"component": _field(core, field, component["label"], entered, resolved)}
    fields = [
        _field(core, each, each.get("label", ""), entered, resolved) for each in component["components"]
    ]
    return place | {"components": fields}


def _field(core: Core, field: Json, label: str, entered: dict[str, Json], resolved: Resolved) -> Json:
    answer = entered.get(field["custom_id"], {})
    body = {key: field[key] for key in ("type", "id", "custom_id")}
    if field["type"] == TEXT_INPUT:
        return body | {"value": _text(field, label, answer.get("value", field.get("value", "")))}
    if field["type"] == CHECKBOX:
        return body | {"value": bool(answer.get("value", field.get("default", False)))}
    if field["type"] == RADIO_GROUP:
        return body | {"value": _picked_one(field, label, answer.get("value"))}
    values = answer.get("values", _defaults(field))
    return body | {"values": check_values(core, field, label, values, resolved)}


def _defaults(field: Json) -> list[str]:
    chosen = [each["value"] for each in objects(field.get("options")) if each.get("default")]
    return chosen or [str(each["id"]) for each in objects(field.get("default_values"))]


def _text(field: Json, label: str, value: Any) -> str:
    text = str(value or "")
    if not text and field.get("required", True):
        raise DeniedError(f"{label}: this field is required.")
    low, high = field.get("min_length") or 0, field.get("max_length") or MOST_TEXT
    if text and not low <= len(text) <= high:
        raise DeniedError(f"{label}: between {low} and {high} characters.")
    return text


def _picked_one(field: Json, label: str, value: Any) -> str | None:
    legal = [each["value"] for each in objects(field.get("options"))]
    if value is None and not field.get("required", True):
        return None
    if value not in legal:
        raise DeniedError(f"{label}: choose one of {', '.join(legal)}.")
    return str(value)


def check_values(core: Core, field: Json, label: str, values: Any, resolved: Resolved) -> list[str]:
    """The picked values of a select, a checkbox group or a file upload, resolved where they are ids."""
    picked = [str(each) for each in values] if isinstance(values, list) else []
    needed = 0 if field.get("required") is False and not picked else field.get("min_values", 1)
    if not needed <= len(picked) <= field.get("max_values", 10 if field["type"] == CHECKBOX_GROUP else 1):
        raise DeniedError(
            f"{label}: pick between {field.get('min_values', 1)} and {field.get('max_values', 1)}."
        )
    if field["type"] in {STRING_SELECT, CHECKBOX_GROUP}:
        legal = {each["value"] for each in objects(field.get("options"))}
        if not set(picked) <= legal:
            raise DeniedError(f"{label}: choose from {', '.join(sorted(legal))}.")
        return picked
    for each in picked:
        _resolve(core, field["type"], label, snowflake_or_none(each) or 0, resolved)
    return picked


def _resolve(core: Core, kind: int, label: str, number: int, resolved: Resolved) -> None:
    world = core.world
    if kind in {USER_SELECT, MENTIONABLE_SELECT} and number in world.users:
        resolved.user(world.users[number])
    elif kind in {ROLE_SELECT, MENTIONABLE_SELECT} and number in world.guild.roles:
        resolved.role(world.guild.roles[number])
    elif kind == CHANNEL_SELECT and number in world.channels:
        resolved.channel(world.channels[number])
    elif kind == FILE_UPLOAD and number in core.uploads:
        resolved.attachment(core.uploads[number])
    else:
        raise DeniedError(f"{label}: nothing here has the id {number}.")
