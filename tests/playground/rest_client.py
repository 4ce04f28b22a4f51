"""A bare REST and gateway client, for calls that discord.py would not make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.playground import Playground


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Discord's JSON error code."""
        return int(self.body["code"])


class RestClient:
    """Calls the playground's API with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, playground: Playground) -> None:
        self.session = session
        self.playground = playground

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        files: Mapping[str, bytes] | None = None,
        token: str | None = None,
        content_type: str = "application/json",
    ) -> Reply:
        """One call; with `files` (name → bytes) the body travels as payload_json."""
        headers = {"Authorization": f"Bot {token or self.playground.token}"}
        data: aiohttp.FormData | str | None = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}), content_type="application/json")
            for index, (name, content) in enumerate(files.items()):
                data.add_field(f"files[{index}]", content, filename=name)
        elif body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = content_type
        url = self.playground.endpoints.api + path
        async with self.session.request(method, url, data=data, headers=headers) as response:
            text = await response.text()
            answer = json.loads(text) if text else None
            return Reply(response.status, answer, response.headers)
