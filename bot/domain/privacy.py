"""What comes of a member's wish to see, or to delete, what is stored of them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Export:
    """A ZIP file with `data.json` and a folder `pictures`; `left_out` pictures had no room in it."""

    archive: bytes
    pictures: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much went: rows of jobs and pictures, files, and backups that were cleaned or had to go whole.

    `anything` says whether anything was stored of the member, in the database itself.
    """

    jobs: int
    pictures: int
    files: int = 0
    backups_cleaned: int = 0
    backups_deleted: int = 0
    anything: bool = field(default=True, compare=False)
