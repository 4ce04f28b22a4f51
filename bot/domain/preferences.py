"""What a member set for themselves; it fills in what their words leave open."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace

from bot.domain.words import Words

MAX_SHORTCUTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """None leaves it to the studio. `suffix` is added to every prompt of the member's.

    With `remix` the variation and zoom buttons ask for words first; `notify` pings when a request is done; `private`
    sends results as direct messages; `auto_dm` sends a copy of every result.
    """

    model: str | None = None
    aspect: str | None = None
    count: int | None = None
    locale: str | None = None
    suffix: str = ""
    remix: bool = False
    notify: bool = False
    private: bool = False
    auto_dm: bool = False

    def known(self, models: Container[str]) -> Preferences:
        """Without a model that is not there any more."""
        return self if self.model is None or self.model in models else replace(self, model=None)

    def words(self, prompt: str) -> Words:
        """What they say where a member says nothing but a prompt."""
        return Words(
            prompt=prompt,
            model=self.model,
            aspect=self.aspect,
            count=self.count,
            private=self.private or None,
        )
