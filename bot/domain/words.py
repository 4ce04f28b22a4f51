"""What a member said, before anything is resolved: the options of a command and the flags of a prompt."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a member said, as they said it; none means they left it to us.

    `quality` multiplies the model's steps, `stylize` (0 to 1000) and `image_weight` (0 to 2) stand for guidance and
    strength, `chaos` is 0 to 100, `stop` 10 to 100 percent of the steps, `repeat` a number of requests.
    `image_sha256` and `mask_sha256` name pictures in the picture store; with `upscale` (2 or 4) the picture is made so
    many times as large, and `aspect` is its own size.
    """

    prompt: str
    negative: str | None = None
    aspect: str | None = None
    count: int | None = None
    seed: int | None = None
    model: str | None = None
    style: str | None = None
    embedding: str | None = None
    steps: int | None = None
    guidance: float | None = None
    sampler: str | None = None
    quality: float | None = None
    stylize: int | None = None
    chaos: int | None = None
    stop: int | None = None
    tile: bool | None = None
    repeat: int | None = None
    image_sha256: str | None = None
    mask_sha256: str | None = None
    strength: float | None = None
    image_weight: float | None = None
    upscale: int | None = None
    spoiler: bool | None = None
    private: bool | None = None

    def over(self, other: Words) -> Self:
        """These words, and the other's where these leave it open; the prompt is this one's."""
        gaps = {
            field.name: getattr(other, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None
        }
        return replace(self, **gaps)
