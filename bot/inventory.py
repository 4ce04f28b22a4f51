"""From the settings to what there is to draw with: the catalogue of the engine, and what members choose from."""

from __future__ import annotations

from pathlib import Path

from bot.domain.drawing import Style
from bot.domain.inventory import Embedding, Inventory, Limits, ModelDefaults, StyleOffer
from bot.errors import ConfigError
from bot.settings import DEMO_MODEL, AdapterSettings, ModelSettings, Settings, StyleSettings
from bot.wildcards import read_wildcards
from engine.catalogue import AdapterKind, AdapterSource, ModelCatalogue, ModelKind, ModelSource
from engine.demo import MODEL_FOLDER
from engine.errors import AdapterError, ModelError
from engine.request import AdapterUse


def build_catalogue(settings: Settings) -> ModelCatalogue:
    """The models and adapters of the settings as the engine knows them.

    Raises `ConfigError` where one cannot be right.
    """
    try:
        return ModelCatalogue(map(_source, settings.models), map(_adapter, settings.adapters))
    except (ModelError, AdapterError) as error:
        raise ConfigError(str(error)) from error


def build_inventory(settings: Settings) -> Inventory:
    """What members may choose from. Raises `ConfigError` where a wildcard list cannot be read."""
    return Inventory(
        models={model.name: _defaults(model) for model in settings.models},
        limits=Limits(
            max_pixels=settings.limits.max_pixels,
            max_steps=settings.limits.max_steps,
            max_count=settings.limits.max_count,
            max_prompt=settings.limits.max_prompt,
            max_batch=settings.limits.max_batch,
        ),
        styles=_styles(settings),
        embeddings={
            source.name: Embedding(name=source.name, title=source.title, trigger=source.word)
            for source in map(_adapter, settings.adapters)
            if source.kind is AdapterKind.EMBEDDING
        },
        wildcards=read_wildcards(settings.wildcards) if settings.wildcards else {},
    )


def _defaults(model: ModelSettings) -> ModelDefaults:
    return ModelDefaults(
        name=model.name,
        title=model.title,
        width=model.width,
        height=model.height,
        steps=model.steps,
        guidance=model.guidance,
        sampler=model.sampler,
        upscale_strength=model.upscale_strength,
    )


def _styles(settings: Settings) -> dict[str, StyleOffer]:
    """Those of the settings, and each LoRA that none of them is called like, as it is."""
    loras = {
        adapter.name: StyleOffer(
            style=Style(name=adapter.name, loras=(AdapterUse(adapter.name),)), title=adapter.title
        )
        for adapter in settings.adapters
        if adapter.kind == "lora"
    }
    return loras | {
        style.name: StyleOffer(style=_style(style), title=style.title) for style in settings.styles
    }


def _style(style: StyleSettings) -> Style:
    loras = tuple(AdapterUse(name, weight) for name, weight in style.loras.items())
    return Style(name=style.name, prompt=style.prompt, negative=style.negative, loras=loras)


def _source(model: ModelSettings) -> ModelSource:
    demo = model.source == DEMO_MODEL and not Path(model.source).exists()
    return ModelSource(
        name=model.name,
        source=str(MODEL_FOLDER) if demo else model.source,
        title=model.title,
        revision=model.revision or "",
        config=str(model.config or ""),
        kind=None if model.kind == "auto" else ModelKind(model.kind),
        width=model.width,
        height=model.height,
        steps=model.steps,
        guidance=model.guidance,
        sampler=model.sampler,
    )


def _adapter(adapter: AdapterSettings) -> AdapterSource:
    return AdapterSource(
        name=adapter.name,
        file=str(adapter.file),
        kind=AdapterKind(adapter.kind),
        model=None if adapter.model == "auto" else ModelKind(adapter.model),
        title=adapter.title,
        trigger=adapter.trigger,
        sha256=adapter.sha256 or "",
    )
