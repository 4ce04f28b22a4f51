"""Gateway clients for tests: a bare one without a library, and the studio bot as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import zstandard

from bot.playground import Playground

Decode = Callable[[aiohttp.WSMessage], Any]
IDENTIFY_OP, RESUME_OP = 2, 6


class RawClient:
    """A gateway client without a library: sends and reads single payloads."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, decode: Decode) -> None:
        self.socket = socket
        self._decode = decode

    async def read(self) -> Any:
        return self._decode(await self.socket.receive(timeout=5))

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def read_until(self, event: str) -> list[Any]:
        """The payloads up to and with the first of this event."""
        payloads = [await self.read()]
        while payloads[-1].get("t") != event:
            payloads.append(await self.read())
        return payloads

    async def close_code(self) -> int | None:
        while not self.socket.closed:
            await self.socket.receive(timeout=5)
        return self.socket.close_code


def plain(message: aiohttp.WSMessage) -> Any:
    return json.loads(message.data)


def zlib_stream() -> Decode:
    stream = zlib.decompressobj()

    def decode(message: aiohttp.WSMessage) -> Any:
        assert message.data.endswith(b"\x00\x00\xff\xff")
        return json.loads(stream.decompress(message.data))

    return decode


def zstd_stream() -> Decode:
    stream = zstandard.ZstdDecompressor().decompressobj()
    return lambda message: json.loads(stream.decompress(message.data))


@asynccontextmanager
async def bot_process(playground: Playground) -> AsyncIterator[asyncio.subprocess.Process]:
    """The studio bot as a process, online; killed without mercy at the end."""
    environment = {**os.environ, **playground.endpoints.to_environment(), "TOKEN": playground.token}
    root = Path(__file__).parents[2]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.playground.child_bot", cwd=root, env=environment, stdout=subprocess.PIPE
    )
    try:
        await playground.wait_until_online(20)
        yield child
    finally:
        child.kill()
        await child.wait()
        await playground.wait_until_offline()


@asynccontextmanager
async def raw_client(
    playground: Playground, compress: str = "", decode: Decode = plain
) -> AsyncIterator[RawClient]:
    query = f"?v=10&encoding=json&compress={compress}" if compress else "?v=10&encoding=json"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(playground.endpoints.gateway + query) as socket,
    ):
        client = RawClient(socket, decode)
        assert (await client.read())["op"] == 10
        yield client


def identify(playground: Playground, intents: int = 1, **changes: object) -> dict[str, object]:
    return {"token": playground.token, "intents": intents, "properties": {}} | changes
