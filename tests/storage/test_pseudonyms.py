"""The key of the pseudonyms is made whole or not at all, and one that is not whole is never used."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.pseudonyms import Pseudonyms


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file of this process may grow larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_same_key_gives_the_same_names_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secret.key"
    assert Pseudonyms(file).of(7) == Pseudonyms(file).of(7) != Pseudonyms(tmp_path / "other.key").of(7)
    assert [each.name for each in file.parent.iterdir()] == ["secret.key"]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused_with_what_to_do(tmp_path: Path, length: int) -> None:
    file = tmp_path / "secret.key"
    file.write_bytes(bytes(length))
    with pytest.raises(StorageError, match=f"secret.key is damaged: it has {length} bytes, not 32"):
        Pseudonyms(file)
    assert file.read_bytes() == bytes(length)


def test_a_key_that_could_not_be_written_to_its_end_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    with no_room_beyond(16), pytest.raises(StorageError, match="cannot be used: File too large"):
        Pseudonyms(file)
    assert not file.exists()
    assert Pseudonyms(file).of(7)
