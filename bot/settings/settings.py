"""Everything that an owner can set, read once and then passed on as arguments."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.errors import ConfigError
from bot.settings.sections import (
    DEMO_MODEL,
    AdapterSettings,
    DiscordSettings,
    EngineSettings,
    LimitSettings,
    LogSettings,
    ModelSettings,
    ProvenanceSettings,
    SafetySettings,
    StorageSettings,
    StyleSettings,
    UpscalerSettings,
    demo_model,
)


class Settings(BaseSettings):
    """Everything that an owner can set; read once, then passed on as arguments."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="ATELIER_", env_nested_delimiter="__", env_ignore_empty=True
    )

    discord: DiscordSettings = DiscordSettings()
    storage: StorageSettings = StorageSettings()
    engine: EngineSettings = EngineSettings()
    limits: LimitSettings = LimitSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    log: LogSettings = LogSettings()
    models: tuple[ModelSettings, ...] = Field((demo_model(),), min_length=1)
    adapters: tuple[AdapterSettings, ...] = ()
    styles: tuple[StyleSettings, ...] = ()
    upscaler: UpscalerSettings = UpscalerSettings()
    safety: SafetySettings = SafetySettings()
    policy: dict[str, bool | int | str | list[str]] = Field({}, examples=[{"per_hour": 20}])
    wildcards: Path | None = Field(None, examples=["wildcards"])

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        for kind, named in (("models", self.models), ("styles", self.styles)):
            names = [each.name for each in named]
            if len(names) != len(set(names)):
                raise ValueError(
                    f"two {kind} have the same name; give each [[{kind}]] a name of its own, such as {names[0]}-b"
                )
        return self

    @model_validator(mode="after")
    def _styles_know_their_loras(self) -> Settings:
        known = {adapter.name for adapter in self.adapters if adapter.kind == "lora"}
        for style in self.styles:
            if missing := style.loras.keys() - known:
                raise ValueError(
                    f"the style {style.name} names the LoRA {min(missing)}, which no [[adapters]] has"
                )
        return self

    @model_validator(mode="after")
    def _the_network_has_a_file(self) -> Settings:
        if self.upscaler.method == "network" and self.upscaler.file is None:
            raise ValueError(
                'upscaler.method is "network" but there is no upscaler.file; name a .safetensors file'
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as the init argument."""
        return env_settings, init_settings

    @property
    def checker(self) -> str | None:
        """Where the safety checker comes from; a studio that has the demo model alone has the demo's."""
        demo = all(model.source == DEMO_MODEL for model in self.models)
        return self.safety.checker or (DEMO_MODEL if demo else None)

    def token(self) -> SecretStr | None:
        """The bot token, from the environment, the file, or the secret file that the settings name."""
        path = self.discord.token_file
        if self.discord.token is None and path is not None:
            try:
                return SecretStr(path.read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"discord.token_file: {path} cannot be read; name a file that holds only the bot token."
                ) from error
        return self.discord.token
