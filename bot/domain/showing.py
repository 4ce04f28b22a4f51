"""What a place shows of pictures that were drawn elsewhere, or here while another mode held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.job import Job, StoredPicture
from bot.domain.safety import Safety


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
