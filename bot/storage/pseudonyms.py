"""Knows members again after their data is deleted: by a keyed hash, of which nobody can read who it is."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from pathlib import Path

from bot.errors import StorageError
from bot.storage.durable import write_whole

_KEY_BYTES = 32


class Pseudonyms:
    """The key is a file of its own beside the database; it is made on the first run. Raises `StorageError`."""

    def __init__(self, file: Path) -> None:
        try:
            self._key = _read_or_make(file)
        except OSError as error:
            raise StorageError(
                f"The key file {file} cannot be used: {error.strerror}. Choose a folder I may write to."
            ) from error

    def of(self, user_id: int) -> str:
        """32 hexadecimal digits, the same for the same member as long as the key is the same."""
        return blake2b(str(user_id).encode(), key=self._key, digest_size=16).hexdigest()

    def stand_in(self, user_id: int) -> int:
        """A number below 0 that takes the place of the member's id, with 60 bits of the hash."""
        return -1 - int(self.of(user_id)[:15], 16)


def _read_or_make(file: Path) -> bytes:
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
        key = secrets.token_bytes(_KEY_BYTES)
        write_whole(file, key)
    if len(key) != _KEY_BYTES:
        raise StorageError(
            f"The key file {file} is damaged: it has {len(key)} bytes, not {_KEY_BYTES}. Put it back from a backup; "
            "or delete it, and a new one is made, which knows no block and no quota of before."
        )
    return key
