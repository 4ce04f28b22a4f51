"""Layers of rules, from the whole studio to one member: what holds, and which layer says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from bot.domain.policy.actors import Actor, Venue
from bot.domain.policy.rules import SETTINGS, Rules, Setting
from bot.domain.safety import stricter


class Layer(StrEnum):
    """From the widest to the most specific, which wins."""

    STUDIO = "studio"
    GUILD = "guild"
    CATEGORY = "category"
    CHANNEL = "channel"
    ROLE = "role"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from; only the studio has no target."""

    layer: Layer
    target_id: int | None = None


STUDIO = Source(Layer.STUDIO)


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting of one layer; `value` is of the type of this field of `Rules`."""

    layer: Layer
    target_id: int
    setting: str
    value: Any

    @property
    def source(self) -> Source:
        return Source(self.layer, self.target_id)


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting, its value, and the layers that it comes from: several where it adds up, the widest first."""

    setting: Setting[Any]
    value: Any
    sources: tuple[Source, ...]

    @property
    def shown(self) -> str:
        return self.setting.show(self.value)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What holds. `sources` has the settings that a layer below the studio's has changed."""

    rules: Rules
    sources: Mapping[str, tuple[Source, ...]]

    def source(self, setting: str) -> Source:
        """The most specific layer that has a say in it."""
        return self.sources.get(setting, (STUDIO,))[-1]


def resolve(base: Rules, rules: Iterable[Rule], actor: Actor, venue: Venue) -> Resolved:
    """The base, and over it each layer that this member is in here; of roles the highest wins.

    In a direct message the base alone holds. A setting of the guild alone is overlooked on other layers. In a place
    that is not known the strictest safety mode of all holds, for it may be that place's.
    """
    rules = list(rules)
    values: dict[str, Any] = {}
    sources: dict[str, tuple[Source, ...]] = {}
    for rule in _in_order(rules, actor, venue):
        name, setting = rule.setting, SETTINGS[rule.setting]
        if not setting.adds_up:
            values[name], sources[name] = rule.value, (rule.source,)
        elif rule.value:
            before = values.get(name, getattr(base, name))
            values[name] = tuple(dict.fromkeys((*before, *rule.value)))
            sources[name] = (*sources.get(name, (STUDIO,) if before else ()), rule.source)
    if not venue.known:
        modes = {rule.value: (rule.source,) for rule in rules if rule.setting == "safety"}
        strictest = reduce(stricter, modes, base.safety)
        values["safety"], sources["safety"] = strictest, modes.get(strictest, (STUDIO,))
    return Resolved(replace(base, **values), sources)


def explain(resolved: Resolved) -> tuple[Explained, ...]:
    """Every setting, in the order of `SETTINGS`."""
    return tuple(
        Explained(setting, getattr(resolved.rules, name), resolved.sources.get(name, (STUDIO,)))
        for name, setting in SETTINGS.items()
    )


def _in_order(rules: Iterable[Rule], actor: Actor, venue: Venue) -> list[Rule]:
    """Those that hold for this member here, the most specific last."""
    if venue.guild_id is None:
        return []
    ranks = {
        source: rank
        for rank, source in enumerate(
            (
                Source(Layer.GUILD, venue.guild_id),
                Source(Layer.CATEGORY, venue.category_id),
                Source(Layer.CHANNEL, venue.channel_id),
                *(Source(Layer.ROLE, role) for role in actor.roles),
                Source(Layer.USER, actor.user_id),
            )
        )
    }
    holding = [
        rule
        for rule in rules
        if rule.source in ranks and (rule.layer is Layer.GUILD or not SETTINGS[rule.setting].guild_only)
    ]
    return sorted(holding, key=lambda rule: ranks[rule.source])
