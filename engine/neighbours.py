"""When to give way to another program that needs the device's memory, and when to come back; free of torch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from engine.status import MemoryReading

PICTURE = 2 * 2**30  # bytes that a model in half precision takes with a picture
_BACK = 0.9  # of what makes it give way: a program at the limit would send it to and fro
_CALM = 3  # readings in a row: between two scenes a game holds little for a moment


class Neighbours:
    """`read` says how the memory is now (none: the device has no neighbours that could be told).

    The engine gives way as soon as others hold more than `give_way_at` bytes of it, or leave less than `needed`.
    What torch needs beside its tensors, half a GiB on CUDA, counts as others', and so do a desktop's windows.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[MemoryReading | None]],
        give_way_at: int,
        needed: int = PICTURE,
    ) -> None:
        self._read, self._give_way_at, self._needed = read, give_way_at, needed
        self._calm = 0
        self.gives_way = False
        self.others = 0
        """Bytes, at the last look."""

    async def look(self) -> bool:
        """Whether to give way from now on; to be called again every few seconds."""
        reading = await self._read()
        self.gives_way = reading is not None and self._is_in_need(reading)
        return self.gives_way

    def _is_in_need(self, reading: MemoryReading) -> bool:
        self.others = max(0, reading.total - reading.free - reading.ours)
        left = max(reading.total - self._needed, reading.total // 2)  # a small device would never be enough
        limit = min(self._give_way_at, left)
        if self.others > limit:
            self._calm = 0
            return True
        self._calm = self._calm + 1 if self.others <= limit * _BACK else 0
        return self.gives_way and self._calm < _CALM
