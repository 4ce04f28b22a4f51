"""From the settings to the rules that hold where no admin has said anything."""

from __future__ import annotations

from typing import Any

from bot.domain.policy.rules import SETTINGS, Rules
from bot.errors import BadRequest, ConfigError
from bot.settings import Settings


def build_rules(settings: Settings) -> Rules:
    """The section `policy`, each key as an admin would write it. Raises `ConfigError`."""
    values: dict[str, Any] = {"queue_cap": settings.limits.queue_per_member}
    for name, said in settings.policy.items():
        if name not in SETTINGS:
            raise ConfigError(f"policy.{name} is not known; there are {', '.join(SETTINGS)}.")
        try:
            values[name] = SETTINGS[name].parse(_text(said))
        except BadRequest as error:
            raise ConfigError(f"policy.{name}: {error.sentence}") from error
    return Rules(**values)


def _text(said: bool | int | str | list[str]) -> str:
    if isinstance(said, bool):
        return "on" if said else "off"
    return ", ".join(said) if isinstance(said, list) else str(said)
