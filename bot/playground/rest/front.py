"""The one way into the REST API: reading, faults, rate limits, authorisation, recording, answering."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.playground.core import Core
from bot.playground.errors import ApiError, Refusal, refuse
from bot.playground.record import RecordedCall
from bot.playground.rest.call import API_PREFIX, Call, Route, read_call


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out: status, JSON body or nothing, headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """As HTTP; the content type must be exactly application/json, which json_response's is not."""
        headers = dict(self.headers)
        if self.body is None:
            return web.Response(status=self.status, headers=headers)
        headers["Content-Type"] = "application/json"
        return web.Response(status=self.status, body=json.dumps(self.body).encode(), headers=headers)


NO_REPLY = Reply(0)


def _refusal(error: ApiError, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(error.status, error.body, {**(headers or {}), **error.headers})


class Front:
    """Serves every route of the API for one playground."""

    def __init__(self, core: Core, routes: list[Route]) -> None:
        self._core = core
        self._routes = routes

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route(route.method, API_PREFIX + route.template, self._handler_of(route))
            for route in self._routes
        ] + [web.route("*", "/api/{rest:.*}", self._unknown)]

    def _handler_of(self, route: Route) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(route, request)

        return handle

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        reply = _refusal(refuse(Refusal.NOT_FOUND))
        self._note(request, Call({}, dict(request.query)), reply)
        return reply.response()

    async def _serve(self, route: Route, request: web.Request) -> web.StreamResponse:
        fault = self._core.faults.take(route.method, _path(request))
        call, reply = Call({}, {}), NO_REPLY
        try:
            call = await read_call(request)
            await asyncio.sleep(fault.delay_s)
            if not fault.prevents:
                reply = await self._answer(route, request, call)
        except ApiError as error:
            reply = _refusal(error)
        if fault.spoils:
            reply = _refusal(fault.error) if fault.error else NO_REPLY
        self._note(request, call, reply, injected=fault.spoils)
        return _reset(request) if fault.reset else reply.response()

    async def _answer(self, route: Route, request: web.Request, call: Call) -> Reply:
        core = self._core
        headers = core.limits.spend(route.name, route.rule, call.place, counts_globally=route.counts_globally)
        try:
            self._check_access(route, request, call)
            answer = await route.handler(core, call)
        except ApiError as error:
            return _refusal(error, headers)
        return Reply(answer.status, answer.body, headers)

    def _check_access(self, route: Route, request: web.Request, call: Call) -> None:
        application = self._core.world.application
        if not route.public and request.headers.get("Authorization") != f"Bot {application.token}":
            raise refuse(Refusal.UNAUTHORIZED)
        if any(len(file.data) > application.attachment_size_limit for file in call.files.values()):
            raise refuse(Refusal.REQUEST_TOO_LARGE)

    def _note(self, request: web.Request, call: Call, reply: Reply, *, injected: bool = False) -> None:
        self._core.limits.note_answer(reply.status, reply.headers)
        self._core.record.add(
            RecordedCall(
                method=request.method,
                path=_path(request),
                query=dict(request.query),
                headers=dict(request.headers),
                content_type=call.content_type,
                json=call.body,
                parts=call.parts,
                status=None if injected else reply.status,
                response=None if injected else reply.body,
                injected=reply.status if injected else None,
            )
        )


def _path(request: web.Request) -> str:
    return request.rel_url.raw_path.removeprefix(API_PREFIX)


def _reset(request: web.Request) -> web.StreamResponse:
    """Break the connection so that the client sees ECONNRESET and no answer."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
