"""The owner's commands: backup, restore, export, retention, broadcast, and which servers are let in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import Config, run_async, settings_of, token_of

keeping = typer.Typer()


@keeping.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The folder to write to; it is made where it is missing.")],
    config: Config = None,
) -> None:
    """Copy the database while the bot goes on, and list the picture files that belong to the copy."""
    from bot.cli.stored import write_backup

    write_backup(settings_of(config), target)


@keeping.command()
def restore(
    source: Annotated[
        Path, typer.Argument(help="A folder that `atelier backup` or /owner backup has written.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a database that is there aside; it is not deleted.")
    ] = False,
    config: Config = None,
) -> None:
    """Check a backup and put it in the place of the database, with its keys; the bot must be stopped."""
    from bot.cli.stored import bring_back

    bring_back(settings_of(config), source, replace=replace)


@keeping.command()
def export(
    user_id: Annotated[int, typer.Argument(min=1, help="The member's id on Discord.")],
    out: Annotated[Path, typer.Argument(help="The ZIP file to write, such as their-data.zip.")],
    config: Config = None,
) -> None:
    """Everything that is stored of a member, as /privacy export gives it, with all pictures; the bot may run."""
    from bot.cli.stored import write_export

    run_async(write_export(settings_of(config), user_id, out))


@keeping.command()
def retention(config: Config = None) -> None:
    """What is kept how long, and what goes next; the bot may run."""
    from bot.cli.stored import show_retention

    run_async(show_retention(settings_of(config)))


@keeping.command(name="allow-guild")
def allow_guild(
    guild_id: Annotated[
        int | None, typer.Argument(min=1, help="The server's id; leave it out for the list.")
    ] = None,
    allow: Annotated[bool, typer.Option("--allow/--disallow", help="Let it in, or not any more.")] = True,
    config: Config = None,
) -> None:
    """In which servers the bot answers; to change the list the bot must be stopped, or use /owner allow-guild."""
    from bot.cli import stored

    run_async(stored.allow_guild(settings_of(config), guild_id, allow))


@keeping.command()
def broadcast(
    text: Annotated[str, typer.Argument(help='What all servers are told, such as "back at 20:00".')],
    yes: Annotated[bool, typer.Option("--yes", help="Send it without asking.")] = False,
    config: Config = None,
) -> None:
    """Tell all servers something while the bot is stopped; /owner broadcast does it while it runs."""
    from bot.cli.broadcast import tell_all

    settings = settings_of(config)
    run_async(tell_all(settings, token_of(settings), text, lambda question: yes or typer.confirm(question)))
