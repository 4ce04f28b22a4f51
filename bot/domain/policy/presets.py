"""Three sets of rules to begin with, which an admin may then change one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.policy.rules import AgeRule, Buttons
from bot.domain.safety import Safety

_NOT_FOR_FAMILIES = (
    "nude", "nudity", "naked", "topless", "nsfw", "porn", "pornographic", "hentai", "erotic", "fetish",
    "lingerie", "gore", "gory", "mutilated", "dismembered", "decapitated", "beheading",
)  # fmt: skip
PRESETS: Mapping[str, Mapping[str, Any]] = {
    # Children may be there: nothing that is flagged is shown, nothing is asked for by its name, and turns are short.
    "family": {
        "safety": Safety.BLOCK,
        "age_restricted": AgeRule.ANY,
        "words": _NOT_FOR_FAMILIES,
        "max_steps": 30,
        "cooldown": 15,
        "per_hour": 20,
        "gpu_seconds_per_day": 600,
        "queue_cap": 2,
        "newcomer_cap": 5,
        "guild_cap": 50,
        "training": False,
        "buttons": Buttons.REQUESTER,
        "min_account_days": 7,
        "newcomer_account_days": 30,
        "newcomer_member_days": 7,
    },
    # A public server: what is flagged is hidden, but not where Discord has asked for everybody's age.
    "community": {
        "safety": Safety.SPOILER,
        "age_restricted": AgeRule.RELAX,
        "max_steps": None,
        "cooldown": 5,
        "per_hour": 60,
        "gpu_seconds_per_day": 1800,
        "queue_cap": 5,
        "newcomer_cap": 20,
        "guild_cap": 200,
        "training": False,
        "buttons": Buttons.ANYONE,
        "min_account_days": 1,
        "newcomer_account_days": 7,
        "newcomer_member_days": 1,
    },
    # Friends: nothing is checked, so Discord must have asked for everybody's age; the queue is shared without limits.
    "open": {
        "safety": Safety.OFF,
        "age_restricted": AgeRule.REQUIRED,
        "max_steps": None,
        "cooldown": 0,
        "per_hour": None,
        "gpu_seconds_per_day": None,
        "queue_cap": 20,
        "newcomer_cap": None,
        "guild_cap": None,
        "training": True,
        "buttons": Buttons.ANYONE,
        "min_account_days": 0,
        "newcomer_account_days": 0,
        "newcomer_member_days": 0,
    },
}
"""By name: settings of the guild with their values. Each replaces what another one sets, but for words."""
