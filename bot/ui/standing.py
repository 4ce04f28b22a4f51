"""What holds for a member in a place, in words: what is left, what is allowed, and who said so."""

from __future__ import annotations

from bot.domain.inventory import Limits
from bot.domain.policy.actors import Usage
from bot.domain.policy.layers import STUDIO, Layer, Source, explain
from bot.domain.policy.windows import Windows
from bot.domain.safety import Safety
from bot.domain.text import code
from bot.service.warden import Standing
from bot.ui.languages import translate
from engine.sentence import Sentence, say

_SAFETY = {
    Safety.OFF: say("Pictures are not checked here."),
    Safety.SPOILER: say("Pictures that the safety check flags are shown behind a spoiler."),
    Safety.BLOCK: say("Pictures that the safety check flags are not shown."),
    Safety.REVIEW: say("Pictures that the safety check flags wait for a moderator."),
}
_LAYERS = {
    Layer.STUDIO: say("the owner's settings"),
    Layer.GUILD: say("this server"),
    Layer.CATEGORY: say("this category"),
    Layer.CHANNEL: say("this channel"),
}


def usage(standing: Standing, used: Usage, window: Windows) -> list[Sentence]:
    """What is left of each limit that there is, and when it comes back."""
    rules, lines = standing.rules, []
    if rules.per_hour is not None:
        lines.append(
            say("This hour: {used} of {most} requests; the next one begins {time}.",
                used=used.hour, most=rules.per_hour, time=moment(window.hour_end))
        )  # fmt: skip
    if rules.gpu_seconds_per_day is not None:
        lines.append(
            say("Today: {used} of {most} seconds of the GPU; the next day begins {time}.",
                used=used.day_ms // 1000, most=rules.gpu_seconds_per_day, time=moment(window.day_end))
        )  # fmt: skip
    if rules.queue_cap is not None:
        lines.append(
            say("Waiting: {used} of your {most} requests.", used=used.waiting_of_member, most=rules.queue_cap)
        )
    return lines


def limits(standing: Standing, within: Limits) -> list[Sentence]:
    """What one request may ask for here."""
    return [
        say("At most {count} pictures, {steps} steps, {pixels:,} pixels, {batch} requests at once.",
            count=within.max_count, steps=within.max_steps, pixels=within.max_pixels, batch=within.max_batch),
        _SAFETY[standing.safety],
    ]  # fmt: skip


def reasons(standing: Standing, locale: str) -> list[str]:
    """Each setting that differs from the owner's, and who set it."""
    lines = []
    for each in explain(standing.resolved):
        if each.sources != (STUDIO,) and each.setting.name not in ("words", "names"):
            sources = ", ".join(source_name(source, locale) for source in each.sources)
            lines.append(f"- `{each.setting.name}` {code(each.shown, 100)} ({sources})")
    return lines


def source_name(source: Source, locale: str) -> str:
    """Who set it, as Discord shows it."""
    if source.layer is Layer.ROLE:
        return f"<@&{source.target_id}>"
    if source.layer is Layer.USER:
        return f"<@{source.target_id}>"
    if source.layer is Layer.CHANNEL:
        return f"<#{source.target_id}>"
    return translate(_LAYERS[source.layer], locale)


def moment(at: int) -> str:
    """UTC milliseconds, as Discord counts towards it."""
    return f"<t:{at // 1000}:R>"
