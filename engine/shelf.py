"""The models in memory: loaded when they are asked for, and let go within the budget, never while in use."""

from __future__ import annotations

import functools
import gc
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection

from engine.catalogue import ModelCatalogue, ModelSource
from engine.devices import DevicePlan, free_memory
from engine.errors import ModelError
from engine.networks import SharedModel
from engine.sentence import say
from engine.status import ModelStatus

_log = logging.getLogger(__name__)
_FOR_MODELS = 0.8  # of the budget; the rest is for the tensors of requests and forwards


class Shelf:
    """`open_model` loads one, `size_of` tells a source's bytes ahead of that (0 where it cannot)."""

    def __init__(
        self,
        catalogue: ModelCatalogue,
        budget: int,
        plan: DevicePlan,
        open_model: Callable[[ModelSource], SharedModel],
        size_of: Callable[[ModelSource], int],
    ) -> None:
        self._catalogue, self._plan = catalogue, plan
        self._room, self._reserved = int(budget * _FOR_MODELS), 0
        self._shrinking = False  # what is in use is too much for a budget that became smaller
        self._open, self._size_of = open_model, functools.cache(size_of)
        self._models: OrderedDict[str, SharedModel] = OrderedDict()  # the one used last is last
        self.users: Counter[str] = Counter()  # live requests, by model

    @property
    def loaded(self) -> Collection[str]:
        """The names of the models in memory."""
        return self._models.keys()

    @property
    def used(self) -> int:
        """Bytes that the models take, and what is reserved for others than them."""
        return sum(model.bytes for model in self._models.values()) + self._reserved

    def status(self) -> tuple[ModelStatus, ...]:
        """The models in memory, the one used last is last."""
        return tuple(ModelStatus(name, model.bytes, self.users[name]) for name, model in self._models.items())

    def get(self, name: str) -> SharedModel:
        """Blocks while it loads. Raises `ModelError`."""
        if name not in self._models:
            source = self._catalogue.get(name)
            self._make_room(self._size_of(source))
            model = self._open(source)
            self._make_room(model.bytes)  # the header of a hub's file was not known
            self._models[name] = model
        self._models.move_to_end(name)
        return self._models[name]

    def reserve(self, size: int) -> None:
        """So many bytes are from now on not for models; those at rest leave if need be."""
        self._reserved = size
        self._make_room(0)

    def loadable(self, name: str) -> bool:
        """Whether there is room for it, or would be once the models at rest are let go.

        A model alone is always tried, whatever its size, and so is one that is broken, to hear why.
        """
        in_use = [model.bytes for name, model in self._models.items() if self.users[name]]
        try:
            needed = sum(in_use) + self._reserved + self._size_of(self._catalogue.get(name))
            return not in_use or needed <= self._room
        except ModelError:
            return True

    def spare(self) -> bool:
        """Let something at rest leave the device: a model, or else the text encoders; False if nothing rests."""
        idle = next((name for name in self._models if not self.users[name]), None)
        if idle is not None:
            self._let_go(idle)
            return True
        sent = [model.send_encoders_home() for model in self._models.values()]
        return any(sent)

    def leave(self, name: str) -> None:
        """A live request of this model has ended."""
        self.users[name] -= 1
        if self._shrinking:
            self._shrink()

    def set_budget(self, budget: int) -> None:
        """Bytes. What does not fit any more leaves, or will as soon as it rests."""
        self._room = int(budget * _FOR_MODELS)
        self._shrink()

    def unload(self, name: str) -> None:
        """Let go of one model, if it is there. Raises `ModelError` where it is in use or unknown."""
        self._catalogue.get(name)
        if self.users[name]:
            raise ModelError(
                say(
                    "The model {name} is in use and stays in the memory; try again when its requests have ended.",
                    name=name,
                )
            )
        if name in self._models:
            self._let_go(name)

    def clear(self) -> None:
        """Let go of all models at rest."""
        for name in [name for name in self._models if not self.users[name]]:
            self._let_go(name)

    def _shrink(self) -> None:
        self._make_room(0)
        self._shrinking = self.used > self._room

    def _make_room(self, needed: int) -> None:
        for name in [name for name in self._models if not self.users[name]]:
            if self.used + needed <= self._room:
                return
            self._let_go(name)

    def _let_go(self, name: str) -> None:
        _log.info("The model %s leaves the memory", name)
        del self._models[name]
        gc.collect()  # a gated network and its gate refer to each other
        free_memory(self._plan.device)
