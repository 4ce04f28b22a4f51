"""What a server's policy looks like: all that is set, one setting, and what comes of it for a member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal

import discord

from bot.domain.policy.decision import Decision
from bot.domain.policy.layers import STUDIO, Layer, Rule, Source, explain
from bot.domain.policy.rules import SETTINGS, Rules, Setting
from bot.domain.text import code, cut_formatted
from bot.service.policies import Change, Explanation
from bot.ui import scopes
from bot.ui.languages import translate
from bot.ui.render import ACCENT
from bot.ui.standing import moment, reasons, used
from engine.sentence import Sentence, say

_RULES_A_PAGE = 15
_ALL, _ELSE = (
    say("Everything is as the bot's owner chose."),
    say("Everything else is as the bot's owner chose."),
)
_MOST_SCOPES = 20  # that one line names
_LAYERS, _NAMES = list(Layer), list(SETTINGS)
GROUPS: Mapping[Sentence, Sequence[str]] = {
    say("Drawing"): (
        "enabled", "models", "max_pixels", "max_steps", "max_count", "img2img", "training", "actions", "buttons",
    ),
    say("Limits"): (
        "cooldown", "per_hour", "gpu_seconds_per_day", "queue_cap", "newcomer_cap", "guild_cap", "priority", "timezone",
    ),
    say("Safety"): ("safety", "age_restricted", "words", "names"),
    say("Members"): ("min_account_days", "min_member_days", "newcomer_account_days", "newcomer_member_days"),
}  # fmt: skip
MEANINGS: Mapping[tuple[str, str], Sentence] = {
    ("safety", "off"): say("Pictures are not checked."),
    ("safety", "spoiler"): say("What is flagged is shown behind a spoiler."),
    ("safety", "block"): say("What is flagged is not shown."),
    ("safety", "review"): say("What is flagged waits for a moderator."),
    ("age_restricted", "any"): say("It changes nothing."),
    ("age_restricted", "required"): say("Nothing is drawn without it."),
    ("age_restricted", "relax"): say("With it, pictures are not checked."),
    ("buttons", "anyone"): say("Whoever presses a button gets a request of their own."),
    ("buttons", "requester"): say("Only the member who asked, and moderators."),
}
"""Of values whose name alone does not say it."""


def sheet(lines: Iterable[str]) -> discord.Embed:
    """Lines as an embed."""
    return discord.Embed(description=cut_formatted("\n".join(lines), 4000), colour=ACCENT)


def everything(rules: Iterable[Rule], defaults: Rules, scope: Source, locale: str) -> list[discord.Embed]:
    """Pages of what is set, layer by layer; of one scope where that is not the whole server."""
    found = _sorted(rule for rule in rules if scope.layer is Layer.GUILD or rule.source == scope)
    if not found:
        return [_nothing(defaults, scope, locale)]
    rest = translate(_ELSE, locale)
    starts = range(0, len(found), _RULES_A_PAGE)
    return [sheet([*_grouped(found[start : start + _RULES_A_PAGE], locale), "", rest]) for start in starts]


def overview(rules: Sequence[Rule], defaults: Rules, scope: Source, locale: str) -> discord.Embed:
    """What is set for one scope, and where else something is."""
    own = _sorted(rule for rule in rules if rule.source == scope)
    embed = sheet(_grouped(own, locale)) if own else _nothing(defaults, scope, locale)
    others = groupby(_sorted(rule for rule in rules if rule.source != scope), attrgetter("source"))
    counts = [f"{scopes.shown(source, locale)} ({len(list(group))})" for source, group in others]
    if counts:
        title = translate(say("Also set"), locale)
        embed.add_field(name=title, value=", ".join(counts[:_MOST_SCOPES]), inline=False)
    return embed


def one(
    setting: Setting[Any],
    rules: Iterable[Rule],
    defaults: Rules,
    scope: Source,
    around: Iterable[Source],
    locale: str,
) -> discord.Embed:
    """A setting for one scope: what it is for, what it is there or in what is around it, and what it may be."""
    values = {rule.source: rule.value for rule in rules if rule.setting == setting.name}
    lines = [
        f"**{setting.name}** · {scopes.shown(scope, locale)}",
        translate(setting.help, locale),
        "",
        _value(setting, values, defaults, (scope, *around), locale),
        translate(say("It may be {legal}.", legal=setting.form.legal), locale),
    ]
    if setting.adds_up:
        lines.append(translate(say("What is set here is added to what wider layers say."), locale))
    return sheet(lines)


def asked_for(names: int, locale: str) -> str:
    """Names that are refused beside those of the rules."""
    return translate(say("more names, by request (`/optout`): {number}", number=names), locale)


def explanation(explained: Explanation, locale: str) -> discord.Embed:
    """Whether a member may ask for a picture now, what they have used, what holds for them, and who says so."""
    standing, known = explained.standing, explain(explained.standing.resolved)
    told = reasons(known, locale)
    if standing.asked_names:
        told.append(f"- names · {asked_for(len(standing.asked_names), locale)}")
    says = [_blocked(standing.blocked_until), *used(standing.rules, explained.usage, explained.windows)]
    embed = sheet(
        [
            f"<@{standing.actor.user_id}> · <#{standing.venue.channel_id}>",
            *_verdict(explained.verdict, locale),
            "",
            *(translate(line, locale) for line in says),
            "",
            *([f"**{translate(say('Set in this server'), locale)}**", *told, ""] if told else []),
            translate(_ELSE if told else _ALL, locale),
        ]
    )
    return _listing(
        embed, {each.setting.name: each.value for each in known if each.sources == (STUDIO,)}, locale
    )


def changes(found: Iterable[Change]) -> list[str]:
    """What a preset would do."""
    return [f"- {each.setting} {code(each.before, 60)} → {code(each.after, 160)}" for each in found]


def _sorted(rules: Iterable[Rule]) -> list[Rule]:
    """The widest layer first, and settings in their order."""
    return sorted(
        rules, key=lambda rule: (_LAYERS.index(rule.layer), rule.target_id, _NAMES.index(rule.setting))
    )


def _grouped(rules: Iterable[Rule], locale: str) -> list[str]:
    """Sorted rules under the names of their scopes."""
    lines = []
    for source, group in groupby(rules, attrgetter("source")):
        lines.append(f"**{scopes.shown(source, locale)}**")
        lines += [f"- {rule.setting} {code(SETTINGS[rule.setting].show(rule.value), 200)}" for rule in group]
    return lines


def _nothing(defaults: Rules, scope: Source, locale: str) -> discord.Embed:
    """That nothing is set, and what holds then."""
    if scope.layer is not Layer.GUILD:
        where = scopes.shown(scope, locale)
        return sheet(
            [translate(say("Nothing is set for {scope}; what wider layers say holds.", scope=where), locale)]
        )
    text = translate(say("Nothing is set for the whole server."), locale)
    values = {name: getattr(defaults, name) for name in SETTINGS}
    return _listing(sheet([f"{text} {translate(_ALL, locale)}"]), values, locale)


def _value(
    setting: Setting[Any],
    values: Mapping[Source, Any],
    defaults: Rules,
    nearest: Sequence[Source],
    locale: str,
) -> str:
    if nearest[0] in values:
        value = code(setting.show(values[nearest[0]]), 1000)
        return translate(say("Set here: {value}.", value=value), locale)
    found = next((source for source in nearest if source in values), STUDIO)
    value = code(setting.show(values.get(found, getattr(defaults, setting.name))), 500)
    where = scopes.shown(found, locale)
    return translate(say("Not set here. Otherwise {value}, from {scope}.", scope=where, value=value), locale)


def _verdict(verdict: Decision, locale: str) -> list[str]:
    if verdict.allowed:
        return [f"✅ {translate(say('`/imagine` would be taken now.'), locale)}"]
    lines = [
        f"⛔ {translate(say('`/imagine` would be refused now:'), locale)}",
        f"> {translate(verdict.why, locale)}",
    ]
    if verdict.setting is not None and verdict.source is not None:
        lines.append(f"> — {verdict.setting}, {scopes.shown(verdict.source, locale)}")
    return lines


def _blocked(until: int | Literal[False] | None) -> Sentence:
    if until is None:
        return say("Blocked for good.")
    return say("Not blocked.") if until is False else say("Blocked; it ends {time}.", time=moment(until))


def _listing(embed: discord.Embed, values: Mapping[str, Any], locale: str) -> discord.Embed:
    """Many settings, a field for each group of them."""
    for title, names in GROUPS.items():
        shown = [f"{name} {code(SETTINGS[name].show(values[name]), 60)}" for name in names if name in values]
        if shown:
            embed.add_field(name=translate(title, locale), value=" · ".join(shown), inline=False)
    return embed
