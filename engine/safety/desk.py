"""Where checks are asked for: the checker of the settings, loaded at the first of them, and closed where it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from time import monotonic
from typing import TypeVar

import torch
from huggingface_hub.errors import StrictDataclassError
from PIL import Image
from safetensors import SafetensorError

from engine.devices import DevicePlan, is_lost, is_out_of_memory, plan_device
from engine.errors import ModelError, Unchecked
from engine.options import EngineOptions
from engine.quiet import quieten
from engine.rows import RowOptions, plan_rows
from engine.safety.checker import SafetyChecker, is_here, load_checker
from engine.sentence import say
from engine.watchdog import Watchdog

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_LOADING_S = 600.0  # a first download from the hub is 1 GB
_AGAIN_S = 300.0  # the network may be back by then
_CANNOT = say("The safety check cannot run, so nothing is drawn here; the owner finds the reason in the log.")
_NOT_NAMED = say("The settings name no safety checker.")
_BROKEN = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    SafetensorError,
    StrictDataclassError,
    TypeError,
    ValueError,
)
"""What libraries raise on files and numbers that are not what they should be."""


class CheckDesk:
    """Used on the engine's thread, in strands. A checker that could not be loaded is tried again after some minutes.

    `now` gives seconds.
    """

    def __init__(
        self,
        options: EngineOptions,
        plan: DevicePlan,
        rows: RowOptions,
        watchdog: Watchdog,
        reserve: Callable[[int], None],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._source, self._revision = options.checker, options.checker_revision
        self._plan, self._rows, self._watchdog, self._reserve = plan, rows, watchdog, reserve
        self._checker: SafetyChecker | None = None
        self._failure: str | None = None
        self._now, self._again_at = now, 0.0
        self._start: tuple[Hashable, torch.Tensor] | None = None

    def open(self) -> SafetyChecker:
        """Blocks while it loads. Raises `Unchecked`."""
        if self._failure is not None and self._now() < self._again_at:
            raise Unchecked(_CANNOT)
        if self._checker is None:
            self._checker = self._load()
            self._failure = None
        return self._checker

    def flags(self, views: Sequence[Image.Image]) -> bool:
        """Whether one of these shows what the checker knows. Raises `Unchecked`, and what is thrown into the strand."""
        return self._guarded(lambda checker: checker.flags(views))

    def flags_start(self, name: Hashable, look: Callable[[], Sequence[Image.Image]]) -> bool:
        """The same of a start picture, whose views are prepared once for those that follow each other.

        `name` is equal for equal views only. Raises what `look` raises, too.
        """
        if self._start is None or self._start[0] != name:
            views = look()
            self._start = name, self._guarded(lambda checker: checker.pixels(views))
        pixels = self._start[1]
        return self._guarded(lambda checker: checker.judge(pixels))

    def _guarded(self, act: Callable[[SafetyChecker], _T]) -> _T:
        checker = self.open()
        try:
            return act(checker)
        except _BROKEN as error:
            if _is_the_devices(error):
                raise
            _log.error("A safety check failed: %r", error)
            raise Unchecked(_CANNOT) from error

    def try_out(self) -> bool:
        """Load it unless it is loaded; false where it is still to be fetched from the hub. Raises `ModelError`."""
        if self._source is None:
            raise ModelError(_NOT_NAMED)
        fresh = self._checker is None and self._failure is None
        if fresh and not is_here(self._source, self._revision):
            return False
        try:
            self.open()
        except Unchecked as error:
            raise ModelError(self._failure or error.sentence) from error
        except RuntimeError as error:
            raise ModelError(say("The device has no memory for it now, or answers no more.")) from error
        return True

    def clear(self) -> None:
        """It leaves the memory until the next check."""
        if self._checker is not None:
            self._checker = self._start = None
            self._reserve(0)

    def _load(self) -> SafetyChecker:
        try:
            if self._source is None:
                raise ModelError(_NOT_NAMED)
            with self._watchdog.long(_LOADING_S):
                return load_checker(self._source, self._revision, self._plan, self._rows, self._reserve)
        except (ModelError, *_BROKEN) as error:
            self._reserve(0)
            if _is_the_devices(error):
                raise
            _log.exception("The safety checker cannot be used; pictures that are to be checked are refused")
            self._failure, self._again_at = _reason(error), self._now() + _AGAIN_S
            raise Unchecked(_CANNOT) from error


def try_checker(source: str, revision: str) -> bool:
    """Load it on the CPU and have it look at something; false where it is still to be fetched from the hub.

    Raises `ModelError` with the reason.
    """
    quieten()
    try:
        if not is_here(source, revision):
            return False
        load_checker(source, revision, plan_device("cpu"), plan_rows("cpu", EngineOptions()), lambda _: None)
    except _BROKEN as error:
        raise ModelError(f"Its files cannot be used: {error!r:.200}.") from error
    return True


def _reason(error: Exception) -> str:
    """For who asks; what libraries say may name paths, and is for the log."""
    if isinstance(error, ModelError):
        return error.sentence
    return say("Its files cannot be used ({error}).", error=type(error).__name__)


def _is_the_devices(error: Exception) -> bool:
    """It has no memory now, or answers no more: neither is the checker's fault, and both are handled elsewhere."""
    return is_out_of_memory(error) or is_lost(error)
