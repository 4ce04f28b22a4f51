"""One REST call as a handler sees it, what it answers, and how a request is read."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.playground.core import Core
from bot.playground.errors import ApiError, Refusal, refuse
from bot.playground.limits import Rule
from bot.playground.record import Part
from bot.playground.uploads import Upload
from bot.playground.wire import Json, snowflake_or_none

API_PREFIX = "/api/v10"
WRONG_CONTENT_TYPE = (
    "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}."
)
FILE_PART = re.compile(r"files\[(\d+)\]")
ORDINARY = Rule(10, 5.0)
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass(frozen=True, slots=True)
class Call:
    """A request: named path segments, query, JSON body, and files by their number."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: Mapping[int, Upload] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    content_type: str | None = None

    def id(self, name: str) -> int:
        """An id of the path; one that is no snowflake exists nowhere."""
        number = snowflake_or_none(self.path[name])
        if number is None:
            raise refuse(Refusal.NOT_FOUND)
        return number

    @property
    def json(self) -> Json:
        """The body as an object; an empty one where there is none."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def place(self) -> str:
        """The major parameters that share a rate limit bucket."""
        return ":".join(self.path[name] for name in MAJOR if name in self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: status and JSON body (None for 204)."""

    body: Any = None
    status: int = 200


NO_CONTENT = Answer(status=204)
Handler = Callable[[Core, Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; `public` ones carry their secret in the path and need no bot token."""

    method: str
    template: str
    handler: Handler
    rule: Rule | None = ORDINARY
    public: bool = False
    counts_globally: bool = True

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"


async def read_call(request: web.Request) -> Call:
    """Read a request whole; the body must be JSON or multipart with payload_json and files[n]."""
    path, query, kind = dict(request.match_info), dict(request.query), request.content_type
    if kind == "multipart/form-data":
        body, files, parts = await _read_multipart(request)
        return Call(path, query, body, files, parts, kind)
    text = await request.text()
    if not text:
        return Call(path, query)
    if kind != "application/json":
        raise ApiError(400, {"message": WRONG_CONTENT_TYPE, "code": 50035})
    return Call(path, query, _parse(text), content_type=kind)


async def _read_multipart(request: web.Request) -> tuple[Any, dict[int, Upload], tuple[Part, ...]]:
    body: Any = None
    files: dict[int, Upload] = {}
    parts: list[Part] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=False))
        name, kind = part.name or "", part.headers.get("Content-Type")
        parts.append(Part(name, part.filename, kind, len(data)))
        if name == "payload_json":
            body = _parse(data.decode("utf-8", "replace"))
        elif (number := FILE_PART.fullmatch(name)) and part.filename:
            files[int(number[1])] = Upload(part.filename, data, kind)
    return body, files, tuple(parts)


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise refuse(Refusal.INVALID_JSON) from None
