"""The one way in and out: every picture that a request brings, previews or makes is looked at here, if it asks."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import sha256

from PIL import Image

from engine.events import Picture
from engine.networks import LATENT
from engine.request import ImageRequest, PictureRequest, RequestError
from engine.safety.desk import CheckDesk
from engine.safety.views import views_of
from engine.sentence import say
from engine.start_picture import source_picture, start_picture


class Guard:
    """Of one request, in its strand; `own` is the side of the pictures that its model draws best, in pixels.

    Its methods raise `Unchecked` where a check cannot be done, and what is thrown into the strand.
    """

    def __init__(self, request: PictureRequest, own: int, desk: CheckDesk) -> None:
        self._request, self._own, self._desk = request, own, desk
        self._hides = False

    def check_start(self) -> None:
        """Before the first step. Raises `RequestError` where the start picture shows what no picture may."""
        if not self._request.check:
            return
        self._desk.open()
        name = _start_name(self._request)
        if name is not None and self._desk.flags_start((*name, self._own), self._views_of_start):
            raise RequestError(say("The start picture is not allowed here."))

    def passed(self, preview: Picture | None) -> Picture | None:
        """The preview, or nothing from the first one on that shows what no picture may."""
        if preview is None or self._hides:
            return None
        self._hides = self._flags(preview, self._own // LATENT)
        return None if self._hides else preview

    def flags(self, picture: Picture) -> bool:
        """Whether a picture of full size shows what no picture may; False where no check was asked for."""
        return self._flags(picture, self._own)

    def _views_of_start(self) -> list[Image.Image]:
        return views_of(_start_of(self._request), self._own)

    def _flags(self, picture: Picture, own: int) -> bool:
        if not self._request.check:
            return False
        image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
        return self._desk.flags(views_of(image, own))


def _start_of(request: PictureRequest) -> Image.Image:
    return start_picture(request) if isinstance(request, ImageRequest) else source_picture(request)


def _start_name(request: PictureRequest) -> tuple[Hashable, ...] | None:
    """What `_start_of` depends on; none where there is no start picture."""
    if not isinstance(request, ImageRequest):
        return sha256(request.image).digest(), request.factor
    if request.image is None:
        return None
    return sha256(request.image).digest(), (request.width, request.height)
