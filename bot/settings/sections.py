"""The sections of `config.toml`: every key with its type, its range and its default."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from bot.domain.hours import QuietHours
from bot.errors import BadRequest
from engine.request import MAX_ADAPTERS, MAX_GUIDANCE, MAX_SIDE, MAX_STEPS, MIN_SIDE, SIDE_STEP

DEMO_MODEL = "demo"

Side = Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE, multiple_of=SIDE_STEP)]
Steps = Annotated[int, Field(ge=1, le=MAX_STEPS)]
Guidance = Annotated[float, Field(ge=0, le=MAX_GUIDANCE)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DiscordSettings(Section):
    """How the bot logs in, and where it answers."""

    token: SecretStr | None = Field(None, examples=["set ATELIER_DISCORD__TOKEN in the environment"])
    token_file: Path | None = Field(None, examples=["/run/secrets/discord_token"])
    guild_id: int | None = Field(None, ge=1, examples=[1234567890123456789])
    guilds: Literal["open", "listed"] = "open"
    direct_messages: Literal["open", "closed"] = "open"


class StorageSettings(Section):
    """Where the queue, the pictures and the backups live, and how long."""

    folder: Path = Path("data")
    max_gib: float = Field(20, gt=0, le=100_000)
    keep_days: float = Field(30, gt=0, le=10_000)
    backups: Path | None = Field(None, examples=["/mnt/other-disk/atelier"])
    keep_backup_days: float = Field(30, gt=0, le=10_000)


class EngineSettings(Section):
    """The one GPU thread."""

    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    threads: int | None = Field(None, ge=1, le=256, examples=[4])
    mode: Literal["exact", "fast"] = "exact"
    rows: int | None = Field(None, ge=1, le=64, examples=[8])
    acceleration: Literal["none", "compile", "graphs"] = "none"
    memory_gib: float | None = Field(None, ge=0.5, le=1024, examples=[7.5])
    unload_after_minutes: float = Field(0, ge=0, le=10_000)
    quiet_hours: str | None = Field(None, examples=["22:00-07:00 Europe/Berlin"])
    give_way_gib: float | None = Field(None, ge=0.5, le=1024, examples=[3])
    live_jobs: int = Field(8, ge=1, le=64)
    preview_every: int = Field(5, ge=0, le=MAX_STEPS)

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, quiet_hours: str | None) -> str | None:
        try:
            return None if quiet_hours is None else str(QuietHours.parse(quiet_hours))
        except BadRequest as error:
            raise ValueError(error.sentence.rstrip(".")) from None


class ModelSettings(Section):
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
    upscale_strength: float = Field(0.25, ge=0.05, le=1)


class AdapterSettings(Section):
    """One LoRA or textual-inversion embedding that members may add to a model."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$", examples=["watercolour"])
    file: Path = Field(examples=["adapters/watercolour.safetensors"])
    kind: Literal["lora", "embedding"] = Field(examples=["lora"])
    model: Literal["auto", "sd15", "sdxl"] = "auto"
    title: str = Field("", max_length=80, examples=["Watercolour"])
    trigger: str = Field("", examples=["<watercolour>"])
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", examples=["64 digits, as sha256sum prints"])


class StyleSettings(Section):
    """One look that members may add to their words: text around them, and LoRAs that act on the model."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,31}$", examples=["watercolour"])
    title: str = Field("", max_length=80, examples=["Watercolour"])
    prompt: str = Field("{prompt}", max_length=500, examples=["{prompt}, soft watercolour, paper"])
    negative: str = Field("", max_length=500, examples=["photo"])
    loras: dict[str, float] = Field({}, max_length=MAX_ADAPTERS, examples=[{"watercolour": 0.8}])

    @field_validator("prompt")
    @classmethod
    def _holds_the_words(cls, prompt: str) -> str:
        if "{prompt}" not in prompt:
            raise ValueError(
                "it must hold {prompt}, where the member's words go; such as: {prompt}, watercolour"
            )
        return prompt


class UpscalerSettings(Section):
    """How pictures are made larger."""

    method: Literal["tiles", "network", "lanczos"] = "tiles"
    file: Path | None = Field(None, examples=["models/4x-UltraSharp.safetensors"])


class LimitSettings(Section):
    """What any member may ask for, and how long the queue may grow."""

    max_pixels: int = Field(1024 * 1024, ge=MIN_SIDE * MIN_SIDE, le=MAX_SIDE * MAX_SIDE)
    max_steps: Steps = 50
    max_count: int = Field(4, ge=1, le=4)
    max_prompt: int = Field(2000, ge=1, le=6000)
    queue: int = Field(500, ge=1, le=100_000)
    live_per_member: int = Field(2, ge=1, le=64)
    queue_per_member: int = Field(5, ge=1, le=1000)
    max_batch: int = Field(10, ge=1, le=100)
    max_upload_mib: float = Field(10, gt=0, le=100)


class ProvenanceSettings(Section):
    """What a picture says about itself."""

    publish: Literal["prompt", "id"] = "prompt"
    c2pa: bool = True
    unsigned: Literal["post", "hold"] = "post"


class SafetySettings(Section):
    """What looks at pictures where a place asks for it."""

    checker: str | None = Field(None, min_length=1, examples=["CompVis/stable-diffusion-safety-checker"])
    revision: str | None = Field(
        None, pattern=r"^[0-9a-f]{40}$", examples=["cb41f3a270d63d454d385fc2e4f571c487c253c5"]
    )


class LogSettings(Section):
    """What the log says."""

    level: Literal["debug", "info", "warning", "error"] = "info"


def demo_model() -> ModelSettings:
    """The model that comes with the package."""
    return ModelSettings(
        name=DEMO_MODEL,
        source=DEMO_MODEL,
        title="Demo world",
        width=128,
        height=128,
        steps=25,
        guidance=3.0,
        upscale_strength=0.05,
    )
