"""What a studio has to offer: its models, styles and embeddings, and the most that one request may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.drawing import Style

ASPECTS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16")  # which are offered; others are legal


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDefaults:
    """A model as members see it, and what it draws when they do not say; sides in pixels."""

    name: str
    title: str
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str = ""
    upscale_strength: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOffer:
    """A style as members see it."""

    style: Style
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A word that a textual inversion has taught the models; it acts where `trigger` stands in a prompt."""

    name: str
    title: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one request may ask for; `max_batch` is how many requests one prompt may become."""

    max_pixels: int
    max_steps: int
    max_count: int
    max_prompt: int
    max_batch: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """By name; the first model is the default. `wildcards` has the lines of each list of the owner's folder."""

    models: Mapping[str, ModelDefaults]
    limits: Limits
    styles: Mapping[str, StyleOffer] = field(default_factory=dict)
    embeddings: Mapping[str, Embedding] = field(default_factory=dict)
    wildcards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def default_model(self) -> ModelDefaults:
        return next(iter(self.models.values()))
