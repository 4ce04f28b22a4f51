"""The rules of application commands: names, options, choices, and the size of one command."""

from __future__ import annotations

import unicodedata

from bot.playground.rules.form import REQUIRED, Form, Path
from bot.playground.wire import Json, objects

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, SUB_COMMAND_GROUP, STRING, INTEGER, CHANNEL, NUMBER, ATTACHMENT = 1, 2, 3, 4, 7, 10, 11
OPTIONS, CHOICES, CHARACTERS = 25, 25, 8000
LIMITS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
EXTRA_BLOCKS = range(0x0900, 0x0980), range(0x0E00, 0x0E80)  # Devanagari and Thai, marks included
CONTEXTS, INSTALLATIONS = {0, 1, 2}, {0, 1}


def check_commands(commands: list[Json]) -> None:
    """A bulk overwrite: every command by itself, no name twice, not too many of a kind."""
    form = Form()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        _check_command(form, (index,), command)
        key = (command.get("type") or CHAT_INPUT, str(command.get("name")))
        if key in seen:
            form.wrong((index, "name"), "Application command names must be unique")
        seen.add(key)
    form.finish()


def check_command(command: Json) -> None:
    """One command; raises 50035."""
    form = Form()
    _check_command(form, (), command)
    form.finish()


def _check_command(form: Form, path: Path, command: Json) -> None:
    kind = command.get("type") or CHAT_INPUT
    if not form.choice(kind, (*path, "type"), LIMITS):
        return
    _check_names(form, path, command, slash=kind == CHAT_INPUT)
    if kind == CHAT_INPUT:
        form.text(command.get("description"), (*path, "description"), 1, 100, required=True)
        _check_options(form, path, command, depth=0)
    else:
        for key in ("description", "options"):
            if command.get(key):
                form.wrong((*path, key), "Context menu commands cannot have this field")
    for key, legal in (("contexts", CONTEXTS), ("integration_types", INSTALLATIONS)):
        for index, value in enumerate(command.get(key) or []):
            form.choice(value, (*path, key, index), legal)
    if _size(command) > CHARACTERS:
        form.wrong(path, f"Command exceeds maximum size ({CHARACTERS})")


def _check_names(form: Form, path: Path, named: Json, *, slash: bool) -> None:
    name = named.get("name")
    form.text(name, (*path, "name"), 1, 32, required=True)
    if slash and isinstance(name, str) and not is_slash_name(name):
        form.wrong((*path, "name"), "Command name is invalid")
    for locale, translated in (named.get("name_localizations") or {}).items():
        form.text(translated, (*path, "name_localizations", locale), 1, 32)
        if slash and isinstance(translated, str) and not is_slash_name(translated):
            form.wrong((*path, "name_localizations", locale), "Command name is invalid")


def is_slash_name(name: str) -> bool:
    r"""Whether it matches ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$ and has no capital letter."""
    legal = all(
        each in "-_'"
        or unicodedata.category(each)[0] in "LN"
        or any(ord(each) in block for block in EXTRA_BLOCKS)
        for each in name
    )
    return legal and name == name.lower()


def _check_options(form: Form, path: Path, owner: Json, depth: int) -> None:
    names: set[str] = set()
    optional_seen = False
    for option_path, option in form.items(owner.get("options"), (*path, "options"), 0, OPTIONS):
        legal = range(1, 12) if depth == 0 else range(1 if owner.get("type") == SUB_COMMAND_GROUP else 3, 12)
        if not form.choice(option.get("type"), (*option_path, "type"), legal):
            continue
        _check_option(form, option_path, option, depth)
        if option.get("name") in names:
            form.wrong((*option_path, "name"), "Option name must be unique")
        names.add(str(option.get("name")))
        if option.get("required") and optional_seen:
            form.wrong(option_path, "Required options must be placed before non-required options")
        optional_seen = optional_seen or (option["type"] >= STRING and not option.get("required"))
    kinds = {each.get("type") in {SUB_COMMAND, SUB_COMMAND_GROUP} for each in objects(owner.get("options"))}
    if len(kinds) > 1:
        form.wrong((*path, "options"), "Sub-commands and other options must not be mixed")


def _check_option(form: Form, path: Path, option: Json, depth: int) -> None:
    _check_names(form, path, option, slash=True)
    form.text(option.get("description"), (*path, "description"), 1, 100, required=True)
    if option["type"] in {SUB_COMMAND, SUB_COMMAND_GROUP}:
        if option["type"] == SUB_COMMAND_GROUP and not option.get("options"):
            form.wrong((*path, "options"), REQUIRED)
        _check_options(form, path, option, depth + 1)
        return
    for key in ("min_length", "max_length"):
        form.whole(option.get(key), (*path, key), int(key == "max_length"), 6000)
    choices = form.items(option.get("choices"), (*path, "choices"), 0, CHOICES)
    if choices and option.get("autocomplete"):
        form.wrong((*path, "autocomplete"), "Choices and autocomplete are mutually exclusive")
    for choice_path, choice in choices:
        check_choice(form, choice_path, choice, option["type"])


def check_choice(form: Form, path: Path, choice: Json, option_type: int) -> None:
    """One choice of an option, or one suggestion of an autocomplete answer."""
    form.text(choice.get("name"), (*path, "name"), 1, 100, required=True)
    value = choice.get("value")
    if option_type == STRING:
        form.text(value, (*path, "value"), 0, 100, required=True)
    elif isinstance(value, bool) or not isinstance(value, int if option_type == INTEGER else (int, float)):
        form.wrong((*path, "value"), f"Could not interpret {value!r} as a number.")


def _size(command: Json) -> int:
    """The characters that count toward 8000: names, descriptions, choices; the longest translation each."""
    total = sum(_longest(command, key) for key in ("name", "description"))
    for option in objects(command.get("options")):
        total += _size(option)
        for choice in objects(option.get("choices")):
            total += _longest(choice, "name") + len(str(choice.get("value", "")))
    return total


def _longest(named: Json, key: str) -> int:
    translations = (named.get(f"{key}_localizations") or {}).values()
    return max(len(text) for text in [str(named.get(key) or ""), *map(str, translations)])
