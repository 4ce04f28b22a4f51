"""The rules of a modal: its title, and one to five labels with one input each."""

from __future__ import annotations

from bot.playground.rules.components import check_options, check_select
from bot.playground.rules.form import REQUIRED, Form, Path
from bot.playground.wire import Json

ROW, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 4, 10, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}


def check_modal(modal: Json) -> None:
    """Raise 50035 when Discord would refuse to open this modal; paths start at `data`."""
    form = Form("data")
    form.text(modal.get("custom_id"), ("custom_id",), 1, 100, required=True)
    form.text(modal.get("title"), ("title",), 1, 45, required=True)
    seen: set[str] = set()
    for path, each in form.items(modal.get("components"), ("components",), 1, 5):
        if form.choice(each.get("type"), (*path, "type"), {ROW, TEXT_DISPLAY, LABEL}):
            for input_path, field in _fields(form, path, each):
                _check_field(form, input_path, field, seen)
    form.finish()


def _fields(form: Form, path: Path, component: Json) -> list[tuple[Path, Json]]:
    """The inputs inside one top-level component, each with its path."""
    if component["type"] == TEXT_DISPLAY:
        form.text(component.get("content"), (*path, "content"), 1, 4000, required=True)
        return []
    if component["type"] == ROW:
        rows = form.items(component.get("components"), (*path, "components"), 1, 1)
        return [each for each in rows if form.choice(each[1].get("type"), (*each[0], "type"), {TEXT_INPUT})]
    form.text(component.get("label"), (*path, "label"), 1, 45, required=True)
    form.text(component.get("description"), (*path, "description"), 1, 100)
    field = component.get("component")
    if not isinstance(field, dict):
        form.wrong((*path, "component"), REQUIRED)
        return []
    legal = form.choice(field.get("type"), (*path, "component", "type"), IN_LABEL)
    return [((*path, "component"), field)] if legal else []


def _check_field(form: Form, path: Path, field: Json, seen: set[str]) -> None:
    form.text(field.get("custom_id"), (*path, "custom_id"), 1, 100, required=True)
    if field.get("custom_id") in seen:
        form.wrong((*path, "custom_id"), "Component custom id cannot be duplicated")
    seen.add(str(field.get("custom_id")))
    if field.get("disabled"):
        form.wrong((*path, "disabled"), "Components of a modal cannot be disabled")
    kind = field["type"]
    if kind == TEXT_INPUT:
        _check_text_input(form, path, field)
    elif kind in SELECTS:
        check_select(form, path, field)
    elif kind == FILE_UPLOAD:
        form.whole(field.get("min_values"), (*path, "min_values"), 0, 10)
        form.whole(field.get("max_values"), (*path, "max_values"), 1, 10)
    elif kind == RADIO_GROUP:
        check_options(form, path, field, 2, 10)
    elif kind == CHECKBOX_GROUP:
        check_options(form, path, field, 1, 10)


def _check_text_input(form: Form, path: Path, field: Json) -> None:
    form.choice(field.get("style"), (*path, "style"), {1, 2})
    form.text(field.get("label"), (*path, "label"), 1, 45, required=path[-1] != "component")
    form.text(field.get("value"), (*path, "value"), 0, 4000)
    form.text(field.get("placeholder"), (*path, "placeholder"), 0, 100)
    form.whole(field.get("min_length"), (*path, "min_length"), 0, 4000)
    form.whole(field.get("max_length"), (*path, "max_length"), 1, 4000)
