"""What autocomplete offers; what a member then sends is checked again, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from bot.domain.inventory import ASPECTS, Inventory
from bot.domain.text import cut
from bot.service.studio import Studio
from bot.ui.answers import Interaction, locale_of
from bot.ui.languages import translate
from engine.sentence import say

Choices = list[app_commands.Choice[str]]
_MOST, _LONGEST = 25, 100


class Chooser:
    """Each gives what matches the letters typed so far, at most 25; values are short names and ids."""

    def __init__(self, inventory: Inventory, studio: Studio) -> None:
        self._inventory, self._studio = inventory, studio

    def models(self, typed: str) -> Choices:
        return matching(
            ((_titled(model.title, model.name), model.name) for model in self._inventory.models.values()),
            typed,
        )

    def styles(self, typed: str) -> Choices:
        styles = self._inventory.styles.items()
        return matching(((_titled(offer.title, name), name) for name, offer in styles), typed)

    def embeddings(self, typed: str) -> Choices:
        embeddings = self._inventory.embeddings.values()
        return matching(((_titled(each.title, each.trigger), each.name) for each in embeddings), typed)

    def aspects(self, typed: str) -> Choices:
        return matching(((aspect, aspect) for aspect in ASPECTS), typed)

    async def own_jobs(self, interaction: Interaction, typed: str) -> Choices:
        """The member's own waiting and running jobs, and all of them at once."""
        jobs = await self._studio.own_jobs(interaction.user.id)
        named = [(f"{job.id} · {job.order.drawing.prompt}", job.id) for job, _ in jobs]
        everything = translate(say("All of mine"), locale_of(interaction))
        return matching([(everything, "all"), *named], typed)


def _titled(title: str, name: str) -> str:
    return f"{title} ({name})" if title and title != name else name


def matching(named: Iterable[tuple[str, str]], typed: str) -> Choices:
    """Titles and values, as many as Discord shows of those whose title has these letters."""
    wanted = typed.strip().casefold()
    found = [(name, value) for name, value in named if wanted in name.casefold()]
    return [app_commands.Choice(name=cut(name, _LONGEST), value=value) for name, value in found[:_MOST]]
