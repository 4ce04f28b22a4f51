"""The gateway: HELLO, IDENTIFY, heartbeats, RESUME, and events to every session that may see them."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.clock import Clock
from bot.playground.compression import packer_for
from bot.playground.session import (
    PRIVILEGED,
    RESUMABLE_FOR_S,
    UNKNOWN_INTENTS,
    CloseCode,
    Connection,
    Intent,
    Op,
    Session,
)
from bot.playground.wire import Json
from bot.playground.world import Application

HEARTBEAT_INTERVAL_MS = 41_250
IDENTIFIES_PER_DAY, DAY_S = 1000, 86_400.0
NO_INTENT = Intent(0)
PAYLOAD_BYTES, EVENTS, EVENTS_WINDOW_S = 4096, 120, 60.0
# discord.py notes the time of a heartbeat after sending it: an answer in the same instant would look 41 s late.
NETWORK_DELAY_S = 0.05


class CloseError(Exception):
    """The connection must be closed with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Gateway:
    """All sessions of the bot. `opening` gives a session's first events; `changed` hears of on and off.

    A test may shorten `heartbeat_interval_ms`, or stop acknowledging heartbeats (`acknowledges`).
    """

    def __init__(
        self,
        clock: Clock,
        application: Application,
        opening: Callable[[Session], list[tuple[str, Json]]],
        changed: Callable[[], None],
    ) -> None:
        self.acknowledges = True
        self.heartbeat_interval_ms = HEARTBEAT_INTERVAL_MS
        self.identified_at: deque[float] = deque()
        self.resumes = 0
        self.arrived, self.gone = asyncio.Event(), asyncio.Event()
        self.gone.set()
        self._clock = clock
        self._application = application
        self._opening = opening
        self._changed = changed
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()

    @property
    def online(self) -> bool:
        """Whether a bot is connected at this moment."""
        return any(each.connection for each in self._sessions.values())

    def dispatch(
        self,
        event: str,
        data: Json,
        guild_id: int | None,
        needs: Intent = NO_INTENT,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        """Send an event to the sessions with (one of) these intents.

        The fields named in `hidden` come empty to a session without MESSAGE_CONTENT.
        """
        self._forget_expired()
        bare = data | {key: type(data[key])() for key in hidden}
        for session in self._sessions.values():
            if session.wants(guild_id, needs):
                session.dispatch(event, data if Intent.MESSAGE_CONTENT in session.intents else bare)

    def drop_all(self) -> None:
        """Break every connection without a word, as a network does; sessions can be resumed."""
        for connection in list(self._connections):
            self._detach(connection)
            connection.abort()

    def ask_to_reconnect(self) -> None:
        """Send RECONNECT (op 7) to every client."""
        for connection in self._connections:
            connection.send(Op.RECONNECT)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send INVALID_SESSION (op 9) to every client; sessions that are not resumable are gone."""
        for connection in self._connections:
            connection.send(Op.INVALID_SESSION, resumable)
        if not resumable:
            self._sessions.clear()
            self._note_presence()

    async def close_all(self, code: int) -> None:
        """Close every connection with a close code."""
        await asyncio.gather(*(each.close(code) for each in list(self._connections)))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One client from upgrade to close."""
        socket = web.WebSocketResponse(autoping=True, compress=False, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, packer_for(request.query.get("compress")))
        self._connections.add(connection)
        connection.send(Op.HELLO, {"heartbeat_interval": self.heartbeat_interval_ms})
        try:
            await self._listen(connection)
        except CloseError as refused:
            await connection.close(refused.code)
        finally:
            self._detach(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        received: deque[float] = deque(maxlen=EVENTS)
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT or len(message.data.encode()) > PAYLOAD_BYTES:
                raise CloseError(CloseCode.DECODE_ERROR)
            now = self._clock.now()
            if len(received) == EVENTS and now - received[0] < EVENTS_WINDOW_S:
                raise CloseError(CloseCode.RATE_LIMITED)
            received.append(now)
            self._receive(connection, _decode(message.data))

    def _receive(self, connection: Connection, payload: Json) -> None:
        op, data = payload.get("op"), payload.get("d")
        if op == Op.HEARTBEAT:
            self._heartbeat(connection, data)
        elif op == Op.IDENTIFY and isinstance(data, dict):
            self._identify(connection, data)
        elif op == Op.RESUME and isinstance(data, dict):
            self._resume(connection, data)
        elif op not in {3, 4, 8, 31}:  # presence, voice state, member and soundboard requests are ignored
            raise CloseError(CloseCode.UNKNOWN_OPCODE)
        elif connection.session is None:
            raise CloseError(CloseCode.NOT_AUTHENTICATED)

    def _heartbeat(self, connection: Connection, sequence: Any) -> None:
        if connection.session is not None and isinstance(sequence, int):
            connection.session.forget_until(sequence)
        if self.acknowledges:
            asyncio.get_running_loop().call_later(NETWORK_DELAY_S, connection.send, Op.HEARTBEAT_ACK)

    def _identify(self, connection: Connection, data: Json) -> None:
        if connection.session is not None:
            raise CloseError(CloseCode.ALREADY_AUTHENTICATED)
        self._count_identify()
        session = Session(secrets.token_hex(16), self._intents(data), _shard(data))
        self._sessions[session.id] = session
        self._attach(connection, session)
        for event, body in self._opening(session):
            session.dispatch(event, body)
        self._note_presence()

    def _count_identify(self) -> None:
        now = self._clock.now()
        while self.identified_at and self.identified_at[0] < now - DAY_S:
            self.identified_at.popleft()
        self.identified_at.append(now)
        if len(self.identified_at) > IDENTIFIES_PER_DAY:
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)

    def _intents(self, data: Json) -> Intent:
        if data.get("token") != self._application.token:
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & UNKNOWN_INTENTS:
            raise CloseError(CloseCode.INVALID_INTENTS)
        if intents & PRIVILEGED & ~self._application.privileged_intents:
            raise CloseError(CloseCode.DISALLOWED_INTENTS)
        return Intent(intents)

    def _resume(self, connection: Connection, data: Json) -> None:
        if data.get("token") != self._application.token:
            raise CloseError(CloseCode.AUTHENTICATION_FAILED)
        self._forget_expired()
        session = self._sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None:
            connection.send(Op.INVALID_SESSION, False)
            return
        if not isinstance(sequence, int) or sequence > session.sequence:
            raise CloseError(CloseCode.INVALID_SEQ)
        if session.connection is not None:
            self._detach(session.connection)
        self.resumes += 1
        self._attach(connection, session)
        for text in session.missed_since(sequence):
            connection.send_text(text)
        session.dispatch("RESUMED", {})
        self._note_presence()

    def _attach(self, connection: Connection, session: Session) -> None:
        connection.session = session
        session.connection, session.detached_at = connection, None

    def _detach(self, connection: Connection) -> None:
        """The connection is over; its session waits for a RESUME."""
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        connection.stop()
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection, session.detached_at = None, self._clock.now()
            if connection.socket.close_code in {1000, 1001}:
                self._sessions.pop(session.id, None)
        self._note_presence()

    def _note_presence(self) -> None:
        now, before = (self.arrived, self.gone) if self.online else (self.gone, self.arrived)
        now.set()
        before.clear()
        self._changed()

    def _forget_expired(self) -> None:
        oldest = self._clock.now() - RESUMABLE_FOR_S
        for session in list(self._sessions.values()):
            if session.detached_at is not None and session.detached_at < oldest:
                del self._sessions[session.id]


def _decode(text: str) -> Json:
    try:
        payload = json.loads(text)
    except json.JSONDecodeError:
        raise CloseError(CloseCode.DECODE_ERROR) from None
    if not isinstance(payload, dict):
        raise CloseError(CloseCode.DECODE_ERROR)
    return payload


def _shard(data: Json) -> tuple[int, int]:
    shard = data.get("shard")
    if isinstance(shard, list) and len(shard) == 2 and all(isinstance(each, int) for each in shard):
        return (shard[0], max(1, shard[1]))
    return (0, 1)
