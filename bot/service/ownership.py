"""What the bot's owner does with the machine: its state, pauses, quiet hours, models and memory."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.dispatch import Dispatcher
from bot.domain.hours import QuietHours
from bot.domain.inventory import Inventory
from bot.domain.moderation import EVERYWHERE
from bot.domain.policy.powers import Power, demand
from bot.domain.status import Closed
from bot.domain.studio import Pause
from bot.domain.text import code
from bot.errors import BadRequest
from bot.opening import Opening
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog
from bot.storage.studio_state import StudioState
from engine.errors import EngineError
from engine.executor import Executor
from engine.sentence import say
from engine.status import EngineStatus

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_GIB = 2**30
_LEAST_GIB, _MOST_GIB = 0.5, 1024.0


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """The engine, why it rests if it does, and its quiet hours."""

    engine: EngineStatus
    closed: Closed | None
    quiet_hours: str | None


class Ownership:
    """Every act is written into the studio's log. Raises `NotAllowed` to all but owners, and `BadRequest`.

    `quiet_hours` and `memory_gib` are the settings', which hold where the owner has said nothing since.
    """

    def __init__(
        self,
        engine: Executor,
        opening: Opening,
        state: StudioState,
        log: ActLog,
        dispatcher: Dispatcher,
        inventory: Inventory,
        *,
        quiet_hours: str | None,
        memory_gib: float | None,
        now: Callable[[], int],
    ) -> None:
        self._engine, self._opening, self._state, self._log = engine, opening, state, log
        self._dispatcher, self._inventory, self._now = dispatcher, inventory, now
        self._quiet_hours, self._memory_gib = quiet_hours, memory_gib

    async def restore(self) -> None:
        """What the owner had set before the restart; the bot starts without a budget that the engine does not take."""
        said = await self._state.get()
        self._opening.paused = said.paused
        self._set_quiet(said.quiet_hours or self._quiet_hours)
        if said.memory_gib is None:
            return
        try:
            await self._set_budget(said.memory_gib)
        except BadRequest as error:
            _log.warning("the memory budget of %g GiB cannot be set: %s", said.memory_gib, error.sentence)

    async def status(self, asker: Asker) -> MachineStatus:
        """How the machine is."""
        demand(asker.actor, Power.OWN)
        quiet = None if self._opening.quiet is None else str(self._opening.quiet)
        return MachineStatus(await self._told(self._engine.status()), self._opening.closed(), quiet)

    async def pause(self, asker: Asker, *, paused: bool) -> None:
        """Begin nothing new until it is resumed; what is being drawn is finished."""
        demand(asker.actor, Power.OWN)
        await self._state.set_pause(Pause(self._now(), asker.user_id) if paused else None)
        self._opening.paused = paused
        await self._note(asker, "pause" if paused else "resume")

    async def schedule(self, asker: Asker, text: str | None) -> str | None:
        """Quiet hours such as `22:00-07:00 Europe/Berlin`; none goes back to the settings'. What holds then."""
        demand(asker.actor, Power.OWN)
        kept = None if text is None else str(QuietHours.parse(text))
        await self._state.set_quiet_hours(kept)
        self._set_quiet(kept or self._quiet_hours)
        await self._note(asker, "quiet hours", kept or "")
        return kept or self._quiet_hours

    async def load(self, asker: Asker, model: str) -> None:
        """Bring a model into the memory."""
        demand(asker.actor, Power.OWN)
        self._check_model(model)
        await self._told(self._engine.warm(model))
        await self._note(asker, "load", model)

    async def unload(self, asker: Asker, model: str | None) -> int:
        """Take one model or all out of the memory, once nobody draws with them; the bytes that are free now."""
        demand(asker.actor, Power.OWN)
        if model is not None:
            self._check_model(model)
        freed = await self._told(self._engine.unload(model))
        await self._note(asker, "unload", model or "all")
        return freed

    async def budget(self, asker: Asker, gib: float | None) -> None:
        """How much memory the engine may fill; none goes back to the settings'."""
        demand(asker.actor, Power.OWN)
        if gib is not None and not _LEAST_GIB <= gib <= _MOST_GIB:
            raise BadRequest(
                say("The budget is {value} GiB; it must be from {low} to {high}.",
                    value=gib, low=_LEAST_GIB, high=_MOST_GIB)
            )  # fmt: skip
        await self._set_budget(gib or self._memory_gib)
        await self._state.set_memory_gib(gib)
        await self._note(asker, "budget", "" if gib is None else f"{gib:g} GiB")

    def _set_quiet(self, text: str | None) -> None:
        self._opening.quiet = None if text is None else QuietHours.parse(text)

    async def _set_budget(self, gib: float | None) -> None:
        await self._told(self._engine.set_budget(None if gib is None else int(gib * _GIB)))

    def _check_model(self, model: str) -> None:
        if model not in self._inventory.models:
            raise BadRequest(
                say("There is no model called {name}; there are {names}.",
                    name=code(model, 40), names=", ".join(self._inventory.models))
            )  # fmt: skip

    async def _told(self, asked: Awaitable[_T]) -> _T:
        try:
            return await asked
        except EngineError as error:
            raise BadRequest(error.sentence) from error

    async def _note(self, asker: Asker, act: str, detail: str = "") -> None:
        await self._log.note(asker, f"gpu {act}", detail=detail, guild_id=EVERYWHERE)
        self._dispatcher.wake()
