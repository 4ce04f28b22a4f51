"""Where checks are asked for: the checker of the settings, loaded at the first of them, and closed where it fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from huggingface_hub.errors import StrictDataclassError
from PIL import Image
from safetensors import SafetensorError

from engine.devices import DevicePlan, is_lost, is_out_of_memory
from engine.errors import ModelError, Unchecked
from engine.options import EngineOptions
from engine.rows import RowOptions
from engine.safety.checker import SafetyChecker, load_checker
from engine.sentence import say
from engine.watchdog import Watchdog

_log = logging.getLogger(__name__)
_LOADING_S = 600.0  # a first download from the hub is 1 GB
_CANNOT = say("The safety check cannot run, so nothing is drawn here; the owner finds the reason in the log.")
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
    """Used on the engine's thread, in strands. A checker that could not be loaded is not tried again."""

    def __init__(
        self,
        options: EngineOptions,
        plan: DevicePlan,
        rows: RowOptions,
        watchdog: Watchdog,
        reserve: Callable[[int], None],
    ) -> None:
        self._source, self._revision = options.checker, options.checker_revision
        self._plan, self._rows, self._watchdog, self._reserve = plan, rows, watchdog, reserve
        self._checker: SafetyChecker | None = None
        self._failed = False

    def open(self) -> SafetyChecker:
        """Blocks while it loads. Raises `Unchecked`."""
        if self._failed:
            raise Unchecked(_CANNOT)
        if self._checker is None:
            self._checker = self._load()
        return self._checker

    def flags(self, views: Sequence[Image.Image]) -> bool:
        """Whether one of these shows what the checker knows. Raises `Unchecked`, and what is thrown into the strand."""
        checker = self.open()
        try:
            return checker.flags(views)
        except _BROKEN as error:
            if _is_the_devices(error):
                raise
            _log.error("A safety check failed: %r", error)
            raise Unchecked(_CANNOT) from error

    def clear(self) -> None:
        """It leaves the memory until the next check."""
        if self._checker is not None:
            self._checker = None
            self._reserve(0)

    def _load(self) -> SafetyChecker:
        try:
            if self._source is None:
                raise ModelError("The settings name no safety checker.")
            with self._watchdog.long(_LOADING_S):
                return load_checker(self._source, self._revision, self._plan, self._rows, self._reserve)
        except (ModelError, *_BROKEN) as error:
            if _is_the_devices(error):
                raise
            _log.exception("The safety checker cannot be used; pictures that are to be checked are refused")
            self._failed = True
            raise Unchecked(_CANNOT) from error


def _is_the_devices(error: Exception) -> bool:
    """It has no memory now, or answers no more: neither is the checker's fault, and both are handled elsewhere."""
    return is_out_of_memory(error) or is_lost(error)
