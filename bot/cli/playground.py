"""`atelier playground`: the bot and a Discord of its own, in one process, with a page to use it from."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from bot.cli.run import close_on_signals
from bot.compose import build_bot, run_bot
from bot.errors import AtelierError
from bot.playground import Playground, connect
from bot.settings import DiscordSettings, Settings, StorageSettings


async def play(settings: Settings, port: int, folder: Path | None, console: Console) -> None:
    """Serve until Ctrl-C. Without a folder everything is forgotten at the end, as the playground's messages are."""
    playground = Playground()
    try:
        await playground.start(port)
    except OSError as error:
        raise AtelierError(
            f"Port {port} is taken; choose another one, such as: atelier playground --port 0"
        ) from error
    place = tempfile.TemporaryDirectory(prefix="atelier-") if folder is None else nullcontext(str(folder))
    with place as storage, connect(playground.endpoints):
        own = settings.model_copy(
            update={"storage": StorageSettings(folder=Path(storage)), "discord": DiscordSettings()}
        )
        try:
            async with build_bot(own) as parts:
                close_on_signals(parts)
                console.print(_welcome(f"{playground.url}#/studio"))
                await run_bot(parts, playground.token)
        finally:
            await playground.stop()


def _welcome(url: str) -> Panel:
    return Panel.fit(
        f"Open [bold link={url}]{url}[/]\n\nThen type [bold]/imagine a red house at night[/]\nCtrl-C ends it.",
        title="Atelier playground",
        border_style="yellow",
    )
