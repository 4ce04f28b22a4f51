"""Answers of the database that every press needs, kept in memory until something changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

_MOST = 10_000
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


class Copies(Generic[_Key, _Answer]):
    """What `read` gives for each key, read once; right as long as this process alone writes, within `changing`.

    Where there would be more than `_MOST`, all are read anew.
    """

    def __init__(self, read: Callable[[_Key], Awaitable[_Answer]]) -> None:
        self._read = read
        self._kept: dict[_Key, _Answer] = {}
        self._changes = 0

    async def get(self, key: _Key) -> _Answer:
        """May raise what `read` raises."""
        if key in self._kept:
            return self._kept[key]
        changes = self._changes
        answer = await self._read(key)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        if changes == self._changes:  # else it may be older than what was written meanwhile
            self._kept[key] = answer
        return answer

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around every write, so that the next `get` reads anew, however the write ended."""
        try:
            yield
        finally:
            self.forget()

    def forget(self) -> None:
        self._kept.clear()
        self._changes += 1
