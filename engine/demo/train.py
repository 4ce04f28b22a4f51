"""Trains the demo model from nothing: python -m engine.demo.train. Interrupt it when you like; it resumes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import torch
import typer
from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, StableDiffusionPipeline
from rich.console import Console

from engine.demo import MODEL_FOLDER, judge, pictures, train_autoencoder, train_denoiser
from engine.demo.train_denoiser import NOISE_SCHEDULE, Denoiser

_UNSEEN_SEED = 1
_console = Console()
app = typer.Typer(add_completion=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Option(help="Pictures, latents and checkpoints are kept here.")] = Path(
        "runs/demo"
    ),
    count: Annotated[int, typer.Option(min=256, help="Pictures to train on.")] = 20_000,
    autoencoder_steps: Annotated[int, typer.Option(min=1)] = 7_500,
    denoiser_steps: Annotated[int, typer.Option(min=1)] = 5_200,
    judge_steps: Annotated[int, typer.Option(min=1)] = 1_500,
    out: Annotated[Path, typer.Option(help="The diffusers folder to write.")] = MODEL_FOLDER,
    judge_out: Annotated[Path, typer.Option(help="The judge's weights to write.")] = judge.WEIGHTS,
) -> None:
    """Render the world, train autoencoder, denoiser and judge one after the other, and write the model."""
    say = speaker()
    world = pictures.load(folder, count)
    unseen = pictures.load(folder, 512, seed=_UNSEEN_SEED, withheld=True)
    say(f"{count} pictures rendered")
    autoencoder = train_autoencoder.train(world, folder, autoencoder_steps, say)
    say(
        f"autoencoder: colour error {train_autoencoder.colour_error(autoencoder, unseen):.2f} of 255 on unseen pictures"
    )
    denoiser = train_denoiser.train(autoencoder, world, folder, denoiser_steps, say)
    export(autoencoder, denoiser, out)
    say(f"the model is in {out}")
    critic = judge.train(world, folder, judge_steps, say, judge_out)
    say(f"judge: {judge.accuracy(critic, unseen):.2%} of {len(unseen)} unseen pictures named right")


def export(autoencoder: AutoencoderKL, denoiser: Denoiser, out: Path) -> None:
    """Write an ordinary diffusers folder of half-precision safetensors."""
    pipeline = StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=denoiser.text_encoder,
        tokenizer=denoiser.tokenizer,
        unet=denoiser.unet,
        scheduler=DPMSolverMultistepScheduler(**NOISE_SCHEDULE, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16).save_pretrained(out)


def speaker() -> Callable[[str], None]:
    started = time.monotonic()

    def say(words: str) -> None:
        _console.print(f"{time.monotonic() - started:7.0f} s  {words}", highlight=False)

    return say


if __name__ == "__main__":
    app()
