"""What holds for a member in a place, in words: what is left, what is allowed, and who said so."""

from __future__ import annotations

from collections.abc import Iterable

from bot.domain.inventory import Limits
from bot.domain.policy.actors import Usage
from bot.domain.policy.layers import STUDIO, Explained
from bot.domain.policy.rules import Rules
from bot.domain.policy.windows import Windows
from bot.domain.safety import Safety
from bot.domain.text import code
from bot.service.warden import Standing
from bot.ui import scopes
from engine.sentence import Sentence, say

_SAFETY = {
    Safety.OFF: say("Pictures are not checked here."),
    Safety.SPOILER: say("Pictures that the safety check flags are shown behind a spoiler."),
    Safety.BLOCK: say("Pictures that the safety check flags are not shown."),
    Safety.REVIEW: say("Pictures that the safety check flags wait for a moderator."),
}


def used(rules: Rules, usage: Usage, windows: Windows, *, unlimited: bool = True) -> list[Sentence]:
    """How much of each limit a member has used, and when it comes back; `unlimited` says also where there is none."""
    lines = [
        (rules.per_hour, say(
            "Requests this hour: {used}; the next hour begins {time}.",
            used=_part(usage.hour, rules.per_hour), time=moment(windows.hour_end))),
        (rules.gpu_seconds_per_day, say(
            "Seconds of the GPU today: {used}; the next day begins {time}.",
            used=_part(usage.day_ms // 1000, rules.gpu_seconds_per_day), time=moment(windows.day_end))),
        (rules.queue_cap, say(
            "Waiting requests: {used}.", used=_part(usage.waiting_of_member, rules.queue_cap))),
    ]  # fmt: skip
    return [line for most, line in lines if unlimited or most is not None]


def _part(used: int, most: int | None) -> str:
    """`2 / 5`. Whoever was granted more than they have used may have so much more."""
    granted = max(0, -used)
    return f"{used + granted} / {'∞' if most is None else most + granted}"


def limits(standing: Standing, within: Limits) -> list[Sentence]:
    """What one request may ask for here."""
    return [
        say("At most {count} pictures, {steps} steps, {pixels:,} pixels, {batch} requests at once.",
            count=within.max_count, steps=within.max_steps, pixels=within.max_pixels, batch=within.max_batch),
        _SAFETY[standing.safety],
    ]  # fmt: skip


def reasons(explained: Iterable[Explained], locale: str) -> list[str]:
    """Each setting that differs from the owner's, and who set it."""
    return [
        f"- {each.setting.name} {code(each.shown, 100)} · "
        + ", ".join(scopes.shown(source, locale) for source in each.sources)
        for each in explained
        if each.sources != (STUDIO,)
    ]


def moment(at: int) -> str:
    """UTC milliseconds, as Discord counts towards it."""
    return f"<t:{at // 1000}:R>"
