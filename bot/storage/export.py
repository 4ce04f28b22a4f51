"""Puts all that is stored of a member into one ZIP file that a person can read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from bot.storage.pictures import StoredFile

_JSON = ("style", "words", "value")  # columns that hold JSON
_HEADERS, _LINE = 256, 128  # the most bytes that a picture takes beside its own, and a packed line about it


@dataclass(frozen=True, slots=True)
class Packed:
    """How many rows and pictures an archive holds, and how many pictures had no room in it."""

    rows: int
    pictures: int
    left_out: int


def pack(
    out: IO[bytes],
    sections: Mapping[str, Sequence[sqlite3.Row]],
    hashes: Sequence[str],
    found: Iterable[StoredFile],
    withheld: Container[str],
    max_bytes: int,
) -> Packed:
    """Write an archive: `data.json` with the rows, as many pictures as `max_bytes` hold, and `files.json` about them.

    `hashes` name the pictures, the dearest first; of those that are `found`, the `withheld` are not given out. Times
    become ISO 8601 in UTC. The rows are never left out, even if they alone are more than `max_bytes`.
    """
    files = {file.sha256: file for file in found if file.sha256 not in withheld}
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        data = {name: [_readable(row) for row in rows] for name, rows in sections.items()}
        archive.writestr("data.json", _text(data))
        room = max_bytes - out.tell() - 2 * _HEADERS - _LINE * len(hashes)
        packed = _pack_pictures(archive, [files[sha256] for sha256 in hashes if sha256 in files], room)
        lines = [_line(sha256, packed, _missing(sha256, files, withheld)) for sha256 in hashes]
        archive.writestr("files.json", _text(lines))
    return Packed(sum(map(len, sections.values())), len(packed), len(files) - len(packed))


def _pack_pictures(archive: ZipFile, files: Iterable[StoredFile], room: int) -> set[str]:
    packed = set()
    for file in files:
        if file.bytes + _HEADERS <= room:
            with suppress(FileNotFoundError):  # it went in this moment
                archive.write(file.path, _name(file.sha256), ZIP_STORED)
                room -= file.bytes + _HEADERS
                packed.add(file.sha256)
    return packed


def _line(sha256: str, packed: set[str], missing: str) -> dict[str, str | None]:
    there = sha256 in packed
    return {"sha256": sha256, "file": _name(sha256) if there else None, "missing": None if there else missing}


def _missing(sha256: str, files: Container[str], withheld: Container[str]) -> str:
    if sha256 in withheld:
        return "held back from everybody"
    return "left out: the archive has no room for it" if sha256 in files else "no longer stored"


def _name(sha256: str) -> str:
    return f"pictures/{sha256}.png"


def _text(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1)


def _readable(row: sqlite3.Row) -> dict[str, object]:
    return {name: _value(name, row[name]) for name in row.keys()}  # noqa: SIM118 (a row yields its values)


def _value(name: str, value: str | float | None) -> object:
    if isinstance(value, int) and (name in ("at", "until") or name.endswith(("_at", "_until"))):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
    return json.loads(value) if isinstance(value, str) and name in _JSON else value
