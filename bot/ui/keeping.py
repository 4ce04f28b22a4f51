"""What is kept how long and what goes next, in sentences for Discord and for the command line."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.text import code
from bot.service.stewardship import Keeping, NewBackup, Shelf
from engine.sentence import Sentence, say

_GIB, _MIB, _DAY_MS = 2**30, 2**20, 86_400_000
When = Callable[[int], str]  # UTC milliseconds in the reader's words


def kept(keeping: Keeping, when: When) -> list[Sentence]:
    """All that goes by itself, each with the name of the setting that changes it."""
    pictures = keeping.pictures
    return [
        say("Files with pictures: {files}, {size:,.1f} MiB of {budget:g} GiB (`storage.max_gib`).",
            files=pictures.stored.files, size=pictures.stored.bytes / _MIB, budget=pictures.max_bytes / _GIB),
        say("They are kept {days:g} days (`storage.keep_days`).", days=pictures.keep_ms / _DAY_MS)
        if pictures.oldest_at is None
        else say("They are kept {days:g} days (`storage.keep_days`); the oldest was stored {time}.",
                 days=pictures.keep_ms / _DAY_MS, time=when(pictures.oldest_at)),
        say("Favourites and work on its way stay longer. Files of these: {files}, {size:,.1f} MiB.",
            files=pictures.needed.files, size=pictures.needed.bytes / _MIB),
        say("The next tidying is {time}. Files that it deletes, as it is now: {files}, {size:,.1f} MiB.",
            time=when(pictures.next_at), files=pictures.doomed.files, size=pictures.doomed.bytes / _MIB),
        say("Records of requests stay until their members delete them, and the log for ever."),
        *shelf(keeping.backups, when),
    ]  # fmt: skip


def made(backup: NewBackup, when: When) -> list[Sentence]:
    """Where a new backup is, and what belongs to it."""
    return [
        say("The backup is in {folder}: {size:,.1f} MiB, checked.",
            folder=code(str(backup.folder)), size=backup.bytes / _MIB),
        say("Pictures that belong to it: {count}. They are not copied; `pictures.txt` beside it lists them.",
            count=backup.pictures),
        *shelf(backup.shelf, when),
    ]  # fmt: skip


def shelf(backups: Shelf, when: When) -> list[Sentence]:
    """How many backups there are, and when they go."""
    where, days = code(str(backups.folder)), backups.keep_ms / _DAY_MS
    if backups.newest_at is None:
        return [say("There is no backup in {folder} (`storage.backups`).", folder=where)]
    lines = [
        say("Backups in {folder} (`storage.backups`): {count}, {size:,.1f} MiB; the newest is of {time}.",
            folder=where, count=backups.count, size=backups.bytes / _MIB, time=when(backups.newest_at)),
        say("One goes after {days:g} days (`storage.keep_backup_days`), but never the newest.", days=days),
    ]  # fmt: skip
    if backups.leaves_at is not None:
        count, time = backups.count - 1, when(backups.leaves_at)
        lines.append(say("Older ones: {count}; the next one goes {time}.", count=count, time=time))
    return lines
