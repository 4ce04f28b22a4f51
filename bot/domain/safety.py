"""What is done about pictures that the safety check flags."""

from __future__ import annotations

from enum import StrEnum


class Safety(StrEnum):
    """The mode of a place."""

    OFF = "off"  # nobody asks
    SPOILER = "spoiler"  # a flagged picture hides its whole message behind a spoiler
    BLOCK = "block"  # a flagged picture is withheld
    REVIEW = "review"  # nothing is shown before a moderator has looked at it


_BY_STRICTNESS = (Safety.OFF, Safety.SPOILER, Safety.REVIEW, Safety.BLOCK)


def stricter(one: Safety, other: Safety) -> Safety:
    """The one that shows less; a moderator may let through what `REVIEW` holds back, nobody what `BLOCK` does."""
    return max(one, other, key=_BY_STRICTNESS.index)
