"""The page's side of the server: its files, its event stream, and what its visitor does as a member."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from bot.playground.acts import Acts
from bot.playground.core import Core
from bot.playground.errors import DeniedError
from bot.playground.feed import Change, News
from bot.playground.interactions import InteractionType
from bot.playground.page_state import state_json
from bot.playground.render_messages import attachment_json
from bot.playground.uploads import Upload
from bot.playground.wire import Json, snowflake_or_none
from bot.playground.world import Channel, Message, User

PAGE = Path(__file__).parent / "page"


class PageApi:
    """Serves the routes of the page; every act raises DeniedError with a sentence for the visitor."""

    def __init__(self, core: Core, acts: Acts) -> None:
        self._core = core
        self._acts = acts

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self._index),
            web.get("/page/events", self._events),
            web.post("/page/interactions", self._interactions),
            web.post("/page/uploads", self._uploads),
            web.post("/page/messages", self._messages),
            web.post("/page/reactions", self._reactions),
            web.static("/page/", PAGE),
        ]

    async def _index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        """The stream of one visitor (who names no member is the first): the state, then every change."""
        first = next(each.user.id for each in self._core.world.guild.members.values() if not each.user.bot)
        member = self._member(request.query.get("member_id", first))
        socket = web.WebSocketResponse(heartbeat=30.0)
        await socket.prepare(request)
        outbox: asyncio.Queue[Json] = asyncio.Queue()
        outbox.put_nowait(state_json(self._core, self._acts, member, with_messages=True))
        subscription = self._core.feed.subscribe(
            member.id, lambda news: outbox.put_nowait(self._frame(news, member))
        )
        writer = asyncio.create_task(_write(socket, outbox))
        try:
            async for _ in socket:
                pass  # the page only listens
        finally:
            self._core.feed.unsubscribe(subscription)
            writer.cancel()
        return socket

    def _frame(self, news: News, member: User) -> Json:
        if news.change is Change.STATE:
            return state_json(self._core, self._acts, member, with_messages=False)
        return news.frame()

    async def _interactions(self, request: web.Request) -> web.Response:
        body = await _json(request)
        member, nonce, data = self._member(body.get("member_id")), body.get("nonce"), body.get("data")
        if not isinstance(data, dict):
            raise DeniedError("data is not a JSON object.")
        kind = body.get("type")
        if kind == InteractionType.COMMAND:
            self._acts.run_command(member, self._channel(body), nonce, data)
        elif kind == InteractionType.AUTOCOMPLETE:
            self._acts.autocomplete(member, self._channel(body), nonce, data)
        elif kind == InteractionType.COMPONENT:
            self._acts.use_component(member, self._message(body), nonce, data)
        elif kind == InteractionType.MODAL_SUBMIT:
            self._acts.submit_modal(member, nonce, data)
        else:
            raise DeniedError(f"type is 2, 3, 4 or 5, not {kind!r}.")
        return web.json_response({}, status=202)

    async def _uploads(self, request: web.Request) -> web.Response:
        if request.content_type != "multipart/form-data":
            raise DeniedError("Send the file as multipart/form-data in the field 'file'.")
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                data = bytes(await part.read(decode=False))
                upload = Upload(part.filename or "unknown", data, part.headers.get("Content-Type"))
                attachment = self._acts.upload(upload)
                url = self._core.cdn.url(attachment, self._core.world.application.id)
                return web.json_response(attachment_json(attachment, url))
        raise DeniedError("The field 'file' is missing.")

    async def _messages(self, request: web.Request) -> web.Response:
        body = await _json(request)
        self._acts.say(
            self._member(body.get("member_id")), self._channel(body), str(body.get("content") or "")
        )
        return web.json_response({}, status=202)

    async def _reactions(self, request: web.Request) -> web.Response:
        body = await _json(request)
        member, emoji = self._member(body.get("member_id")), str(body.get("emoji") or "")
        self._acts.toggle_reaction(member, self._message(body), emoji)
        return web.json_response({}, status=202)

    def _member(self, value: Any) -> User:
        user = self._core.world.users.get(snowflake_or_none(value) or 0)
        if user is None or user.bot:
            raise DeniedError(f"There is no member with the id {value}.")
        return user

    def _channel(self, body: Json) -> Channel:
        channel = self._core.world.channels.get(snowflake_or_none(body.get("channel_id")) or 0)
        if channel is None:
            raise DeniedError("This channel is not there any more.")
        return channel

    def _message(self, body: Json) -> Message:
        message = self._channel(body).messages.get(snowflake_or_none(body.get("message_id")) or 0)
        if message is None:
            raise DeniedError("This message is not there any more.")
        return message


async def _write(socket: web.WebSocketResponse, outbox: asyncio.Queue[Json]) -> None:
    while True:
        await socket.send_str(json.dumps(await outbox.get()))


async def _json(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise DeniedError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise DeniedError("The body is not a JSON object.")
    return body
