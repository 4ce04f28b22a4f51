"""How much memory the engine may fill, and what it does when a forward runs out of it."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable

from engine.batching import Network
from engine.devices import DevicePlan, describe_device, free_memory
from engine.errors import OutOfMemory
from engine.sentence import say

_log = logging.getLogger(__name__)
_REQUEST = 16 * 2**20  # bytes; a picture of 2048 × 2048 on SDXL has 1 MiB of latents, about a dozen times
_PATIENCE = 500  # forwards
_SHARE = {"cuda": 0.9, "mps": 0.6, "cpu": 0.6}  # of the device's memory; the last two share it with all else


def memory_budget(plan: DevicePlan, wanted: int | None) -> int:
    """Bytes that models, requests and forwards may fill together."""
    return wanted or int(describe_device(plan).memory * _SHARE[plan.device.type])


def most_live(budget: int, wanted: int) -> int:
    """How many requests may be live: their own tensors (latents, embeddings, scheduler) get a tenth."""
    return max(1, min(wanted, budget // 10 // _REQUEST))


class Ladder:
    """The measures against a lack of memory, one at each call of `relieve`.

    A forward gets fewer rows, then works in tiles, then models and text encoders that rest leave the device. In
    exact mode these leave first, as fewer rows or tiles change the last bits of a picture. `spare` lets go of
    what rests, and says whether there was anything.
    """

    def __init__(self, plan: DevicePlan, spare: Callable[[], bool], *, exact: bool) -> None:
        self._plan, self._spare = plan, spare
        change = [self._fewer_rows, self._smaller_tiles]
        rest = [self._let_rest_go]
        self._measures = rest + change if exact else change + rest
        self._strained: set[Network] = set()
        self._forwards_since = 0  # the last measure

    def relieve(self, network: Network, rows: int) -> bool:
        """Take the next measure for a network whose forward had so many rows; False when none is left."""
        gc.collect()
        free_memory(self._plan.device)
        self._forwards_since = 0
        return any(measure(network, rows) for measure in self._measures)

    def give_up(self) -> OutOfMemory:
        """For the one whose picture was too large."""
        device = describe_device(self._plan).name
        return OutOfMemory(
            say("The memory of {device} is too small for this picture; try a smaller size.", device=device)
        )

    def forward_done(self) -> None:
        """Full forwards are tried again now and then, as the crowd that was too much may never leave as one."""
        self._forwards_since += 1
        if self._strained and self._forwards_since >= _PATIENCE:
            self.recover()

    def recover(self) -> None:
        """Go back to full forwards."""
        for network in self._strained:
            network.rows.cap = None
            network.tile(False)
        self._strained.clear()

    def _fewer_rows(self, network: Network, rows: int) -> bool:
        if rows == 1:
            return False
        network.rows.cap = rows // 2
        self._strained.add(network)
        _log.warning("Out of memory with %d rows in a forward; going on with %d", rows, rows // 2)
        return True

    def _smaller_tiles(self, network: Network, _: int) -> bool:
        if network.tiled or not network.tile(True):
            return False
        self._strained.add(network)
        _log.warning("Out of memory with one row in a forward; going on in tiles")
        return True

    def _let_rest_go(self, _: Network, __: int) -> bool:
        return self._spare()
