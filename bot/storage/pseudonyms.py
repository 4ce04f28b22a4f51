"""Knows members again after their data is deleted: by a keyed hash, of which nobody can read who it is."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from bot.errors import StorageError


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


def _read_or_make(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    return key
