"""Signs pictures by the C2PA standard with the owner's own certificate; nothing of it goes over the network."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

from c2pa import (
    Builder,
    C2paBuilderIntent,
    C2paDigitalSourceType,
    C2paError,
    C2paSignerInfo,
    C2paSigningAlg,
    Context,
    Signer,
)
from PIL import Image

from bot.errors import AtelierError
from bot.provenance.certificates import Certificates, read_or_make
from bot.provenance.files import PictureFile
from bot.provenance.manifest import Trust, read_manifest
from bot.provenance.source import SourceType

_SPARE = 256  # bytes; the same signature takes a little more in one format than in another
_CLAIM = {"claim_generator_info": [{"name": "Atelier"}]}
_SETTINGS = {
    "core": {"allowed_network_hosts": []},
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": False},  # it costs half as much as the signing
}
_TYPES = {
    SourceType.TRAINED: C2paDigitalSourceType.TRAINED_ALGORITHMIC_MEDIA,
    SourceType.COMPOSITE: C2paDigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
}


class SigningError(AtelierError):
    """A picture cannot be signed; the sentence is for the owner."""


class Signing:
    """The certificates of a folder, which are made where it is missing. May be used by several threads at once.

    Others can check that a picture is as it was signed, but not by whom: the certificate is on nobody's list.
    A signature takes no more than `room` bytes. Raises `SigningError` where the folder holds nothing that signs.
    """

    def __init__(self, folder: Path) -> None:
        try:
            certificates = read_or_make(folder)
            self.root = certificates.root.decode("ascii")
            self._context = _context(certificates)
            self.room = self._try()
        except (OSError, ValueError, C2paError, SigningError) as error:
            raise SigningError(
                f"The certificates in {folder} cannot be used: {error}. Move the folder away to have new ones made."
            ) from error

    def sign(self, file: PictureFile, source: SourceType) -> PictureFile:
        """The file with a manifest that says what its pixels are. Raises `SigningError`."""
        out = io.BytesIO()
        try:
            with Builder(_CLAIM, self._context) as builder:
                builder.set_intent(C2paBuilderIntent.CREATE, _TYPES[source])
                builder.sign(f"image/{file.ending}", io.BytesIO(file.data), out)
        except C2paError as error:
            raise SigningError(f"The picture cannot be signed: {error}") from error
        return replace(file, data=out.getvalue())

    def _try(self) -> int:
        """The room that a signature takes. Raises `SigningError` where it does not hold."""
        speck = _speck()
        signed = self.sign(speck, SourceType.TRAINED)
        if read_manifest(signed.data, signed.ending, self.root).trust is not Trust.OURS:
            raise SigningError("what they sign does not hold")
        return len(signed.data) - len(speck.data) + _SPARE


def _context(certificates: Certificates) -> Context:
    info = C2paSignerInfo(C2paSigningAlg.ES256, certificates.signer, certificates.key, None)
    return Context.from_dict(_SETTINGS, Signer.from_info(info))


def _speck() -> PictureFile:
    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, "PNG")
    return PictureFile(out.getvalue(), "png")
