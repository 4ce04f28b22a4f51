"""From a command's name and Python values to the data that Discord's app sends for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.acts import Acts
from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.uploads import Upload
from bot.playground.wire import Json, objects
from bot.playground.world import Attachment, Channel, Role, User

Value = str | int | float | bool | bytes | Upload | Attachment | User | Role | Channel


def find_command(core: Core, name: str, kind: int = 1) -> Json:
    """The command with this name (of a slash command: the first word); DeniedError lists what there is."""
    wanted = name.split(" ")[0] if kind == 1 else name
    commands = [each for each in core.world.commands() if each["type"] == kind]
    for each in commands:
        if each["name"] == wanted:
            return each
    raise DeniedError(
        f"There is no command {wanted!r}; there are {', '.join(each['name'] for each in commands)}."
    )


def command_data(
    core: Core,
    acts: Acts,
    command: Json,
    name: str,
    options: Mapping[str, Value],
    focused: str | None = None,
) -> Json:
    """`{id, name, type, options}` with the options nested under the subcommands that `name` spells out."""
    words = name.split(" ")[1:]
    owner, path = command, []
    for word in words:
        owner = next((each for each in objects(owner.get("options")) if each["name"] == word), {})
        if not owner:
            raise DeniedError(f"/{name} is not a command.")
        path.append(owner)
    kinds = {each["name"]: each["type"] for each in objects(owner.get("options"))}
    given: list[Json] = []
    for key, value in options.items():
        option: Json = {"name": key, "type": kinds.get(key, 3), "value": _value(acts, value)}
        given.append(option | ({"focused": True} if key == focused else {}))
    for each in reversed(path):
        given = [{"name": each["name"], "type": each["type"], "options": given}]
    return {"id": command["id"], "name": command["name"], "type": command["type"], "options": given}


def _value(acts: Acts, value: Value) -> Any:
    """What goes over the wire for a Python value; files are uploaded first."""
    if isinstance(value, bytes):
        value = Upload("image.png", value)
    if isinstance(value, Upload):
        value = acts.upload(value)
    return str(value.id) if isinstance(value, (User, Role, Channel, Attachment)) else value
