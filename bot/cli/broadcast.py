"""`atelier broadcast`: a notice to all servers while the bot itself rests."""

from __future__ import annotations

from collections.abc import Callable

from bot.cli.common import tell
from bot.cli.run import discord_or_playground
from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.decision import is_open
from bot.domain.studio import Notice
from bot.service.notices import ACT, check_notice, record, send, servers
from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.ids import new_id
from bot.stores import DATABASE, open_stores
from bot.ui.herald import connected_herald


async def tell_all(settings: Settings, token: str, text: str, agreed: Callable[[str], bool]) -> None:
    """Say it in each server, where `agreed` says yes to how many there are. Raises `AtelierError`."""
    check_notice(text)
    async with open_database(settings.storage.folder / DATABASE) as database:
        stores = open_stores(database, settings)
        listed = await stores.allowed_guilds.all() if settings.discord.guilds == "listed" else None

        async def answers_in(guild_id: int) -> bool:
            return is_open(guild_id, listed)

        with discord_or_playground():
            async with connected_herald(token) as herald:
                reached, silent = await servers(herald, answers_in)
                notice = Notice(new_id(), text, reached)
                question = (
                    f"Servers that get this: {len(reached)}. It may write nowhere in: {silent}. Send it?"
                )
                if not reached or not agreed(question):
                    tell(f"Nothing was sent; servers that it would go to: {len(reached)}.")
                    return
                await stores.audit.add(EVERYWHERE, None, ACT, detail=record(notice))
                heard = await send(herald, notice)
    tell(f"The notice arrived in {heard.arrived} servers; in {heard.failed} it did not.")
