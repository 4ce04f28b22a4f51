"""What the commands of the command line share: settings, the console, and asyncio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from bot import logs
from bot.errors import ConfigError
from bot.settings import Settings, load_settings, warnings

_DEFAULT_CONFIG = Path("config.toml")
console = Console()

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The settings file; config.toml by default."),
]


def settings_of(config: Path | None) -> Settings:
    """Read them, set up the log, and print what is unwise. Raises `ConfigError`."""
    path = config or (_DEFAULT_CONFIG if _DEFAULT_CONFIG.exists() else None)
    settings = load_settings(path)
    token = settings.discord.token
    logs.set_up(settings.log.level, [token.get_secret_value()] if token else [])
    for warning in warnings(settings, path):
        console.print(f"[yellow]Warning:[/] {escape(warning)}")
    return settings


def token_of(settings: Settings) -> str:
    """Raises `ConfigError` where there is none."""
    token = settings.token()
    if token is None:
        raise ConfigError(
            "There is no bot token; set ATELIER_DISCORD__TOKEN in the environment, "
            "or discord.token_file in config.toml."
        )
    return token.get_secret_value()


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """To the end, or until Ctrl-C."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)


def tell(*lines: str) -> None:
    """Each on a line of its own, as it is."""
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
