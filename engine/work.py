"""What the engine's thread does, piece by piece; each ends with one outcome whatever happens inside it."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future
from typing import TYPE_CHECKING

from engine.errors import Cancelled, EngineError, UnknownModel
from engine.events import Failed, Finished, Progress, Started
from engine.request import ImageRequest, RequestError
from engine.samplers import check_sampler
from engine.stream import Channel

if TYPE_CHECKING:
    from engine.workbench import Workbench

_log = logging.getLogger(__name__)


class Work(ABC):
    """One piece of work; `ended` is done once its outcome is reported. Who waits for it cannot cancel it."""

    def __init__(self) -> None:
        self.cancelled = False
        self.ended: Future[None] = Future()
        self.ended.set_running_or_notify_cancel()

    @abstractmethod
    def run(self, workbench: Workbench) -> None:
        """On the engine's thread; settles the outcome and raises nothing."""

    @abstractmethod
    def fail(self, sentence: str) -> None:
        """Settle the outcome without running."""

    @abstractmethod
    def report(self) -> None:
        """Tell the outcome to who may not be waiting for `ended`."""


class DrawingWork(Work):
    """One picture."""

    def __init__(self, request: ImageRequest, channel: Channel) -> None:
        super().__init__()
        self.request = request
        self._channel = channel
        self._outcome: Finished | Failed = Failed(request.id, "The drawing was cancelled.", cancelled=True)

    def run(self, workbench: Workbench) -> None:
        self._channel.post(Started(self.request.id))
        untidy = False
        try:
            self._outcome = self._draw(workbench)
        except Cancelled:
            pass  # the outcome that it began with
        except (RequestError, UnknownModel) as error:
            self._outcome = Failed(self.request.id, str(error), refused=True)
        except EngineError as error:
            self.fail(str(error))
        except Exception as error:  # the job boundary: whatever breaks here must not break another request
            _log.exception("Request %s failed", self.request.id)
            self.fail(workbench.explain(error))
            untidy = True
        if untidy:
            workbench.tidy()  # only here, as an exception that is being handled holds the tensors of its frames

    def fail(self, sentence: str) -> None:
        self._outcome = Failed(self.request.id, sentence)

    def report(self) -> None:
        self._channel.post(self._outcome)

    def _draw(self, workbench: Workbench) -> Finished:
        began = time.monotonic()
        check_sampler(self.request.sampler, self.request.steps)
        model = workbench.model(self.request.model)
        self._stop_if_cancelled()
        picture = workbench.draw(model, self.request, self._step_done)
        return Finished(self.request.id, picture, time.monotonic() - began, model.digest)

    def _step_done(self, step: int, total: int) -> None:
        self._stop_if_cancelled()
        self._channel.post(Progress(self.request.id, step, total))

    def _stop_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled


class LoadingWork(Work):
    """A model loaded ahead of its first request; `failure` is the sentence if it was not."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self._model = model
        self.failure: str | None = f"The model {model} was not loaded, as the engine is shutting down."

    def run(self, workbench: Workbench) -> None:
        try:
            workbench.model(self._model)
            self.failure = None
        except EngineError as error:
            self.fail(str(error))
        except Exception as error:  # the job boundary, as above
            _log.exception("The model %s could not be loaded", self._model)
            self.fail(workbench.explain(error))

    def fail(self, sentence: str) -> None:
        self.failure = sentence

    def report(self) -> None:
        """Nothing to do: `Executor.warm` waits for `ended`."""
