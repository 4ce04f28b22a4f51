"""Scripted misfortune: what a test can make happen to the next matching REST calls."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.playground.errors import ApiError, Refusal, refuse
from bot.playground.limits import too_many_requests


@dataclass(frozen=True, slots=True)
class Fault:
    """One misfortune; `after_effect` lets the call do its work first and spoils only the answer.

    `error` is answered instead of the real answer; with neither error nor `reset` the call is only
    held back for `delay_s` seconds.
    """

    after_effect: bool = False
    reset: bool = False
    error: ApiError | None = None
    delay_s: float = 0.0

    @property
    def spoils(self) -> bool:
        """Whether the true answer never arrives."""
        return self.reset or self.error is not None

    @property
    def prevents(self) -> bool:
        """Whether the call does not even take effect."""
        return self.spoils and not self.after_effect


NO_FAULT = Fault()


def reset(*, after_effect: bool) -> Fault:
    """The connection is reset (ECONNRESET) before or after the call took effect."""
    return Fault(after_effect, reset=True)


def server_error(status: int = 500, *, after_effect: bool = True) -> Fault:
    """A 5xx answer although (or before) the call took effect."""
    body = {"message": f"{status}: Internal Server Error", "code": 0}
    return Fault(after_effect, error=ApiError(status, body))


def rate_limited(retry_after: float, *, everywhere: bool = False, scope: str = "user") -> Fault:
    """A 429 that asks to wait `retry_after` seconds."""
    return Fault(error=too_many_requests(retry_after, everywhere=everywhere, scope=scope))


def refused(refusal: Refusal) -> Fault:
    """Any of Discord's refusals: UNKNOWN_MESSAGE, MISSING_ACCESS, INVALID_WEBHOOK_TOKEN, …"""
    return Fault(error=refuse(refusal))


def delayed(seconds: float) -> Fault:
    """The call is held back for so many real seconds, then served as usual."""
    return Fault(delay_s=seconds)


@dataclass(slots=True)
class _Script:
    method: str
    path: re.Pattern[str]
    fault: Fault
    left: int


@dataclass(eq=False, slots=True)
class Faults:
    """The script; each entry is used up by the calls that match it, in the order of scripting."""

    struck: int = 0
    _scripts: list[_Script] = field(default_factory=list)

    def script(self, method: str, path: str, fault: Fault, times: int = 1) -> None:
        """Let `fault` happen to the next `times` calls whose method matches and whose whole path
        (without /api/v10) matches the regular expression `path`."""
        self._scripts.append(_Script(method, re.compile(path), fault, times))

    def clear(self) -> None:
        """Forget what has not happened yet."""
        self._scripts.clear()

    def take(self, method: str, path: str) -> Fault:
        """The misfortune of this call, which is used up; NO_FAULT when nothing was scripted."""
        for script in self._scripts:
            if script.method == method and script.path.fullmatch(path):
                script.left -= 1
                self.struck += 1
                if script.left == 0:
                    self._scripts.remove(script)
                return script.fault
        return NO_FAULT
