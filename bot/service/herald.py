"""The seam to whoever can speak in the servers that the bot is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Herald(Protocol):
    """Knows the servers as they are now, without asking anybody."""

    def guilds(self) -> Mapping[int, str]:
        """Their names, by their ids."""

    def may_speak(self, guild_id: int) -> bool:
        """Whether there is a channel in this server that the bot may write in."""

    async def speak(self, guild_id: int, text: str, nonce: str) -> None:
        """Say this there once, whatever the network does, and mention nobody.

        Raises `PostRefused` where Discord does not take it, and `PostUncertain` where nobody knows.
        """
