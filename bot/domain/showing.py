"""What a place shows of pictures that were drawn elsewhere, or here while another mode held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.job import Job, StoredPicture
from bot.domain.safety import Safety
from engine.sentence import Sentence, say

ALL_WITHHELD = say(
    "The safety check withheld every picture of this request; try other words or another seed."
)
_TAKEN_DOWN = say(
    "A moderator has taken pictures like these down before, so they are not shown; try other words or another seed."
)
_BOTH = say(
    "The safety check withheld some of these pictures, and a moderator has taken pictures like the others down "
    "before; try other words or another seed."
)


def why_withheld(pictures: Sequence[StoredPicture]) -> Sentence | None:
    """Why nobody may see any of a job's pictures; none where one of them may be seen."""
    if not all(picture.withheld for picture in pictures):
        return None
    flagged = [picture.flagged for picture in pictures]
    if all(flagged):
        return ALL_WITHHELD
    return _BOTH if any(flagged) else _TAKEN_DOWN


def seen_in(
    mode: Safety, guild_id: int | None, job: Job, pictures: Sequence[StoredPicture]
) -> tuple[Job, list[StoredPicture]]:
    """Those that may be shown where this mode holds, with their job, which is behind a spoiler where it must be.

    None may be that nobody checked. A moderator's yes to flagged ones holds in that moderator's server, where
    moderators are asked.
    """
    if mode is Safety.OFF:
        return job, list(pictures)
    if job.safety is Safety.OFF:
        return job, []
    if mode is Safety.SPOILER:
        flagged = any(picture.flagged for picture in pictures)
        return replace(job, order=replace(job.order, spoiler=job.order.spoiler or flagged)), list(pictures)
    approved = job.safety is mode is Safety.REVIEW and job.order.place.guild_id == guild_id
    return job, [picture for picture in pictures if approved or not picture.flagged]
