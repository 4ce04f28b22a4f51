"""Where a client finds the server: three plain addresses that also travel to a child process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

API_VERSION = 10


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses without a trailing slash: REST (with its version), gateway (ws://) and CDN."""

    api: str
    gateway: str
    cdn: str

    @classmethod
    def on_port(cls, port: int) -> Self:
        """The addresses of a playground that listens on this port of 127.0.0.1."""
        http = f"http://127.0.0.1:{port}"
        return cls(f"{http}/api/v{API_VERSION}", f"ws://127.0.0.1:{port}/gateway", http)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Read what `to_environment` wrote; None when it is not there."""
        names = ("ATELIER_DISCORD_API", "ATELIER_DISCORD_GATEWAY", "ATELIER_DISCORD_CDN")
        found = [environment[name] for name in names if name in environment]
        return cls(*found) if len(found) == len(names) else None

    def to_environment(self) -> dict[str, str]:
        """Environment variables for a child process."""
        return {
            "ATELIER_DISCORD_API": self.api,
            "ATELIER_DISCORD_GATEWAY": self.gateway,
            "ATELIER_DISCORD_CDN": self.cdn,
        }
