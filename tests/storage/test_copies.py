"""A copy in memory is never older than the last change."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import StorageError
from bot.storage.copies import Copies


class Shelf:
    """A value that is read slowly."""

    def __init__(self) -> None:
        self.value, self.readings = 1, 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def read(self, key: int) -> int:
        self.readings += 1
        value = self.value
        await self.go_on.wait()
        return key * value


async def test_it_is_read_once_for_each_key() -> None:
    shelf = Shelf()
    copies = Copies(shelf.read)
    assert [await copies.get(key) for key in (1, 2, 1, 2, 1)] == [1, 2, 1, 2, 1]
    assert shelf.readings == 2


async def test_after_a_change_it_is_read_again_even_if_the_change_failed() -> None:
    shelf = Shelf()
    copies = Copies(shelf.read)
    assert await copies.get(1) == 1

    def change() -> None:
        with copies.changing():
            shelf.value = 5  # written, but nobody learnt of it
            raise StorageError("The disk is slow.")

    with pytest.raises(StorageError):
        change()
    assert await copies.get(1) == 5


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    shelf = Shelf()
    copies = Copies(shelf.read)
    shelf.go_on.clear()
    early = asyncio.create_task(copies.get(1))
    await asyncio.sleep(0)
    with copies.changing():
        shelf.value = 5
    shelf.go_on.set()
    assert await early == 1
    assert await copies.get(1) == 5
