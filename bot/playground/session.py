"""One gateway session: what its client subscribed to, and every event it may still ask for again."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from aiohttp import web

from bot.playground.compression import Packer
from bot.playground.wire import Json

RESUMABLE_FOR_S = 120.0


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQ = 4007
    RATE_LIMITED = 4008
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.PRESENCES | Intent.MESSAGE_CONTENT
UNKNOWN_INTENTS = ~(sum(1 << bit for bit in (*range(17), 20, 21, 24, 25)))


class Connection:
    """One WebSocket; payloads leave in the order in which they were given, packed in that order."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, packer: Packer
    ) -> None:
        self.socket = socket
        self.transport = transport
        self.session: Session | None = None
        self._packer = packer
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, op: Op, data: object = None) -> None:
        """Queue a payload that is no event."""
        self.send_text(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def send_text(self, text: str) -> None:
        self._outbox.put_nowait(text)

    async def close(self, code: int) -> None:
        """Say goodbye with a close code, after everything already given has left."""
        await self._outbox.join()
        await self.socket.close(code=code)

    def stop(self) -> None:
        """Send nothing more; what is still queued is dropped (the session keeps its events)."""
        self._writer.cancel()
        while not self._outbox.empty():
            self._outbox.get_nowait()
            self._outbox.task_done()

    def abort(self) -> None:
        """Break the connection without a close frame, as a network does."""
        self.stop()
        if self.transport is not None:
            self.transport.abort()

    async def _write(self) -> None:
        while True:
            packed = self._packer.pack(await self._outbox.get())
            send = self.socket.send_str if isinstance(packed, str) else self.socket.send_bytes
            try:
                await send(packed)  # type: ignore[arg-type]
            except ConnectionError:
                pass  # the reader of this socket notices, and the session keeps the event for RESUME
            finally:
                self._outbox.task_done()


@dataclass(eq=False, slots=True)
class Session:
    """Survives its connection: events go on being numbered and kept while the client is away."""

    id: str
    intents: Intent
    shard: tuple[int, int] = (0, 1)
    sequence: int = 0
    connection: Connection | None = None
    detached_at: float | None = None
    kept: deque[tuple[int, str]] = field(default_factory=deque)

    def wants(self, guild_id: int | None, any_of: Intent) -> bool:
        """Whether an event of this guild (None: of a direct channel) under these intents is for it."""
        index, count = self.shard
        mine = (guild_id >> 22) % count == index if guild_id else index == 0
        return mine and (not any_of or bool(self.intents & any_of))

    def dispatch(self, event: str, data: Json) -> None:
        """Number the event, keep it for a RESUME, and send it if the client is there."""
        self.sequence += 1
        text = json.dumps({"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data})
        self.kept.append((self.sequence, text))
        if self.connection is not None:
            self.connection.send_text(text)

    def forget_until(self, sequence: int) -> None:
        """The client has everything up to here: those events need not be kept."""
        while self.kept and self.kept[0][0] <= sequence:
            self.kept.popleft()

    def missed_since(self, sequence: int) -> Iterable[str]:
        return [text for number, text in self.kept if number > sequence]
