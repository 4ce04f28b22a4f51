"""The CDN: attachments under signed addresses that expire, and simple drawn avatars and icons."""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from urllib.parse import quote

from aiohttp import web
from PIL import Image, ImageDraw, ImageFont

from bot.playground.clock import Clock
from bot.playground.world import Attachment, World

LIFETIME_S = 24 * 3600
ROUNDING_S = 3600  # one address an hour, so that a page that is redrawn keeps its cached picture


class Cdn:
    """Signs addresses of attachments and serves the bytes while the signature is good."""

    def __init__(self, clock: Clock, world: World) -> None:
        self.base = ""
        self._clock = clock
        self._world = world
        self._secret = secrets.token_bytes(32)
        self._files: dict[str, Attachment] = {}

    def url(self, attachment: Attachment, place_id: int) -> str:
        """A fresh signed address of an attachment in a channel (or, of an upload, in the application)."""
        folder = "ephemeral-attachments" if attachment.ephemeral else "attachments"
        path = f"/{folder}/{place_id}/{attachment.id}/{attachment.filename}"
        self._files[path] = attachment
        issued = int(self._clock.now()) // ROUNDING_S * ROUNDING_S
        ex, is_ = f"{issued + LIFETIME_S:x}", f"{issued:x}"
        return f"{self.base}{quote(path)}?ex={ex}&is={is_}&hm={self._sign(path, ex, is_)}&"

    def forget(self, attachment: Attachment) -> None:
        """Serve this file no longer, whatever its address says."""
        for path in [path for path, kept in self._files.items() if kept is attachment]:
            del self._files[path]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{folder:(?:ephemeral-)?attachments}/{place}/{id}/{name}", self._attachment),
            web.get("/avatars/{id:\\d+}/{name}", self._avatar),
            web.get("/embed/avatars/{name}", self._avatar),
            web.get("/icons/{id:\\d+}/{name}", self._avatar),
        ]

    def _sign(self, path: str, expires: str, issued: str) -> str:
        return hmac.new(self._secret, f"{path}?{expires}&{issued}".encode(), hashlib.sha256).hexdigest()

    async def _attachment(self, request: web.Request) -> web.Response:
        query, path = request.query, request.path
        signature = self._sign(path, query.get("ex", ""), query.get("is", ""))
        if not hmac.compare_digest(signature.encode(), query.get("hm", "").encode()):
            raise web.HTTPForbidden(text="The signature of this address is not valid.")
        found = self._files.get(path)
        if found is None or int(query["ex"], 16) < self._clock.now():
            raise web.HTTPNotFound(text="This content is no longer available.")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=found.data, headers=headers | {"Content-Type": found.content_type})

    async def _avatar(self, request: web.Request) -> web.Response:
        user = self._world.users.get(int(request.match_info.get("id", "0") or 0))
        name, color = (user.display_name, user.color) if user else (self._world.guild.name, "#5865f2")
        return web.Response(body=draw_avatar(name[:1], color), content_type="image/png")


def draw_avatar(letter: str, color: str, side: int = 128) -> bytes:
    """A square PNG of `side` pixels: one letter on a plain ground."""
    picture = Image.new("RGB", (side, side), color)
    font = ImageFont.load_default(side * 0.55)
    ImageDraw.Draw(picture).text((side / 2, side / 2), letter, "white", font, anchor="mm")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
