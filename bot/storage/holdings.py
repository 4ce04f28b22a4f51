"""Where the database and its folder know members, and what becomes of it when one of them has their data deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """What deletion does."""

    ROW_DELETED = "the row is deleted"
    BLANKED = "the row stays without it"
    HASHED = "it is a keyed hash, and stays"
    NOBODY = "it says nothing of a member, and stays"


@dataclass(frozen=True, slots=True)
class Holding:
    """Columns of a table that share a fate, and the reason for it."""

    table: str
    columns: tuple[str, ...]
    fate: Fate
    why: str


_THEIRS = "It is the member's own."
_AGAIN = "Limits and blocks must know the member again, or deleting one's data would lift them."

HOLDINGS: Final = (
    Holding(
        "job",
        ("user_id", "locale", "lane", "prompt", "negative", "reason"),
        Fate.ROW_DELETED,
        "It is the member's own; jobs that others made from it keep their words and files, and lose their parent.",
    ),
    Holding(
        "job", ("parent_id", "parent_cell"), Fate.BLANKED, "Others' jobs do not name a job that is gone."
    ),
    Holding("lane", ("name",), Fate.HASHED, "The turns of others are counted against those taken."),
    Holding("picture", ("job_id",), Fate.ROW_DELETED, "It goes with its job, and its file with it."),
    Holding("posting", ("job_id",), Fate.ROW_DELETED, "It goes with its job."),
    Holding("favourite", ("user_id",), Fate.ROW_DELETED, _THEIRS),
    Holding("preference", ("user_id", "locale", "suffix"), Fate.ROW_DELETED, _THEIRS),
    Holding("shortcut", ("user_id", "name", "flags"), Fate.ROW_DELETED, _THEIRS),
    Holding("draft", ("user_id", "words"), Fate.ROW_DELETED, _THEIRS),
    Holding("report", ("user_id", "reason"), Fate.ROW_DELETED, _THEIRS),
    Holding("report", ("job_id",), Fate.BLANKED, "What others reported stays, without the job."),
    Holding(
        "optout",
        ("user_id", "name", "note"),
        Fate.ROW_DELETED,
        "A name that was approved stays, and is still refused, without who asked for it and why.",
    ),
    Holding("debit", ("member",), Fate.HASHED, _AGAIN),
    Holding("block", ("member",), Fate.HASHED, _AGAIN),
    Holding("block", ("user_id", "reason"), Fate.BLANKED, "A block holds without saying whom or why."),
    Holding(
        "rule",
        ("target_id",),
        Fate.BLANKED,
        "A keyed hash takes the place of a member's id, since a limit that an admin set must know the member again.",
    ),
    Holding("review", ("job_id",), Fate.ROW_DELETED, "It goes with its job."),
    Holding(
        "audit",
        ("actor_id", "target_id", "job_id", "detail"),
        Fate.BLANKED,
        "That something was done stays; who did it to whom does not.",
    ),
    Holding("studio", ("value",), Fate.BLANKED, "The pause of the GPU stays, without who ordered it."),
    Holding(
        "takedown",
        ("sha256", "job_id"),
        Fate.NOBODY,
        "The hash of a picture that may not be shown again, and the name of a job that is gone.",
    ),
    Holding("guild", (), Fate.NOBODY, "It counts work."),
    Holding("allowed_guild", (), Fate.NOBODY, "It names servers."),
    Holding("migration", ("name",), Fate.NOBODY, "The name of a file of Atelier."),
)

FILES: Final[Mapping[str, str]] = {
    "pictures/*/*.png": "Deleted: what was drawn for the member, unless others have drawn the same; and what they "
    "started from, unless others need it.",
    "*.db": "The rows above; the file is written anew without them.",
    "*.db-wal": "The latest changes; it is emptied.",
    "*.db-shm": "An index of the log; it has no content of rows.",
    "*.db.*.backup": "What the database was before a migration: cleaned, or deleted if its schema is an older one.",
    "*.db.backup-unfinished": "A backup that was cut off; it is deleted unless it can be cleaned.",
    "backups/*/*.db": "A backup that the owner made: as one before a migration.",
    "backups/*/*.db.unfinished": "One that was cut off; it is deleted unless it can be cleaned.",
    "backups/*/pictures.txt": "The names of its picture files; it names nobody.",
    "backups/*/*.key": "The key of that time; it names nobody.",
    "*.db.lock": "It is empty.",
    "*.key": "The key of the hashes; it names nobody.",
    "*.key.*.replaced": "The key before a backup was restored; it names nobody.",
}
"""By pattern, relative to the folder of the database."""
