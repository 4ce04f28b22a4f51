"""What admins set: one value for one setting of one layer."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from bot.domain.policy.layers import Layer, Rule
from bot.domain.policy.rules import SETTINGS
from bot.storage.copies import Copies
from bot.storage.database import Database

_log = logging.getLogger(__name__)


class PolicyStore:
    """The rules of guilds, of which copies are kept in memory. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.copies: Copies[int, list[Rule]] = Copies(self._read)

    async def rules_for(self, guild_id: int) -> list[Rule]:
        """All rules of this guild. What this version of Atelier cannot read is left out."""
        return await self.copies.get(guild_id)

    async def set(self, guild_id: int, layer: Layer, target_id: int, setting: str, value: Any) -> None:
        """Let the setting have this value, of its type in `Rules`, for this target; the guild is a target, too."""
        kept = SETTINGS[setting].to_json(value)
        with self.copies.changing():
            await self._database.write(
                "set_rule", guild_id=guild_id, layer=layer, target_id=target_id, setting=setting, value=kept
            )

    async def reset(
        self,
        guild_id: int,
        layer: Layer | None = None,
        target_id: int | None = None,
        setting: str | None = None,
    ) -> int:
        """Remove the guild's rules of this layer, target and setting, or of all where none is said; how many."""
        with self.copies.changing():
            async with self._database.transaction() as connection:
                removed = await connection.rows(
                    "delete_rules", guild_id=guild_id, layer=layer, target_id=target_id, setting=setting
                )
        return len(removed)

    async def _read(self, guild_id: int) -> list[Rule]:
        rows = await self._database.reader.rows("rules", guild_id=guild_id)
        return [rule for rule in map(_rule_of, rows) if rule is not None]


def _rule_of(row: sqlite3.Row) -> Rule | None:
    """None where a newer or an older Atelier wrote something that this one does not know."""
    name = row["setting"]
    try:
        value = SETTINGS[name].from_json(row["value"])
    except (KeyError, ValueError, TypeError):
        _log.warning("a rule of guild %d is left out: %s cannot be read", row["guild_id"], name)
        return None
    return Rule(Layer(row["layer"]), row["target_id"], name, value)
