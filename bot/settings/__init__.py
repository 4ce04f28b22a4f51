"""`config.toml` and the environment become frozen settings."""

from bot.settings.reading import load_settings, warnings
from bot.settings.sections import (
    DEMO_MODEL,
    AdapterSettings,
    DiscordSettings,
    EngineSettings,
    LimitSettings,
    LogSettings,
    ModelSettings,
    ProvenanceSettings,
    StorageSettings,
    StyleSettings,
    UpscalerSettings,
    demo_model,
)
from bot.settings.settings import Settings

__all__ = [
    "DEMO_MODEL",
    "AdapterSettings",
    "DiscordSettings",
    "EngineSettings",
    "LimitSettings",
    "LogSettings",
    "ModelSettings",
    "ProvenanceSettings",
    "Settings",
    "StorageSettings",
    "StyleSettings",
    "UpscalerSettings",
    "demo_model",
    "load_settings",
    "warnings",
]
