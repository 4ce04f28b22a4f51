"""`config.toml` and the environment become settings; a bad value becomes one clear sentence."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.errors import ConfigError
from bot.settings.settings import Settings


def load_settings(path: Path | None) -> Settings:
    """Read the file (none: defaults) and the environment. Raises `ConfigError` with one sentence."""
    where = str(path) if path else "the environment"
    try:
        return Settings(**(_read(path) if path else {}))
    except ValidationError as error:
        raise ConfigError(f"{where}: {_sentence(error.errors()[0])}") from None


def warnings(settings: Settings, path: Path | None) -> list[str]:
    """What is legal but unwise: a token in a file that others can read."""
    if path is None or settings.discord.token is None or not path.exists():
        return []
    readable = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    held = "token" in _read(path).get("discord", {})
    if not (held and readable):
        return []
    return [f"{path} holds the bot token and others on this machine can read it; run: chmod 600 {path}"]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read ({error.strerror}); copy config.example.toml to it."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f'{path}: not valid TOML: {error}; a line looks like: level = "info"') from error


def _sentence(error: ErrorDetails) -> str:
    """The first thing that is wrong: its key, its value and a legal one."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    section, field = _field(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} is not a setting; known here: {', '.join(sorted(section.model_fields))}."
    if error["type"] == "value_error":
        return f"{key + ': ' if key else ''}{error['ctx']['error']}."
    problem = error["msg"][0].lower() + error["msg"][1:]
    if error["type"] == "missing":
        return f"{key} is missing; for example: {_legal(field)}."
    shown = (
        "a secret"
        if field is not None and "SecretStr" in str(field.annotation)
        else repr(error["input"])[:80]
    )
    return f"{key} is {shown}, but {problem}; for example: {_legal(field)}."


def _field(loc: tuple[int | str, ...]) -> tuple[type[BaseModel], Any]:
    """The section that holds the key, and the key's own field where there is one."""
    section: type[BaseModel] = Settings
    field = annotation = None
    for part in loc:
        if isinstance(part, str):
            field = section.model_fields.get(part)
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[0]  # an element of a list of sections
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    return section, field


def _legal(field: Any) -> str:
    if field is None:
        return "see config.example.toml"
    if field.examples:
        return str(field.examples[0])
    default = field.get_default()
    return "see config.example.toml" if isinstance(default, BaseModel | tuple) else repr(default)
