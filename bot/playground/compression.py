"""How gateway payloads are packed: plain text, or one continuous zlib or zstd stream per connection."""

from __future__ import annotations

import zlib
from typing import Protocol

import zstandard


class Packer(Protocol):
    """Turns one payload into one WebSocket message."""

    def pack(self, text: str) -> str | bytes: ...


class PlainText:
    def pack(self, text: str) -> str:
        return text


class ZlibStream:
    """One deflate stream; every message ends with a sync flush (00 00 FF FF)."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def pack(self, text: str) -> bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """One zstd frame that never ends; every message ends with a block flush."""

    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor().compressobj()

    def pack(self, text: str) -> bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


def packer_for(compress: str | None) -> Packer:
    """The packer that the connection's `compress` query asks for."""
    if compress == "zstd-stream":
        return ZstdStream()
    return ZlibStream() if compress == "zlib-stream" else PlainText()
