"""Jobs that nobody can be asked about for now: each is passed over for a while, and longer every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

FIRST_S, LONGEST_S = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class _Pause:
    seconds: float
    until: float


class Patience:
    """The first pause of a job lasts `first_s`, each further one twice as long, up to `LONGEST_S`."""

    def __init__(self, first_s: float = FIRST_S, now: Callable[[], float] = monotonic) -> None:
        self._first_s, self._now = first_s, now
        self._pauses: dict[str, _Pause] = {}

    def put_off(self, job_id: str) -> float:
        """Pass this job over from now on; for so many seconds."""
        now, before = self._now(), self._pauses.get(job_id)
        seconds = self._first_s if before is None else min(2 * before.seconds, LONGEST_S)
        self._pauses = {
            job: pause
            for job, pause in self._pauses.items()
            if now < pause.until + LONGEST_S  # it ended meanwhile, or waits for other reasons
        }
        self._pauses[job_id] = _Pause(seconds, now + seconds)
        return seconds

    def forget(self, job_id: str) -> None:
        """There was an answer about this job."""
        self._pauses.pop(job_id, None)

    def later(self) -> list[str]:
        """The jobs that are passed over now."""
        now = self._now()
        return [job for job, pause in self._pauses.items() if now < pause.until]
