"""A member's command options: checked as Discord's app checks them, and resolved for the bot."""

from __future__ import annotations

from typing import Any

from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.payloads import Resolved
from bot.playground.wire import Json, objects, snowflake_or_none

SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11


class OptionReader:
    """Reads the options of one invocation; with `partial` (autocomplete) they may be unfinished."""

    def __init__(self, core: Core, resolved: Resolved, *, partial: bool) -> None:
        self._core = core
        self._resolved = resolved
        self._partial = partial

    def read(self, declared: object, given: object) -> list[Json]:
        """The options as the bot gets them; DeniedError names the first that Discord's app would not send."""
        known = {each["name"]: each for each in objects(declared)}
        options = objects(given)
        for each in options:
            if each.get("name") not in known:
                raise DeniedError(
                    f"This command has no option {each.get('name')!r}; it has {', '.join(known)}."
                )
        if not self._partial:
            self._check_required(known, {each["name"] for each in options})
        return [self._one(known[each["name"]], each) for each in options]

    def _check_required(self, known: dict[str, Json], given: set[str]) -> None:
        missing = [name for name, each in known.items() if each.get("required") and name not in given]
        if missing:
            raise DeniedError(f"The option {missing[0]!r} is required.")
        if any(each["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP} for each in known.values()) and not given:
            raise DeniedError(f"Choose one of {', '.join(known)}.")

    def _one(self, declared: Json, given: Json) -> Json:
        option: Json = {"name": declared["name"], "type": declared["type"]}
        if declared["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP}:
            return option | {"options": self.read(declared.get("options"), given.get("options"))}
        if self._partial:
            focused = {"focused": True} if given.get("focused") else {}
            return option | {"value": given.get("value", "")} | focused
        return option | {"value": self._value(declared, given.get("value"))}

    def _value(self, declared: Json, value: Any) -> Any:
        kind = declared["type"]
        if kind in {STRING, INTEGER, NUMBER}:
            return _plain_value(declared, value)
        if kind == BOOLEAN:
            if not isinstance(value, bool):
                raise DeniedError(f"{declared['name']}: true or false, not {value!r}.")
            return value
        return self._entity(declared, snowflake_or_none(value) or 0)

    def _entity(self, declared: Json, number: int) -> str:
        """Put what the id stands for into `resolved`."""
        world, kind = self._core.world, declared["type"]
        if kind in {USER, MENTIONABLE} and number in world.users:
            self._resolved.user(world.users[number])
        elif kind in {ROLE, MENTIONABLE} and number in world.guild.roles:
            self._resolved.role(world.guild.roles[number])
        elif kind == CHANNEL and number in world.channels:
            channel = world.channels[number]
            if channel.type not in (declared.get("channel_types") or [channel.type]):
                raise DeniedError(f"{declared['name']}: not a channel of the right type.")
            self._resolved.channel(channel)
        elif kind == ATTACHMENT and number in self._core.uploads:
            self._resolved.attachment(self._core.uploads[number])
        else:
            raise DeniedError(f"{declared['name']}: nothing here has the id {number}.")
        return str(number)


def _plain_value(declared: Json, value: Any) -> Any:
    """A string or a number within the bounds and choices that the command declares."""
    name, kind = declared["name"], declared["type"]
    legal = {STRING: str, INTEGER: int, NUMBER: (int, float)}[kind]
    if not isinstance(value, legal) or isinstance(value, bool):  # type: ignore[arg-type]
        raise DeniedError(f"{name}: {value!r} is not a {'text' if kind == STRING else 'number'}.")
    choices = [each["value"] for each in objects(declared.get("choices"))]
    if choices and value not in choices:
        raise DeniedError(f"{name}: choose one of {', '.join(map(str, choices))}.")
    size = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if kind == STRING else ("min_value", "max_value")
    bounds = declared.get(low), declared.get(high, 6000 if kind == STRING else None)
    if bounds[0] is not None and size < bounds[0]:
        raise DeniedError(f"{name}: at least {bounds[0]}{' characters' if kind == STRING else ''}.")
    if bounds[1] is not None and size > bounds[1]:
        raise DeniedError(f"{name}: at most {bounds[1]}{' characters' if kind == STRING else ''}.")
    return value
