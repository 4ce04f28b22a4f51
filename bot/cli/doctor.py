"""`atelier doctor`: checks what the bot needs and says what to do where something is missing."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

import discord
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.run import discord_or_playground
from bot.errors import AtelierError
from bot.inventory import build_catalogue
from bot.settings import Settings
from bot.storage.database import open_database
from bot.stores import DATABASE
from bot.ui.client import NEEDED_PERMISSIONS, invite_url
from engine.catalogue import ModelSource
from engine.errors import EngineError
from engine.weights import inspect_checkpoint, inspect_configuration, inspect_weights

_GIB = 2**30
_LEAST_DISK = 2 * _GIB


class Verdict(Enum):
    """How a check went; only bad ones make the bot unusable."""

    GOOD = "[green]ok[/]"
    WARNING = "[yellow]look[/]"
    BAD = "[red]no[/]"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    what: str
    verdict: Verdict
    words: str


async def examine(settings: Settings, console: Console) -> bool:
    """Print every finding; true when nothing is bad."""
    checks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [
        _discord,
        _device,
        _models,
        _disk,
        _database,
    ]
    findings: list[Finding] = []
    for check in checks:
        with console.status("looking …"), discord_or_playground():
            findings += await check(settings)
    table = Table("what", "", "finding", title="atelier doctor")
    for finding in findings:
        table.add_row(escape(finding.what), finding.verdict.value, escape(finding.words))
    console.print(table)
    return all(finding.verdict is not Verdict.BAD for finding in findings)


async def _discord(settings: Settings) -> list[Finding]:
    token = settings.token()
    if token is None:
        return [Finding("token", Verdict.BAD, "there is none; set ATELIER_DISCORD__TOKEN in the environment")]
    client = discord.Client(intents=discord.Intents.none())
    async with client:
        try:
            await client.login(token.get_secret_value())
            permissions = [
                await _permissions(client, guild) async for guild in client.fetch_guilds(limit=200)
            ]
        except discord.LoginFailure:
            return [
                Finding(
                    "token", Verdict.BAD, "Discord refuses it; copy a fresh one from the developer portal"
                )
            ]
        except (discord.HTTPException, OSError) as error:
            return [Finding("token", Verdict.WARNING, f"Discord cannot be reached: {error}")]
        application = client.application_id or 0
    found = [Finding("token", Verdict.GOOD, f"valid; invite the bot with {invite_url(application)}")]
    return found + permissions


async def _permissions(client: discord.Client, guild: discord.Guild) -> Finding:
    what = f"permissions in {guild.name}"
    whole = await client.fetch_guild(guild.id)
    held = (await whole.fetch_member(client.application_id or 0)).guild_permissions
    missing = [name for name, needed in NEEDED_PERMISSIONS if needed and not getattr(held, name)]
    if missing and not held.administrator:
        return Finding(what, Verdict.BAD, f"missing: {', '.join(missing)}")
    return Finding(what, Verdict.GOOD, "complete")


async def _device(settings: Settings) -> list[Finding]:
    from engine.devices import describe_device, plan_device

    try:
        found = await asyncio.to_thread(lambda: describe_device(plan_device(settings.engine.device)))
    except EngineError as error:
        return [Finding("device", Verdict.BAD, str(error))]
    words = f"{found.kind}: {found.name}, {found.memory / _GIB:.1f} GiB, {found.precision}"
    return [Finding("device", Verdict.GOOD, words)]


async def _models(settings: Settings) -> list[Finding]:
    findings = []
    for source in build_catalogue(settings):
        try:
            words = await asyncio.to_thread(_look_at, source)
            findings.append(Finding(f"model {source.name}", Verdict.GOOD, words))
        except EngineError as error:
            findings.append(Finding(f"model {source.name}", Verdict.BAD, str(error)))
    return findings


def _look_at(source: ModelSource) -> str:
    """What the files are, without loading them."""
    if source.revision:
        return f"{source.source} at {source.revision[:8]}; fetched from the hub at its first use"
    if source.path.is_file():
        return f"{inspect_checkpoint(source.path)} in one file"
    kind = inspect_configuration(source.path).kind
    inspect_weights(source.path, kind, source.variant)
    return f"{kind} in a diffusers folder"


async def _disk(settings: Settings) -> list[Finding]:
    folder = settings.storage.folder
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(existing).free
    verdict = Verdict.GOOD if free > _LEAST_DISK else Verdict.WARNING
    return [Finding("disk", verdict, f"{free / _GIB:.1f} GiB free for {folder}")]


async def _database(settings: Settings) -> list[Finding]:
    path = settings.storage.folder / DATABASE
    if not path.exists():
        return [Finding("database", Verdict.GOOD, f"{path} will be made at the first start")]
    try:
        async with open_database(path):
            return [Finding("database", Verdict.GOOD, f"{path} opens, and its schema is up to date")]
    except AtelierError as error:
        return [Finding("database", Verdict.BAD, error.sentence)]
