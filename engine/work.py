"""What the engine's thread does, piece by piece; each ends with one outcome whatever happens inside it."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Hashable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from engine.errors import Cancelled, EngineError, UnknownAdapter, UnknownModel
from engine.events import Failed, Finished, Picture, Progress, Started
from engine.request import ImageRequest, RequestError
from engine.samplers import check_sampler
from engine.stream import Channel

if TYPE_CHECKING:
    from engine.workbench import Workbench

_log = logging.getLogger(__name__)


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
    """One picture."""

    def __init__(self, request: ImageRequest, channel: Channel) -> None:
        size = (request.width, request.height)
        super().__init__(request.id, request.model, (request.model, size, request.adapters))
        self.request = request
        self._channel = channel
        self._outcome: Finished | Failed = Failed(request.id, "The drawing was cancelled.", cancelled=True)

    def run(self, workbench: Workbench) -> None:
        self._channel.post(Started(self.request.id))
        try:
            self._outcome = self._draw(workbench)
        except Cancelled:
            pass  # the outcome that it began with
        except (RequestError, UnknownModel, UnknownAdapter) as error:
            self._outcome = Failed(self.request.id, str(error), refused=True)
        except EngineError as error:
            self.fail(str(error))
        except Exception as error:  # the job boundary: whatever breaks here must not break another request
            _log.exception("Request %s failed", self.request.id)
            self.fail(workbench.explain(error))

    def fail(self, sentence: str) -> None:
        self._outcome = Failed(self.request.id, sentence)

    def report(self) -> None:
        self._channel.post(self._outcome)

    def _draw(self, workbench: Workbench) -> Finished:
        began = time.monotonic()
        check_sampler(self.request.sampler, self.request.steps)
        model = workbench.model(self.request.model)
        drawn = workbench.draw(model, self.request, self._step_done)
        seconds = time.monotonic() - began
        digest = model.loaded.digest
        return Finished(self.request.id, drawn.picture, seconds, digest, drawn.rows, drawn.adapters)

    def _step_done(self, step: int, total: int, preview: Picture | None) -> None:
        self._channel.post(Progress(self.request.id, step, total, preview))


class LoadingWork(Work):
    """A model loaded and tried ahead of its first request; `failure` is the sentence if it was not."""

    def __init__(self, model: str) -> None:
        super().__init__(f"loading {model}", model)
        self.failure: str | None = f"The model {model} was not loaded, as the engine is shutting down."

    def run(self, workbench: Workbench) -> None:
        try:
            workbench.warm_up(workbench.model(self.model))
            self.failure = None
        except Cancelled:
            pass  # the failure that it began with
        except EngineError as error:
            self.fail(str(error))
        except Exception as error:  # the job boundary, as above
            _log.exception("The model %s could not be loaded", self.model)
            self.fail(workbench.explain(error))

    def fail(self, sentence: str) -> None:
        self.failure = sentence

    def report(self) -> None:
        """Nothing to do: `Executor.warm` waits for `ended`."""
