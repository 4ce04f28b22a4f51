"""What admins set: one value for one setting of one layer."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.policy.layers import Layer, Rule, Source
from bot.domain.policy.rules import SETTINGS
from bot.storage.copies import Copies
from bot.storage.database import Connection, Database, Value, in_transaction
from bot.storage.pseudonyms import Pseudonyms

_log = logging.getLogger(__name__)


class PolicyStore:
    """The rules of guilds, of which copies are kept in memory. Every method may raise `StorageError`.

    Those of a member who had their data deleted stay under a stand-in for their id, until an admin changes them.
    """

    def __init__(self, database: Database, pseudonyms: Pseudonyms) -> None:
        self._database, self._pseudonyms = database, pseudonyms
        self.copies: Copies[int, list[Rule]] = Copies(self._read)

    async def rules_for(self, guild_id: int, user_id: int | None = None) -> list[Rule]:
        """All rules of this guild, with those of this member under their own id.

        What this version of Atelier cannot read is left out.
        """
        rules = await self.copies.get(guild_id)
        if user_id is None or not any(rule.target_id < 0 for rule in rules):
            return rules
        hidden = Source(Layer.USER, self._pseudonyms.stand_in(user_id))
        return [replace(rule, target_id=user_id) if rule.source == hidden else rule for rule in rules]

    async def set(self, guild_id: int, layer: Layer, target_id: int, setting: str, value: Any) -> None:
        """Let the setting have this value, of its type in `Rules`, for this target; the guild is a target, too."""
        await self.set_all(guild_id, layer, target_id, {setting: value})

    async def set_all(self, guild_id: int, layer: Layer, target_id: int, values: Mapping[str, Any]) -> None:
        """The same of several settings at once: all of them or none."""
        kept = {setting: SETTINGS[setting].to_json(value) for setting, value in values.items()}
        with self.copies.changing():
            await self._set(guild_id, layer, target_id, kept)

    async def reset(
        self,
        guild_id: int,
        layer: Layer | None = None,
        target_id: int | None = None,
        setting: str | None = None,
    ) -> int:
        """Remove the guild's rules of this layer, target and setting, or of all where none is said; how many."""
        with self.copies.changing():
            return await self._reset(guild_id, layer, target_id, setting)

    @in_transaction
    def _set(
        self, connection: Connection, guild_id: int, layer: Layer, target_id: int, kept: Mapping[str, str]
    ) -> None:
        target: dict[str, Value] = {"guild_id": guild_id, "layer": layer, "target_id": target_id}
        self._know_again(connection, guild_id, layer, target_id)
        for setting, value in kept.items():
            connection.rows("set_rule", setting=setting, value=value, **target)

    @in_transaction
    def _reset(
        self,
        connection: Connection,
        guild_id: int,
        layer: Layer | None,
        target_id: int | None,
        setting: str | None,
    ) -> int:
        self._know_again(connection, guild_id, layer, target_id)
        removed = connection.rows(
            "delete_rules", guild_id=guild_id, layer=layer, target_id=target_id, setting=setting
        )
        return len(removed)

    def _know_again(
        self, connection: Connection, guild_id: int, layer: Layer | None, target_id: int | None
    ) -> None:
        if layer is Layer.USER and target_id is not None:
            stand_in = self._pseudonyms.stand_in(target_id)
            connection.rows("know_again", guild_id=guild_id, user_id=target_id, stand_in=stand_in)

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
