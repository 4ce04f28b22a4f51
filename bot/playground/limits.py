"""Rate limits as Discord applies them: a bucket per route and place, 50 a second in all, then 429."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.playground.clock import Clock
from bot.playground.errors import ApiError

GLOBAL_PER_SECOND = 50
INVALID_PER_WINDOW, INVALID_WINDOW_S = 10_000, 600.0
INVALID = frozenset({401, 403, 429})
VIA = {"Via": "1.1 google"}


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` requests in each window of `window_s` seconds."""

    limit: int
    window_s: float


@dataclass(slots=True)
class Bucket:
    """A window that starts with its first request."""

    rule: Rule
    opened_at: float = 0.0
    used: int = 0


@dataclass(eq=False, slots=True)
class Limits:
    """Counts requests by the clock; `overrides` replaces the rule of a route named like `PATCH /a/{b}`."""

    clock: Clock
    enabled: bool = True
    overrides: dict[str, Rule] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _invalid: deque[float] = field(default_factory=deque)

    @property
    def invalid_requests(self) -> int:
        """Answers 401, 403 and 429 in the last ten minutes: what Discord bans an address for."""
        self._forget(self._invalid, INVALID_WINDOW_S)
        return len(self._invalid)

    def spend(self, name: str, rule: Rule | None, place: str, *, counts_globally: bool) -> dict[str, str]:
        """Take one request of a route at a place (its major parameters); the headers, or raise 429."""
        if not self.enabled:
            return {}
        if self.invalid_requests >= INVALID_PER_WINDOW:
            raise ApiError(429, {"message": "You are being blocked from accessing our API.", "code": 40062})
        if counts_globally:
            self._spend_globally()
        rule = self.overrides.get(name, rule)
        return self._spend_bucket(name, rule, place) if rule is not None else {}

    def note_answer(self, status: int, headers: Mapping[str, str]) -> None:
        """Count an invalid request; those under a shared limit do not count."""
        if status in INVALID and headers.get("X-RateLimit-Scope") != "shared":
            self._invalid.append(self.clock.now())

    def _spend_globally(self) -> None:
        self._forget(self._recent, 1.0)
        if len(self._recent) >= GLOBAL_PER_SECOND:
            wait = self._recent[0] + 1.0 - self.clock.now()
            raise too_many_requests(wait, everywhere=True)
        self._recent.append(self.clock.now())

    def _spend_bucket(self, name: str, rule: Rule, place: str) -> dict[str, str]:
        now = self.clock.now()
        bucket = self._buckets.setdefault((name, place), Bucket(rule))
        if bucket.rule != rule or now >= bucket.opened_at + rule.window_s:
            bucket.rule, bucket.opened_at, bucket.used = rule, now, 0
        reset_after = bucket.opened_at + rule.window_s - now
        allowed = bucket.used < rule.limit
        bucket.used += allowed
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(rule.limit - bucket.used),
            "X-RateLimit-Reset": f"{now + reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{reset_after:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(name.encode()).hexdigest()[:32],
        }
        if not allowed:
            raise too_many_requests(reset_after, headers)
        return headers

    def _forget(self, moments: deque[float], window_s: float) -> None:
        while moments and moments[0] <= self.clock.now() - window_s:
            moments.popleft()


def too_many_requests(
    retry_after: float,
    headers: Mapping[str, str] | None = None,
    *,
    everywhere: bool = False,
    scope: str = "user",
) -> ApiError:
    """A 429 that clients recognise as Discord's own (it has a Via header)."""
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(max(0.001, retry_after), 3),
        "global": everywhere,
        "code": 0,
    }
    extra = {"X-RateLimit-Scope": "global" if everywhere else scope, "Retry-After": f"{retry_after:.0f}"}
    if everywhere:
        extra["X-RateLimit-Global"] = "true"
    return ApiError(429, body, {**(headers or {}), **extra, **VIA})
