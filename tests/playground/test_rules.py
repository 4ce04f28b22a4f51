"""What Discord refuses in a body, first of all what its published description does not say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from bot.playground.errors import ApiError
from bot.playground.rules.commands import check_command, check_commands
from bot.playground.rules.messages import check_message
from bot.playground.rules.modals import check_modal
from bot.playground.wire import Json

V2 = 1 << 15
CHOICE = {"name": "A", "value": "a"}


def command(**changes: object) -> Json:
    return {"name": "paint", "description": "Paint"} | changes


def option(name: str = "prompt", **changes: object) -> Json:
    return {"type": 3, "name": name, "description": "What"} | changes


def button(custom_id: str = "go", **changes: object) -> Json:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": custom_id} | changes


def row(*inner: Json) -> Json:
    return {"type": 1, "components": list(inner)}


def label(custom_id: str, **changes: object) -> Json:
    field = {"type": 4, "custom_id": custom_id, "style": 1} | changes
    return {"type": 18, "label": "Label", "component": field}


def modal(*components: Json, **changes: object) -> Json:
    return {"custom_id": "m", "title": "M", "components": list(components)} | changes


def text_display(content: str = "x") -> Json:
    return {"type": 10, "content": content}


def options_of(count: int) -> list[Json]:
    return [{"label": str(n), "value": str(n)} for n in range(count)]


def message(**body: object) -> None:
    check_message(body, {0: "a.png"} if body.pop("file", None) else {})


def error_at(check: Callable[[], None], *path: str) -> str:
    """The sentence that stands at this path of `errors`; fails when the body was accepted."""
    with pytest.raises(ApiError) as refused:
        check()
    assert refused.value.body["code"] == 50035, refused.value.body
    place: Any = refused.value.body["errors"]
    for step in path:
        assert step in place, place
        place = place[step]
    return str(place["_errors"][0]["message"])


def test_a_slash_command_has_no_capital_letter_and_no_space() -> None:
    for bad in ("Paint", "paint it", "a.b", "", "x" * 33):
        error_at(partial(check_command, command(name=bad)), "name")
    for name in ("paint", "malen-2", "рисуй", "วาด", "चित्र"):
        check_command(command(name=name))
    check_command(command(name="Image Info", type=3, description=""))


def test_required_options_come_first() -> None:
    options = [option("style"), option("prompt", required=True)]
    sentence = error_at(lambda: check_commands([command(options=options)]), "0", "options", "1")
    assert "before non-required" in sentence
    check_command(command(options=list(reversed(options))))


def test_a_modal_has_at_most_five_labels() -> None:
    check_modal(modal(*(label(str(n)) for n in range(5))))
    error_at(lambda: check_modal(modal(*(label(str(n)) for n in range(6)))), "data", "components")
    error_at(lambda: check_modal(modal()), "data", "components")


def test_components_v2_excludes_content_and_embeds() -> None:
    shown = [text_display()]
    error_at(lambda: message(flags=V2, components=shown, content="x"), "content")
    error_at(lambda: message(flags=V2, components=shown, embeds=[{"title": "x"}]), "embeds")
    message(flags=V2, components=shown, content=None, embeds=[])


def test_all_embeds_together_hold_six_thousand_characters() -> None:
    long = {"description": "x" * 2990, "footer": {"text": "y" * 10}}
    message(embeds=[long, long])
    error_at(lambda: message(embeds=[long, long, {"title": "z"}]), "embeds")


def test_a_message_without_components_v2_has_at_most_five_rows() -> None:
    message(components=[row(button(str(n))) for n in range(5)])
    error_at(lambda: message(components=[row(button(str(n))) for n in range(6)]), "components")


def test_a_custom_id_occurs_once() -> None:
    error_at(
        lambda: message(components=[row(button(), button())]),
        "components",
        "0",
        "components",
        "1",
        "custom_id",
    )
    error_at(
        lambda: check_modal(modal(label("a"), label("a"))),
        "data",
        "components",
        "1",
        "component",
        "custom_id",
    )
    message(components=[row(button("a"), button("b"))])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"content": "x" * 2001}, ("content",)),
        ({"content": "x", "nonce": "x" * 26}, ("nonce",)),
        ({"embeds": [{"title": "x"}] * 11}, ("embeds",)),
        ({"embeds": [{"title": "x" * 257}]}, ("embeds", "0", "title")),
        ({"embeds": [{"description": "x" * 4097}]}, ("embeds", "0", "description")),
        ({"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]}, ("embeds", "0", "fields")),
        (
            {"embeds": [{"fields": [{"name": "x" * 257, "value": "y"}]}]},
            ("embeds", "0", "fields", "0", "name"),
        ),
        (
            {"embeds": [{"fields": [{"name": "x", "value": "y" * 1025}]}]},
            ("embeds", "0", "fields", "0", "value"),
        ),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, ("embeds", "0", "footer", "text")),
        ({"embeds": [{"author": {"name": "x" * 257}}]}, ("embeds", "0", "author", "name")),
        ({"embeds": [{"image": {}}]}, ("embeds", "0", "image", "url")),
        ({"components": [row(button(emoji="x"))]}, ("components", "0", "components", "0", "emoji")),
        ({"attachments": [{"id": n} for n in range(11)]}, ("attachments",)),
        ({"attachments": [{"id": 5}]}, ("attachments", "0", "id")),
        (
            {"file": 1, "attachments": [{"id": 0, "description": "x" * 1025}]},
            ("attachments", "0", "description"),
        ),
        ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, ("allowed_mentions", "parse", "0")),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, ("allowed_mentions",)),
        ({"content": "x", "allowed_mentions": {"roles": ["1"] * 101}}, ("allowed_mentions", "roles")),
        ({"components": [text_display()]}, ("components", "0", "type")),
        ({"components": [row()]}, ("components", "0", "components")),
        ({"components": [row(*(button(str(n)) for n in range(6)))]}, ("components", "0", "components")),
        ({"components": [row(button("x" * 101))]}, ("components", "0", "components", "0", "custom_id")),
        ({"components": [row(button(label="x" * 81))]}, ("components", "0", "components", "0", "label")),
        ({"components": [row(button(style=9))]}, ("components", "0", "components", "0", "style")),
        ({"components": [row(button(style=5))]}, ("components", "0", "components", "0", "url")),
        (
            {"components": [row({"type": 3, "custom_id": "s", "options": options_of(26)})]},
            ("components", "0", "components", "0", "options"),
        ),
        (
            {"components": [row({"type": 3, "custom_id": "s", "options": [options_of(1)[0]] * 2})]},
            ("components", "0", "components", "0", "options", "1", "value"),
        ),
        ({"flags": V2, "components": [text_display()] * 41}, ("components",)),
        ({"flags": V2, "components": [text_display("x" * 2001)] * 2}, ("components",)),
        (
            {"flags": V2, "components": [{"type": 12, "items": [{"media": {"url": "attachment://no.png"}}]}]},
            ("components", "0", "items", "0", "media", "url"),
        ),
        (
            {"flags": V2, "components": [{"type": 17, "components": [text_display()] * 40}]},
            ("components",),
        ),
    ],
)
def test_a_message_is_refused_where_it_is_wrong(body: Json, path: tuple[str, ...]) -> None:
    error_at(lambda: message(**body), *path)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (command(description=""), ("description",)),
        (command(description="x" * 101), ("description",)),
        (command(type=3, description="not here"), ("description",)),
        (command(options=[option(str(n)) for n in range(26)]), ("options",)),
        (command(options=[option(), option()]), ("options", "1", "name")),
        (command(options=[option("Prompt")]), ("options", "0", "name")),
        (command(options=[option(type=99)]), ("options", "0", "type")),
        (command(options=[option(choices=[CHOICE] * 26)]), ("options", "0", "choices")),
        (command(options=[option(choices=[CHOICE], autocomplete=True)]), ("options", "0", "autocomplete")),
        (
            command(options=[option(choices=[{"name": "x" * 101, "value": "a"}])]),
            ("options", "0", "choices", "0", "name"),
        ),
        (command(options=[option(max_length=6001)]), ("options", "0", "max_length")),
        (command(options=[option(), {"type": 1, "name": "sub", "description": "s"}]), ("options",)),
        (command(contexts=[7]), ("contexts", "0")),
    ],
)
def test_a_command_is_refused_where_it_is_wrong(body: Json, path: tuple[str, ...]) -> None:
    error_at(lambda: check_command(body), *path)


def test_a_command_has_at_most_eight_thousand_characters() -> None:
    choices = [{"name": "n" * 50 + str(n), "value": "v" * 90 + str(n)} for n in range(25)]
    options = [option(f"o{n}", choices=choices) for n in range(3)]
    error_at(lambda: check_commands([command(options=options)]), "0")
    check_command(command(options=options[:2]))


def test_a_name_is_taken_once_in_a_bulk_overwrite() -> None:
    error_at(lambda: check_commands([command(), command()]), "1", "name")
    check_commands([command(), command(type=2, description="")])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (modal(label("a"), title="x" * 46), ("data", "title")),
        (modal(label("a"), custom_id="x" * 101), ("data", "custom_id")),
        (modal(label("a", max_length=4001)), ("data", "components", "0", "component", "max_length")),
        (modal(label("a", placeholder="x" * 101)), ("data", "components", "0", "component", "placeholder")),
        (modal(label("a", type=2)), ("data", "components", "0", "component", "type")),
        (modal(label("a", disabled=True)), ("data", "components", "0", "component", "disabled")),
        (modal(label("a", type=19, max_values=11)), ("data", "components", "0", "component", "max_values")),
        (
            modal(label("a", type=21, options=options_of(1))),
            ("data", "components", "0", "component", "options"),
        ),
        (
            modal(label("a", type=22, options=options_of(11))),
            ("data", "components", "0", "component", "options"),
        ),
        (modal(label("a") | {"label": "x" * 46}), ("data", "components", "0", "label")),
        (modal(label("a") | {"description": "x" * 101}), ("data", "components", "0", "description")),
    ],
)
def test_a_modal_is_refused_where_it_is_wrong(body: Json, path: tuple[str, ...]) -> None:
    error_at(lambda: check_modal(body), *path)


def test_an_empty_message_is_refused_but_an_edit_may_leave_things_out() -> None:
    with pytest.raises(ApiError) as refused:
        message(content="")
    assert refused.value.body["code"] == 50006
