"""Everything durable, opened together: the database's stores and the picture folder."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.settings import Settings
from bot.storage.album import AlbumStore
from bot.storage.allowed_guilds import AllowedGuilds
from bot.storage.backup import CERTIFICATES as CERTIFICATES
from bot.storage.backup import KEY as KEY
from bot.storage.backup_shelf import BackupShelf
from bot.storage.database import Database
from bot.storage.debits import DebitStore
from bot.storage.fingerprints import FingerprintStore
from bot.storage.jobs import JobQueue
from bot.storage.members import MemberStore
from bot.storage.moderation import AuditStore, BlockStore, ReviewStore, TakedownStore
from bot.storage.pictures import PictureStore
from bot.storage.policies import PolicyStore
from bot.storage.postings import Postings
from bot.storage.privacy import PrivacyStore
from bot.storage.pseudonyms import Pseudonyms
from bot.storage.retention import Retention
from bot.storage.studio_state import StudioState

DATABASE = "atelier.db"
PICTURES = "pictures"
BACKUPS = "backups"
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Stores:
    """One of each."""

    queue: JobQueue
    pictures: PictureStore
    postings: Postings
    fingerprints: FingerprintStore
    members: MemberStore
    album: AlbumStore
    policies: PolicyStore
    blocks: BlockStore
    debits: DebitStore
    reviews: ReviewStore
    takedowns: TakedownStore
    audit: AuditStore
    allowed_guilds: AllowedGuilds
    studio: StudioState
    privacy: PrivacyStore
    retention: Retention
    backups: BackupShelf
    pseudonyms: Pseudonyms


def open_stores(database: Database, settings: Settings) -> Stores:
    """All stores of one database and its folder. Raises `StorageError`."""
    storage = settings.storage
    pictures = PictureStore(storage.folder / PICTURES)
    pseudonyms = Pseudonyms(storage.folder / KEY)
    policies, blocks = PolicyStore(database, pseudonyms), BlockStore(database, pseudonyms, utc_ms)
    members, shelf = MemberStore(database, utc_ms), open_shelf(settings)
    forgets = [store.copies.forget for store in (policies, blocks, members)]
    return Stores(
        queue=JobQueue(database, utc_ms),
        pictures=pictures,
        postings=Postings(database),
        fingerprints=FingerprintStore(database),
        members=members,
        album=AlbumStore(database, utc_ms),
        policies=policies,
        blocks=blocks,
        debits=DebitStore(database, utc_ms),
        reviews=ReviewStore(database, utc_ms),
        takedowns=TakedownStore(database, utc_ms),
        audit=AuditStore(database, utc_ms),
        allowed_guilds=AllowedGuilds(database, utc_ms),
        studio=StudioState(database),
        privacy=PrivacyStore(database, pictures, pseudonyms, utc_ms, forgets, shelf),
        retention=Retention(
            database,
            pictures,
            max_bytes=int(storage.max_gib * 2**30),
            keep_ms=int(storage.keep_days * _DAY_MS),
            now=utc_ms,
        ),
        backups=shelf,
        pseudonyms=pseudonyms,
    )


def open_shelf(settings: Settings) -> BackupShelf:
    """Where `/owner backup` writes."""
    folder = settings.storage.folder
    return BackupShelf(
        folder / DATABASE,
        folder / PICTURES,
        settings.storage.backups or folder / BACKUPS,
        keep_ms=int(settings.storage.keep_backup_days * _DAY_MS),
        now=utc_ms,
    )


def utc_ms() -> int:
    """Now, in UTC milliseconds."""
    return time.time_ns() // 1_000_000
