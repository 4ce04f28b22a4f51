"""Starts and stops a playground: one aiohttp application on 127.0.0.1 with API, gateway, CDN and page."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.acts import Acts
from bot.playground.clock import Clock
from bot.playground.core import Core
from bot.playground.default_world import JOINED, LONG_AGO
from bot.playground.endpoints import Endpoints
from bot.playground.errors import DeniedError
from bot.playground.member import PATIENCE_S, Member
from bot.playground.page_api import PageApi
from bot.playground.rest import callbacks, commands, guilds, messages, users, webhooks
from bot.playground.rest.front import Front
from bot.playground.steward import Steward
from bot.playground.world import Role, User

HOST = "127.0.0.1"
LOCAL_NAMES = frozenset({HOST, "localhost"})
LARGEST_REQUEST = 256 * 1024 * 1024


class Playground:
    """A Discord of one's own; use it with `async with`, or `start` and `stop` it.

    Everything may be reached and changed while it runs: `world` (what exists), `clock` (advance it),
    `faults` (script misfortune), `gateway` (drop connections), `steward` (change the guild), `limits`,
    `record` (every REST call).
    """

    def __init__(self, token: str | None = None, clock: Clock | None = None) -> None:
        self.token = token or f"playground.{secrets.token_urlsafe(24)}"
        self.core = Core(self.token, clock)
        self.clock = self.core.clock
        self.world = self.core.world
        self.gateway = self.core.gateway
        self.limits = self.core.limits
        self.faults = self.core.faults
        self.record = self.core.record
        self.steward = Steward(self.core)
        self._acts = Acts(self.core)
        self._members: list[Member] = []
        self._runner: web.AppRunner | None = None

    @property
    def endpoints(self) -> Endpoints:
        """Where discord.py finds it, for `connect` or for a child process."""
        return self.core.endpoints

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"{self.core.endpoints.cdn}/"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one. OSError when the port is taken."""
        self._runner = web.AppRunner(
            self._application(), handle_signals=False, shutdown_timeout=0.5, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.core.settle(Endpoints.on_port(bound))

    async def stop(self) -> None:
        """Close every connection and forget every timer."""
        for member in self._members:
            member.leave()
        self.clock.cancel_all()
        await self.gateway.close_all(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def wait_until_online(self, timeout: float = PATIENCE_S) -> None:  # noqa: ASYNC109
        """Return once a bot is connected and identified; TimeoutError after `timeout` real seconds."""
        await asyncio.wait_for(self.gateway.arrived.wait(), timeout)

    async def wait_until_offline(self, timeout: float = PATIENCE_S) -> None:  # noqa: ASYNC109
        """Return once no bot is connected; TimeoutError after `timeout` real seconds."""
        await asyncio.wait_for(self.gateway.gone.wait(), timeout)

    def member(self, username: str) -> Member:
        """Act and watch as this member; KeyError names who there is."""
        member = Member(self.core, self._acts, self.world.user_named(username))
        self._members.append(member)
        return member

    def new_user(
        self,
        username: str,
        *,
        created: float = LONG_AGO,
        joined: float | None = JOINED,
        roles: Iterable[Role] = (),
        locale: str = "en-US",
    ) -> User:
        """Somebody new, of long standing unless the moments (Unix seconds) say otherwise.

        Their id tells when the account was made; who never `joined` (None) is a stranger to the guild.
        """
        user = User(self.core.new_id.at(created), username, username.capitalize(), locale=locale)
        self.world.users[user.id] = user
        if joined is not None:
            self.steward.add_member(user, joined=joined, roles=roles)
        return user

    def _application(self) -> web.Application:
        application = web.Application(
            client_max_size=LARGEST_REQUEST, middlewares=[_only_local, _say_denials]
        )
        routes = [
            *users.ROUTES,
            *commands.ROUTES,
            *callbacks.ROUTES,
            *webhooks.ROUTES,
            *messages.ROUTES,
            *guilds.ROUTES,
        ]
        application.add_routes(Front(self.core, routes).routes())
        application.add_routes(
            [web.get("/gateway", self.gateway.handle), web.get("/gateway/", self.gateway.handle)]
        )
        application.add_routes(self.core.cdn.routes())
        application.add_routes(PageApi(self.core, self._acts).routes())
        application.on_response_prepare.append(_keep_the_page_fresh)
        return application


async def _keep_the_page_fresh(request: web.Request, response: web.StreamResponse) -> None:
    """After an upgrade no browser may go on with old modules."""
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"


@web.middleware
async def _only_local(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other sites in a visitor's browser: a foreign Host (DNS rebinding) or a foreign Origin."""
    origin = request.headers.get("Origin")
    foreign_origin = origin is not None and origin != f"{request.scheme}://{request.host}"
    if request.host.rpartition(":")[0] not in LOCAL_NAMES or foreign_origin:
        raise web.HTTPForbidden(text="The playground answers only on 127.0.0.1.")
    return await handler(request)


@web.middleware
async def _say_denials(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What a member may not do is a 400 with its sentence."""
    try:
        return await handler(request)
    except DeniedError as denied:
        return web.json_response({"message": str(denied)}, status=400)
