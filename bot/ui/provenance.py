"""At the desk for questions: where does this picture come from?"""

from __future__ import annotations

import discord

from bot.domain.text import code, cut
from bot.provenance import SourceType, Trust
from bot.service.provenance import Answer, Provenance, Sighting
from bot.ui.answers import Interaction, asker, guard, locale_of, think, whisper
from bot.ui.languages import translate
from bot.ui.render import ACCENT
from bot.ui.requests import RequestDesk
from engine.sentence import Sentence, say

_TRUST = {
    Trust.NONE: say("It carries no signature."),
    Trust.OURS: say("It carries the signature of this studio, and nothing in it was changed since."),
    Trust.UNKNOWN: say("It carries a whole signature of somebody whom this studio does not know."),
    Trust.INVALID: say(
        "It carries a signature that does not fit any more: the file was changed after it was signed."
    ),
    Trust.UNREADABLE: say("It carries a signature that cannot be read."),
}
_SOURCES = {
    SourceType.TRAINED: say("It says of itself that a machine made it."),
    SourceType.COMPOSITE: say("It says of itself that a machine made it from another picture."),
}


class ProvenanceDesk:
    """Seen by the one who asks alone."""

    def __init__(self, provenance: Provenance, requests: RequestDesk) -> None:
        self._provenance, self._requests = provenance, requests

    async def look(self, interaction: Interaction, image: discord.Attachment) -> None:
        async def work() -> None:
            await think(interaction)
            (data,) = await self._requests.fetch(image)
            answer = await self._provenance.look(asker(interaction), data, image.filename)
            await whisper(interaction, "", embed=_embed(answer, locale_of(interaction)))

        await guard(interaction, work)


def _embed(answer: Answer, locale: str) -> discord.Embed:
    inspection = answer.inspection
    lines = [_verdict(answer), _TRUST[inspection.manifest.trust]]
    if inspection.source in _SOURCES:
        lines.append(_SOURCES[SourceType(inspection.source)])
    if inspection.parameters:
        lines.append(say("It tells how it was made."))
    text = [translate(line, locale) for line in lines]
    text += [_sighting(each, locale) for each in (*answer.same, *answer.alike)]
    embed = discord.Embed(
        title=translate(say("Where it comes from"), locale), description="\n".join(text), colour=ACCENT
    )
    if inspection.parameters:
        name = translate(say("What it says"), locale)
        embed.add_field(name=name, value=code(cut(inspection.parameters, 900)), inline=False)
    return embed


def _verdict(answer: Answer) -> Sentence:
    if answer.untold:
        return say("It was drawn here; I may not tell where.")
    if answer.ours:
        return say("It was drawn here.")
    if answer.alike:
        return say("It is no file of ours, but looks like one.")
    return say("Nothing tells that it was drawn here.")


def _sighting(sighting: Sighting, locale: str) -> str:
    line = say("picture {number} of {job}", number=sighting.cell + 1, job=code(sighting.job.id))
    return f"- {translate(line, locale)}"
