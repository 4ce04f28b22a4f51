"""What admins set for their server: its policy, in layers, and what comes of it for a member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.dispatch import Dispatcher
from bot.domain.inventory import Inventory
from bot.domain.job import Place
from bot.domain.policy.actors import Usage
from bot.domain.policy.decision import Decision
from bot.domain.policy.layers import Layer, Rule, Source
from bot.domain.policy.powers import Power
from bot.domain.policy.presets import PRESETS
from bot.domain.policy.rules import SETTINGS, Rules, Setting
from bot.domain.policy.windows import Windows
from bot.domain.safety import Safety
from bot.domain.text import code
from bot.errors import BadRequest
from bot.service.asker import Asker
from bot.service.guild_acts import ActLog, guild_of
from bot.service.roster import Roster
from bot.service.warden import Standing, Warden
from bot.storage.policies import PolicyStore
from engine.sentence import say

_LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True)
class Offers:
    """Legal texts for a setting: all that there are where they are `closed`, one of them or `several`."""

    values: Sequence[str]
    closed: bool
    several: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A setting of the whole server, as it is shown before and after."""

    setting: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What holds for a member in a place, what they have used, and whether they could ask for a picture now."""

    standing: Standing
    usage: Usage
    windows: Windows
    verdict: Decision


class Policies:
    """Every change is written into the server's log. Raises `NotAllowed` and `BadRequest`.

    A scope is a layer and its target. `checks` says whether there is a safety checker; without one, modes that need
    it cannot be set.
    """

    def __init__(
        self,
        policies: PolicyStore,
        log: ActLog,
        dispatcher: Dispatcher,
        warden: Warden,
        roster: Roster,
        inventory: Inventory,
        *,
        checks: bool,
    ) -> None:
        self._policies, self._log, self._dispatcher = policies, log, dispatcher
        self._warden, self._roster, self._inventory = warden, roster, inventory
        self._checks = checks

    @property
    def defaults(self) -> Rules:
        """What holds where nothing was set: the owner's settings."""
        return self._warden.base

    async def rules(self, asker: Asker, scope: Source) -> list[Rule]:
        """Everything that was set for this server.

        What was set for members who had their data deleted is under stand-ins, but for the member of this scope.
        """
        return await self._policies.rules_for(guild_of(asker, Power.MODERATE), _member(scope))

    async def asked_names(self, asker: Asker) -> int:
        """How many names are refused in this server because somebody asked for it, whatever the rules say."""
        return len(await self._warden.asked_names(guild_of(asker, Power.MODERATE)))

    def offers(self, setting: str) -> Offers:
        """What to choose from. Raises `BadRequest` where there is no such setting."""
        form = known_setting(setting).form
        if setting == "models":
            return Offers([*form.offers(), *self._inventory.models], closed=True, several=True)
        return Offers(form.offers(), form.closed, form.several)

    async def set(self, asker: Asker, scope: Source, setting: str, text: str) -> str:
        """Set one setting of one scope, as an admin writes it; the value as it is kept."""
        guild_id, target = guild_of(asker, Power.ADMINISTER), _target(asker, scope)
        value = self._parsed(scope.layer, setting, text)
        await self._policies.set(guild_id, scope.layer, target, setting, value)
        shown = SETTINGS[setting].show(value)
        await self._note(asker, "policy set", scope, f"{setting} = {shown}")
        self._dispatcher.wake()
        return shown

    async def count(self, asker: Asker, scope: Source | None) -> int:
        """How many values `reset` would take back."""
        rules = await self._policies.rules_for(guild_of(asker, Power.ADMINISTER), _member(scope))
        return sum(scope in (None, rule.source) for rule in rules)

    async def reset(self, asker: Asker, scope: Source | None, setting: str | None) -> int:
        """Take back one setting of a scope, or all; those of every scope where none is said; the number of values."""
        guild_id = guild_of(asker, Power.ADMINISTER)
        layer, target = (None, None) if scope is None else (scope.layer, _target(asker, scope))
        if setting is not None:
            known_setting(setting)
        count = await self._policies.reset(guild_id, layer, target, setting)
        await self._note(asker, "policy reset", scope, setting or "all")
        self._dispatcher.wake()
        return count

    async def preview(self, asker: Asker, preset: str) -> list[Change]:
        """What a preset would change for the whole server."""
        guild_id, values = guild_of(asker, Power.ADMINISTER), self._preset(preset)
        rules = await self._policies.rules_for(guild_id)
        now = {rule.setting: rule.value for rule in rules if rule.layer is Layer.GUILD}
        changes = (
            Change(
                name, setting.show(now.get(name, getattr(self.defaults, name))), setting.show(values[name])
            )
            for name, setting in SETTINGS.items()
            if name in values
        )
        return [change for change in changes if change.before != change.after]

    async def apply(self, asker: Asker, preset: str) -> None:
        """Set every setting of a preset for the whole server, or none of them."""
        guild_id, values = guild_of(asker, Power.ADMINISTER), self._preset(preset)
        await self._policies.set_all(guild_id, Layer.GUILD, guild_id, values)
        await self._log.note(asker, "policy preset", detail=preset)
        self._dispatcher.wake()

    async def explain(self, asker: Asker, user_id: int, place: Place) -> Explanation:
        """What holds for a member in a channel, and where it comes from."""
        guild_of(asker, Power.MODERATE)
        standing = await self._warden.standing(*await self._roster.look_up(user_id, place))
        usage, windows = await self._warden.usage(standing)
        return Explanation(standing, usage, windows, self._warden.verdict(standing, usage))

    async def _note(self, asker: Asker, act: str, scope: Source | None, detail: str) -> None:
        """A member is the target, and of other scopes the detail speaks."""
        member = _member(scope)
        if scope is None:
            detail = f"everywhere: {detail}"
        elif scope.layer not in (Layer.GUILD, Layer.USER):
            detail = f"{scope.layer} {scope.target_id}: {detail}"
        await self._log.note(asker, act, member, detail=detail[:_LONGEST_DETAIL])

    def _preset(self, name: str) -> dict[str, Any]:
        if name not in PRESETS:
            raise BadRequest(
                say("There is no preset {name}; there are {names}.",
                    name=code(name, 40), names=", ".join(PRESETS))
            )  # fmt: skip
        for setting, value in PRESETS[name].items():
            self._check_possible(setting, value)
        return dict(PRESETS[name])

    def _parsed(self, layer: Layer, name: str, text: str) -> Any:
        setting = known_setting(name)
        if setting.guild_only and layer is not Layer.GUILD:
            raise BadRequest(
                say("{setting} is set for the whole server; leave the scope out.", setting=code(name))
            )
        value = setting.parse(text)
        self._check_possible(name, value)
        return value

    def _check_possible(self, setting: str, value: Any) -> None:
        if setting == "safety" and value is not Safety.OFF and not self._checks:
            raise BadRequest(
                say("There is no safety checker here; the bot's owner has to name one in the settings first.")
            )
        if setting == "models" and value is not None and (unknown := value - self._inventory.models.keys()):
            raise BadRequest(
                say("There is no model called {name}; there are {names}.",
                    name=code(min(unknown), 40), names=", ".join(self._inventory.models))
            )  # fmt: skip


def known_setting(name: str) -> Setting[Any]:
    """Raises `BadRequest` where there is no such setting."""
    if name not in SETTINGS:
        raise BadRequest(
            say("There is no setting {name}; there are {names}.",
                name=code(name, 40), names=", ".join(map(code, SETTINGS)))
        )  # fmt: skip
    return SETTINGS[name]


def _member(scope: Source | None) -> int | None:
    return scope.target_id if scope is not None and scope.layer is Layer.USER else None


def _target(asker: Asker, scope: Source) -> int:
    """The asker's own server is the one guild that it may be."""
    return (asker.venue.guild_id if scope.layer is Layer.GUILD else scope.target_id) or 0
