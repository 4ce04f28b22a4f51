"""Reads the C2PA manifest of a picture that anybody may have sent; nothing of it goes over the network."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from c2pa import C2paError, Context, Reader
from pydantic import BaseModel

from bot.provenance.source import TYPES

_PNG, _MANIFEST_CHUNK = b"\x89PNG\r\n\x1a\n", b"caBX"
_LONGEST = 80
_SETTINGS = {
    "core": {
        "allowed_network_hosts": [],
        "decode_identity_assertions": False,  # it would ask the network in spite of the line above
        "max_decompressed_manifest_size_in_mb": 4,
    },
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}


class Trust(StrEnum):
    """What a manifest is worth."""

    NONE = "none"  # there is none
    OURS = "ours"  # the picture is as it was signed here
    UNKNOWN = "unknown"  # the picture is as somebody else signed it
    INVALID = "invalid"  # the picture is not as it was signed
    UNREADABLE = "unreadable"


_TRUST = {"Trusted": Trust.OURS, "Valid": Trust.UNKNOWN, "Invalid": Trust.INVALID}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What it claims; `source` is the name of an IPTC digital source type. Anybody may claim anything but `OURS`."""

    trust: Trust
    generator: str = ""
    issuer: str = ""
    source: str = ""


class _Generator(BaseModel):
    name: str = ""


class _Action(BaseModel):
    digitalSourceType: str = ""  # noqa: N815 (as it stands there)


class _Data(BaseModel):
    actions: list[_Action] = []


class _Assertion(BaseModel):
    label: str
    data: _Data | object = None


class _Signature(BaseModel):
    issuer: str | None = None


class _Claim(BaseModel):
    claim_generator_info: list[_Generator] = []
    assertions: list[_Assertion] = []
    signature_info: _Signature = _Signature()


class _Store(BaseModel):
    active_manifest: str
    manifests: dict[str, _Claim]


def read_manifest(data: bytes, kind: str, root: str) -> Manifest:
    """The active manifest of a picture; `kind` is such as `png`, and what the certificate `root` (PEM) vouches for is
    ours. An empty `root` vouches for nothing.
    """
    trust = {"trust": {"user_anchors": root}} if root else {}
    try:
        with Context.from_dict(_SETTINGS | trust) as context:
            reader = Reader.try_create(f"image/{kind}", io.BytesIO(data), None, context)
            if reader is None:
                return Manifest(Trust.NONE)
            with reader:
                state, store = reader.get_validation_state(), _Store.model_validate_json(reader.json())
            return _manifest(_TRUST[state or "Invalid"], store.manifests[store.active_manifest])
    except (C2paError, ValueError, KeyError, RecursionError):
        return Manifest(Trust.UNREADABLE)


def unsigned(data: bytes) -> bytes:
    """A PNG as it was before it was signed, to the byte; anything else as it is."""
    if not data.startswith(_PNG):
        return data
    return _PNG + b"".join(chunk for chunk in _chunks(data) if chunk[4:8] != _MANIFEST_CHUNK)


def _chunks(data: bytes) -> Iterator[bytes]:
    """Each with its length and checksum; the last one may be cut off."""
    at = len(_PNG)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at:end]
        at = end


def _manifest(trust: Trust, claim: _Claim) -> Manifest:
    generator = claim.claim_generator_info[0].name if claim.claim_generator_info else ""
    issuer = claim.signature_info.issuer or ""
    return Manifest(trust, generator[:_LONGEST], issuer[:_LONGEST], _source(claim)[:_LONGEST])


def _source(claim: _Claim) -> str:
    """As the first action says that has one: that is how the picture came to be."""
    actions = (
        action
        for assertion in claim.assertions
        if assertion.label.startswith("c2pa.actions") and isinstance(assertion.data, _Data)
        for action in assertion.data.actions
    )
    return next(
        (action.digitalSourceType.removeprefix(TYPES) for action in actions if action.digitalSourceType), ""
    )
