"""What the engine's thread does, piece by piece; each ends with one outcome whatever happens inside it."""

from __future__ import annotations

import functools
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

from engine.errors import Cancelled, EngineError, Unchecked, UnknownAdapter, UnknownModel
from engine.events import Failed, Finished, Picture, Progress, Started
from engine.request import ImageRequest, PictureRequest, RequestError, UpscaleMethod
from engine.sentence import say
from engine.stream import Channel
from engine.turns import Lane

if TYPE_CHECKING:
    from engine.safety.guard import Guard
    from engine.workbench import Workbench

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Work(ABC):
    """One piece of work with a model; `ended` is done once its outcome is reported.

    Who waits for it cannot cancel it. Works of one `lane` take turns together.
    """

    def __init__(self, name: str, model: str, lane: Hashable = None) -> None:
        self.name, self.model, self.lane = name, model, lane
        self.cancelled = False
        self.ended: Future[None] = Future()
        self.ended.set_running_or_notify_cancel()

    @abstractmethod
    def run(self, workbench: Workbench) -> None:
        """In a strand of its own on the engine's thread; settles the outcome and raises nothing."""

    @abstractmethod
    def fail(self, sentence: str) -> None:
        """Settle the outcome without running."""

    @abstractmethod
    def report(self) -> None:
        """Tell the outcome to who may not be waiting for `ended`."""


class DrawingWork(Work):
    """One picture, drawn or made larger."""

    def __init__(self, request: PictureRequest, channel: Channel) -> None:
        super().__init__(request.id, _model_of(request), _lane_of(request))
        self.request = request
        self._channel = channel
        self._outcome: Finished | Failed = Failed(
            request.id, say("The drawing was cancelled."), cancelled=True
        )

    def run(self, workbench: Workbench) -> None:
        self._channel.post(Started(self.request.id))
        try:
            self._outcome = self._draw(workbench)
        except Cancelled:
            pass  # the outcome that it began with
        except (RequestError, UnknownModel, UnknownAdapter, Unchecked) as error:
            self._outcome = Failed(self.request.id, error.sentence, refused=True)
        except EngineError as error:
            self.fail(error.sentence)
        except Exception as error:  # the job boundary: whatever breaks here must not break another request
            _log.exception("Request %s failed", self.request.id)
            self.fail(workbench.explain(error))

    def fail(self, sentence: str) -> None:
        self._outcome = Failed(self.request.id, sentence)

    def report(self) -> None:
        self._channel.post(self._outcome)

    def _draw(self, workbench: Workbench) -> Finished:
        began, guard = time.monotonic(), workbench.guard(self.request)
        guard.check_start()
        drawn = workbench.draw(self.request, functools.partial(self._step_done, guard))
        return Finished(
            self.request.id,
            drawn.picture,
            flagged=guard.flags(drawn.picture),
            seconds=time.monotonic() - began,
            model_hash=drawn.digest,
            rows=drawn.rows,
            adapters=drawn.adapters,
            upscaled_by=drawn.upscaled_by,
        )

    def _step_done(self, guard: Guard, step: int, total: int, preview: Picture | None) -> None:
        self._channel.post(Progress(self.request.id, step, total, guard.passed(preview)))


def _model_of(request: PictureRequest) -> str:
    """The model that must be in memory; none for what is made larger in another way than drawing."""
    draws = isinstance(request, ImageRequest) or request.method is UpscaleMethod.TILES
    return request.model if draws else ""


def _lane_of(request: PictureRequest) -> Hashable:
    """Where a picture is made larger, the size of its tiles is only known once its file is open."""
    if isinstance(request, ImageRequest):
        return Lane(request.model, request.width, request.height, request.adapters, request.tile)
    return request.method


class LoadingWork(Work):
    """A model loaded and tried ahead of its first request; `failure` is the sentence if it was not."""

    def __init__(self, model: str) -> None:
        super().__init__(f"loading {model}", model)
        self.failure: str | None = say(
            "The model {name} was not loaded, as the engine is shutting down.", name=model
        )

    def run(self, workbench: Workbench) -> None:
        try:
            workbench.warm_up(workbench.model(self.model))
            self.failure = None
        except Cancelled:
            pass  # the failure that it began with
        except EngineError as error:
            self.fail(error.sentence)
        except Exception as error:  # the job boundary, as above
            _log.exception("The model %s could not be loaded", self.model)
            self.fail(workbench.explain(error))

    def fail(self, sentence: str) -> None:
        self.failure = sentence

    def report(self) -> None:
        """Nothing to do: `Executor.warm` waits for `ended`."""


class Errand(Generic[T]):
    """Something short that the engine's thread does for somebody between two steps; `done` has what came of it."""

    def __init__(self, act: Callable[[Workbench], T]) -> None:
        self._act = act
        self.done: Future[T] = Future()

    def run(self, workbench: Workbench) -> None:
        """Nothing happens where nobody waits for it any more."""
        if not self.done.set_running_or_notify_cancel():
            return
        try:
            self.done.set_result(self._act(workbench))
        except Exception as error:  # is for who asked, and not for the requests beside it
            self.done.set_exception(error)

    def fail(self, sentence: str) -> None:
        """It cannot be done."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_exception(EngineError(sentence))
