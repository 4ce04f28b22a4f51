"""The one way in and out: every picture that a request brings, previews or makes is looked at here, if it asks."""

from __future__ import annotations

from PIL import Image

from engine.events import Picture
from engine.networks import LATENT
from engine.request import ImageRequest, PictureRequest, RequestError
from engine.safety.desk import CheckDesk
from engine.safety.views import views_of
from engine.sentence import say
from engine.start_picture import source_picture, start_picture
from engine.upscale import as_picture


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
        picture = _start_of(self._request)
        if picture is not None and self.flags(as_picture(picture)):
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

    def _flags(self, picture: Picture, own: int) -> bool:
        if not self._request.check:
            return False
        image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
        return self._desk.flags(views_of(image, own))


def _start_of(request: PictureRequest) -> Image.Image | None:
    if not isinstance(request, ImageRequest):
        return source_picture(request)
    return None if request.image is None else start_picture(request)
