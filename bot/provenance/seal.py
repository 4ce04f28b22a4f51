"""What becomes of a picture that goes out: it is signed, and where it cannot be, the owner's word holds."""

from __future__ import annotations

import logging
from pathlib import Path

from bot.provenance.files import PictureFile, fit
from bot.provenance.signing import Signing, SigningError
from bot.provenance.source import SourceType, source_of

_log = logging.getLogger(__name__)


class Seal:
    """With `hold` a picture that cannot be signed does not go out; else it goes out unsigned. The log says it once.

    Raises `SigningError` where nothing can be signed with the certificates in the folder, and that is to `hold`.
    """

    def __init__(self, folder: Path, *, hold: bool) -> None:
        self._hold, self._failing = hold, False
        self.signing: Signing | None = None
        try:
            self.signing = Signing(folder)
        except SigningError as error:
            if hold:
                raise
            _log.error("pictures go out unsigned: %s", error.sentence)

    def fit(self, data: bytes, limit: int) -> PictureFile | None:
        """A stored picture in at most `limit` bytes, signed; none where it cannot be that small.

        Raises `SigningError` where it cannot be signed and is to be held back.
        """
        if self.signing is None:
            return fit(data, limit)
        file = fit(data, limit - self.signing.room)
        return None if file is None else self._sign(self.signing, file, source_of(data))

    def _sign(self, signing: Signing, file: PictureFile, source: SourceType) -> PictureFile:
        try:
            signed = signing.sign(file, source)
        except SigningError as error:
            if not self._failing:
                fate = "are held back" if self._hold else "go out unsigned"
                _log.error("pictures %s: %s", fate, error.sentence)
            self._failing = True
            if self._hold:
                raise
            return file
        self._failing = False
        return signed
