"""What members set for themselves, and what they have used."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.domain.album import Usage
from bot.domain.inventory import Inventory
from bot.domain.params import size_of
from bot.domain.preferences import Preferences
from bot.domain.syntax import check_shortcut, parse
from bot.errors import BadRequest
from bot.storage.album import AlbumStore
from bot.storage.members import MemberStore
from engine.sentence import say

_DAY_MS = 86_400_000
_LONGEST_SUFFIX = 500


class Members:
    """Raises `BadRequest` on values that cannot be."""

    def __init__(self, members: MemberStore, album: AlbumStore, inventory: Inventory) -> None:
        self._members, self._album, self._inventory = members, album, inventory

    async def preferences(self, user_id: int) -> Preferences:
        preferences = await self._members.preferences(user_id)
        return preferences.known(self._inventory.models)

    async def change(self, user_id: int, **values: str | int | bool | None) -> Preferences:
        """Set some of a member's preferences, by their names, and return all."""
        preferences = replace(await self.preferences(user_id), **values)  # type: ignore[arg-type]
        self._check(preferences)
        await self._members.set_preferences(user_id, preferences)
        return preferences

    async def shortcuts(self, user_id: int) -> dict[str, str]:
        return await self._members.shortcuts(user_id)

    async def set_shortcut(self, user_id: int, name: str, flags: str) -> str:
        """Have `--name` stand for these flags; the name as it is kept."""
        name = check_shortcut(name, flags)
        await self._members.set_shortcut(user_id, name, flags)
        return name

    async def delete_shortcut(self, user_id: int, name: str) -> None:
        if not await self._members.delete_shortcut(user_id, name.lstrip("-").lower()):
            raise BadRequest(say("You have no option called {name}.", name=name[:40]))

    async def usage(self, user_id: int) -> Usage:
        """What the member had drawn in the last 24 hours."""
        return await self._album.usage(user_id, time.time_ns() // 1_000_000 - _DAY_MS)

    def _check(self, preferences: Preferences) -> None:
        if len(preferences.suffix) > _LONGEST_SUFFIX:
            raise BadRequest(
                say("The suffix has {length} characters; at most {most} are allowed.",
                    length=len(preferences.suffix), most=_LONGEST_SUFFIX)
            )  # fmt: skip
        parse(preferences.suffix)
        if preferences.model is not None and preferences.model not in self._inventory.models:
            raise BadRequest(say("There is no model called {name}.", name=preferences.model[:40]))
        model = self._inventory.models[preferences.model or self._inventory.default_model.name]
        size_of(preferences.aspect, model, self._inventory.limits.max_pixels)
