"""Finds the jobs of a picture: by its file, or by what it looks like."""

from __future__ import annotations

from dataclasses import dataclass

from bot.storage.database import Database
from bot.storage.rows import signed

_MOST = 25


@dataclass(frozen=True, slots=True)
class Match:
    """A picture of a job that may be seen; `bits` of its fingerprint differ."""

    job_id: str
    cell: int
    bits: int


class FingerprintStore:
    """The oldest jobs first, and no more than some. Every method may raise `StorageError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_sha256(self, sha256: str) -> list[Match]:
        """The pictures that are this very file."""
        rows = await self._database.reader.rows("pictures_of_file", sha256=sha256, most=_MOST)
        return [Match(**row) for row in rows]

    async def nearest(self, fingerprint: int, most_bits: int) -> list[Match]:
        """The pictures that differ in no more bits, the nearest first. It compares with all that there are."""
        rows = await self._database.searcher.rows(
            "nearest_pictures", fingerprint=signed(fingerprint), most_bits=most_bits, most=_MOST
        )
        return [Match(**row) for row in rows]
