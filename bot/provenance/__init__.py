"""A picture says what it is: how it was made, in the field's convention, and that a machine made it, signed."""

from bot.provenance.files import PictureFile, fit, png, read_parameters
from bot.provenance.fingerprint import MOST_BITS, fingerprint, fingerprint_of
from bot.provenance.inspection import Inspection, inspect
from bot.provenance.manifest import Manifest, Trust, unsigned
from bot.provenance.parameters import parameters
from bot.provenance.seal import Seal
from bot.provenance.signing import Signing, SigningError
from bot.provenance.source import SourceType, source_of

__all__ = [
    "MOST_BITS",
    "Inspection",
    "Manifest",
    "PictureFile",
    "Seal",
    "Signing",
    "SigningError",
    "SourceType",
    "Trust",
    "fingerprint",
    "fingerprint_of",
    "fit",
    "inspect",
    "parameters",
    "png",
    "read_parameters",
    "source_of",
    "unsigned",
]
