"""`config.toml` and the environment become frozen settings; a bad value becomes one clear sentence."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import ConfigError
from engine.request import MAX_GUIDANCE, MAX_SIDE, MAX_STEPS, MIN_SIDE, SIDE_STEP

DEMO_MODEL = "demo"

Side = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE, multiple_of=SIDE_STEP)]
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
Guidance = Annotated[float, Field(ge=0, le=MAX_GUIDANCE)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DiscordSettings(_Section):
    """How the bot logs in."""

    token: SecretStr | None = Field(None, examples=["set ATELIER_DISCORD__TOKEN in the environment"])
    token_file: Path | None = Field(None, examples=["/run/secrets/discord_token"])
    guild_id: int | None = Field(None, ge=1, examples=[1234567890123456789])


class StorageSettings(_Section):
    """Where the queue and the pictures live."""

    folder: Path = Path("data")


class EngineSettings(_Section):
    """The one GPU thread."""

    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    threads: int | None = Field(None, ge=1, le=256, examples=[4])
    mode: Literal["exact", "fast"] = "exact"
    rows: int | None = Field(None, ge=1, le=64, examples=[8])
    acceleration: Literal["none", "compile", "graphs"] = "none"
    memory_gib: float | None = Field(None, ge=0.5, le=1024, examples=[7.5])
    unload_after_minutes: float = Field(0, ge=0, le=10_000)
    live_jobs: int = Field(8, ge=1, le=64)
    preview_every: int = Field(5, ge=0, le=MAX_STEPS)


class ModelSettings(_Section):
    """One model that members may choose, and what it draws when they do not say."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$", examples=["sd15"])
    source: str = Field(min_length=1, examples=["stable-diffusion-v1-5/stable-diffusion-v1-5"])
    revision: str | None = Field(
        None, pattern=r"^[0-9a-f]{40}$", examples=["451f4fe16113bff5a5d2269ed5ad43b0592e9a14"]
    )
    config: Path | None = Field(None, examples=["models/sd15-config"])
    kind: Literal["auto", "sd15", "sdxl"] = "auto"
    title: str = Field("", max_length=80, examples=["Stable Diffusion 1.5"])
    width: Side = 512
    height: Side = 512
    steps: Steps = 25
    guidance: Guidance = 7.0
    sampler: str = Field("", examples=["dpmpp_2m"])


class AdapterSettings(_Section):
    """One LoRA or textual-inversion embedding that members may add to a model."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$", examples=["watercolour"])
    file: Path = Field(examples=["adapters/watercolour.safetensors"])
    kind: Literal["lora", "embedding"] = Field(examples=["lora"])
    model: Literal["auto", "sd15", "sdxl"] = "auto"
    title: str = Field("", max_length=80, examples=["Watercolour"])
    trigger: str = Field("", examples=["<watercolour>"])
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", examples=["64 digits, as sha256sum prints"])


class LimitSettings(_Section):
    """What any member may ask for, and how long the queue may grow."""

    max_pixels: int = Field(1024 * 1024, ge=MIN_SIDE * MIN_SIDE, le=MAX_SIDE * MAX_SIDE)
    max_steps: Steps = 50
    max_count: int = Field(4, ge=1, le=4)
    max_prompt: int = Field(2000, ge=1, le=6000)
    queue: int = Field(500, ge=1, le=100_000)
    live_per_member: int = Field(2, ge=1, le=64)
    queue_per_member: int = Field(5, ge=1, le=1000)
    max_upload_mib: float = Field(10, gt=0, le=100)


class LogSettings(_Section):
    """What the log says."""

    level: Literal["debug", "info", "warning", "error"] = "info"


def demo_model() -> ModelSettings:
    """The model that comes with the package."""
    return ModelSettings(
        name=DEMO_MODEL, source=DEMO_MODEL, title="Demo world", width=128, height=128, steps=25, guidance=3.0
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
    log: LogSettings = LogSettings()
    models: tuple[ModelSettings, ...] = Field((demo_model(),), min_length=1)
    adapters: tuple[AdapterSettings, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        names = [model.name for model in self.models]
        if len(names) != len(set(names)):
            raise ValueError(
                "two models have the same name; give each [[models]] a name of its own, such as sd15-b"
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


def load_settings(path: Path | None) -> Settings:
    """Read the file (none: defaults) and the environment. Raises `ConfigError` with one sentence."""
    where = str(path) if path else "the environment"
    try:
        return Settings(**(_read(path) if path else {}))
    except ValidationError as error:
        raise ConfigError(f"{where}: {_sentence(error.errors()[0])}") from None


def warnings(settings: Settings, path: Path | None) -> list[str]:
    """What is legal but unwise: a token in a file that others can read."""
    if path is None or settings.discord.token is None or not path.exists():
        return []
    readable = path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    held = "token" in _read(path).get("discord", {})
    if not (held and readable):
        return []
    return [f"{path} holds the bot token and others on this machine can read it; run: chmod 600 {path}"]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read ({error.strerror}); copy config.example.toml to it."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is not UTF-8 text; save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f'{path}: not valid TOML: {error}; a line looks like: level = "info"') from error


def _sentence(error: ErrorDetails) -> str:
    """The first thing that is wrong: its key, its value and a legal one."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    section, field = _field(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key} is not a setting; known here: {', '.join(sorted(section.model_fields))}."
    if error["type"] == "value_error":
        return f"{key + ': ' if key else ''}{error['ctx']['error']}."
    problem = error["msg"][0].lower() + error["msg"][1:]
    if error["type"] == "missing":
        return f"{key} is missing; for example: {_legal(field)}."
    shown = (
        "a secret"
        if field is not None and "SecretStr" in str(field.annotation)
        else repr(error["input"])[:80]
    )
    return f"{key} is {shown}, but {problem}; for example: {_legal(field)}."


def _field(loc: tuple[int | str, ...]) -> tuple[type[BaseModel], Any]:
    """The section that holds the key, and the key's own field where there is one."""
    section: type[BaseModel] = Settings
    field = annotation = None
    for part in loc:
        if isinstance(part, str):
            field = section.model_fields.get(part)
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[0]  # an element of a list of sections
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            section = annotation
    return section, field


def _legal(field: Any) -> str:
    if field is None:
        return "see config.example.toml"
    if field.examples:
        return str(field.examples[0])
    default = field.get_default()
    return "see config.example.toml" if isinstance(default, BaseModel | tuple) else repr(default)
