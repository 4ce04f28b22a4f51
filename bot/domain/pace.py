"""How fast this machine draws, learnt from its own steps; the source of every estimate shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import exp

from bot.domain.drawing import Drawing

_WINDOW_S = 60.0  # of drawing time; what was measured longer ago hardly counts


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of a job: `pictures` of this drawing, each with `steps` denoising steps to go."""

    drawing: Drawing
    pictures: int
    steps: float


def whole(drawing: Drawing) -> Rest:
    """All of a drawing; with a start picture, or a stop, only a part of the steps is drawn."""
    strength = 1.0 if drawing.image_sha256 is None else drawing.strength
    return Rest(drawing, drawing.count, drawing.steps * strength * drawing.stop / 100)


class Pace:
    """Seconds for a denoising step of a megapixel, by model. `clock` gives seconds.

    The engine does one thing at a time, so the time since the last news of any picture went into the picture
    that has news now, or into those that were drawn in the same forward and tell of it in the same moment.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_news = clock()
        self._tallies: dict[str, _Tally] = {}

    def begin(self, drawing: Drawing) -> Measure:
        """A picture of this drawing is handed to the engine; tell the measure how it gets on."""
        return Measure(self, drawing, self._clock())

    def learn(self, drawing: Drawing, steps: float, begun_at: float) -> None:
        """Take in that a picture, begun at that time of the clock, has come so many steps further.

        A model's first news teaches nothing: the time before it went into loading the model.
        """
        now = self._clock()
        seconds, self._last_news = now - max(self._last_news, begun_at), now
        if drawing.model in self._tallies:
            self._tallies[drawing.model].add(seconds, steps * _megapixels(drawing))
        else:
            self._tallies[drawing.model] = _Tally()

    def seconds(self, rests: Iterable[Rest]) -> float | None:
        """The engine's time for all of these; none while one of their models is unmeasured."""
        total = 0.0
        for rest in rests:
            rate = self._rate(rest)
            if rate is None:
                return None
            total += rate * rest.steps
        return total

    def forecast(self, running: Sequence[Rest], waiting: Sequence[Rest], slots: int) -> list[float | None]:
        """Seconds until each of the waiting jobs is drawn, when at most `slots` jobs are drawn at once.

        All running pictures take their next step in each round, and the next job begins when one ends. None
        from the first job on that waits for an unmeasured model.
        """
        live = self._known(running)
        line = self._known(waiting) if len(live) == len(running) else []
        _draw_all(live, line, slots)
        return [job.done_at for job in line] + [None] * (len(waiting) - len(line))

    def _known(self, rests: Sequence[Rest]) -> list[_Live]:
        """Those before the first with an unmeasured model."""
        known = []
        for rest in rests:
            rate = self._rate(rest)
            if rate is None:
                break
            known.append(_Live(rest.steps, rate))
        return known

    def _rate(self, rest: Rest) -> float | None:
        """Seconds for one step of all its pictures."""
        tally = self._tallies.get(rest.drawing.model)
        if tally is None or not tally.work:
            return None
        return tally.seconds / tally.work * _megapixels(rest.drawing) * rest.pictures


class Measure:
    """One picture on its way through the engine."""

    def __init__(self, pace: Pace, drawing: Drawing, begun_at: float) -> None:
        self._pace, self._drawing, self._begun_at = pace, drawing, begun_at
        self._steps = 0.0

    def reached(self, share: float) -> None:
        """So much of it (0 to 1) is denoised, whatever the engine counts as a step."""
        steps = share * whole(self._drawing).steps
        self._pace.learn(self._drawing, steps - self._steps, self._begun_at)
        self._steps = steps

    def finished(self) -> float | None:
        """It is decoded and there; the engine's time for it, without its neighbours' share, where that is known."""
        self._pace.learn(self._drawing, 0, self._begun_at)
        return self._pace.seconds([Rest(self._drawing, 1, self._steps)])


@dataclass(slots=True)
class _Tally:
    """Seconds and megapixel steps, both fading with the time drawn since."""

    seconds: float = 0.0
    work: float = 0.0

    def add(self, seconds: float, work: float) -> None:
        kept = exp(-seconds / _WINDOW_S)
        self.seconds = self.seconds * kept + seconds
        self.work = self.work * kept + work


@dataclass(slots=True)
class _Live:
    """A job in the forecast."""

    steps: float
    seconds_a_step: float
    done_at: float = 0.0


def _draw_all(live: list[_Live], line: Iterable[_Live], slots: int) -> None:
    """Note when each job is done: from one end to the next, every running job takes the same number of steps."""
    now, waiting = 0.0, deque(line)
    while live or waiting:
        while waiting and len(live) < slots:
            live.append(waiting.popleft())
        steps = min(job.steps for job in live)
        now += steps * sum(job.seconds_a_step for job in live)
        for job in live:
            job.steps -= steps
            job.done_at = now
        live = [job for job in live if job.steps > 0]


def _megapixels(drawing: Drawing) -> float:
    return drawing.width * drawing.height / 1e6
