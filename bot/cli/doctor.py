"""`atelier doctor`: checks what the bot needs and says what to do where something is missing."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

import discord
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.run import discord_or_playground
from bot.domain.safety import Safety
from bot.errors import AtelierError, ConfigError
from bot.house_rules import build_rules
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
_ENCRYPT = (
    "what members write and what is drawn lies there in plain files, so put it on an encrypted disk: "
    "LUKS on Linux, FileVault on macOS, BitLocker on Windows. Look yourself where the disk is a provider's, "
    "on ZFS (`zfs get encryption`), or encrypts itself"
)
_NAME_A_CHECKER = (
    "set checker in [safety], such as CompVis/stable-diffusion-safety-checker with its revision, "
    'or safety = "off" in [policy]'
)


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


async def examine(settings: Settings, console: Console, root: Path = Path("/")) -> bool:
    """Print every finding; true when nothing is bad. `root` is where the kernel shows `proc` and `sys`."""
    checks: list[Callable[[Settings], Awaitable[list[Finding]]]] = [
        _discord,
        _device,
        _models,
        _checker,
        _disk,
        partial(_encryption, root=root),
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


async def _checker(settings: Settings) -> list[Finding]:
    """Without one that works, nothing is drawn where a place asks for it."""
    try:
        mode = build_rules(settings).safety
    except ConfigError as error:
        return [Finding("policy", Verdict.BAD, error.sentence)]
    if settings.checker is None:
        if mode is Safety.OFF:
            return [Finding("checker", Verdict.GOOD, "there is none, and no setting asks for one")]
        words = (
            f"there is none, so nothing is drawn where safety is {mode}, as [policy] says; {_NAME_A_CHECKER}"
        )
        return [Finding("checker", Verdict.BAD, words)]
    if settings.safety.checker is None and mode is Safety.OFF:
        return [
            Finding("checker", Verdict.GOOD, "that of the demo model is there, and no setting asks for one")
        ]
    return [await _try_checker(settings.checker, settings.safety.revision or "", mode)]


async def _try_checker(source: str, revision: str, mode: Safety) -> Finding:
    from engine.safety.desk import try_checker

    try:
        tried = await asyncio.to_thread(try_checker, source, revision)
    except EngineError as error:
        words = (
            f"{source} cannot be used, so nothing is drawn where safety is on ([policy] says {mode}): "
            f"{error} To mend it, {_NAME_A_CHECKER}"
        )
        return Finding("checker", Verdict.BAD, words)
    words = f"{source} loads and looks at pictures" if tried else f"{source} is fetched at its first use"
    return Finding("checker", Verdict.GOOD, f"{words}; [policy] says {mode}")


async def _disk(settings: Settings) -> list[Finding]:
    folder = settings.storage.folder
    free = shutil.disk_usage(_existing(folder)).free
    verdict = Verdict.GOOD if free > _LEAST_DISK else Verdict.WARNING
    return [Finding("disk", verdict, f"{free / _GIB:.1f} GiB free for {folder}")]


def _existing(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


async def _encryption(settings: Settings, root: Path) -> list[Finding]:
    folder, name = settings.storage.folder, None
    if sys.platform == "linux":
        from bot.cli.encryption import encryption_of

        name = await asyncio.to_thread(encryption_of, _existing(folder), root)
    if name is None:
        words = f"{folder} cannot be seen to be encrypted: {_ENCRYPT}"
        return [Finding("encryption", Verdict.WARNING, words)]
    return [Finding("encryption", Verdict.GOOD, f"{folder} is encrypted at rest, by {name}")]


async def _database(settings: Settings) -> list[Finding]:
    path = settings.storage.folder / DATABASE
    if not path.exists():
        return [Finding("database", Verdict.GOOD, f"{path} will be made at the first start")]
    try:
        async with open_database(path):
            return [Finding("database", Verdict.GOOD, f"{path} opens, and its schema is up to date")]
    except AtelierError as error:
        return [Finding("database", Verdict.BAD, error.sentence)]
