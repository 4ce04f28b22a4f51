"""Commands that make pictures: /imagine, /blend, /upscale, and /cancel."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.words import Words
from bot.ui.answers import Interaction
from bot.ui.commands.choices import Choices, Chooser
from bot.ui.requests import RequestDesk
from engine.request import MAX_SEED

Command = app_commands.Command[Any, ..., None]


def drawing_commands(desk: RequestDesk, chooser: Chooser) -> list[Command]:
    """Every command of this file."""
    return [_imagine(desk, chooser), _blend(desk), _upscale(desk), _cancel(desk, chooser)]


def _imagine(desk: RequestDesk, chooser: Chooser) -> Command:
    @app_commands.command(name="imagine", description="Draw pictures from your words.")
    @app_commands.describe(
        prompt="What the pictures should show, such as: a red house at night. Flags may follow: --steps 30",
        negative="What they should not show",
        aspect="A ratio such as 3:2, or exact pixels such as 512x768",
        count="How many pictures, 1 to 4",
        seed="The same seed and words give the same picture again",
        model="Which model draws",
        style="A look that is added to your words",
        embedding="A word that was trained here",
        image="A picture to start from",
        strength="How much of the start picture changes, 0.05 to 1",
        mask="Which part of the start picture is drawn anew: white, or transparent",
        private="Answer by direct message",
    )
    async def imagine(
        interaction: Interaction,
        prompt: str,
        negative: str | None = None,
        aspect: str | None = None,
        count: app_commands.Range[int, 1, 4] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        model: str | None = None,
        style: str | None = None,
        embedding: str | None = None,
        image: discord.Attachment | None = None,
        strength: app_commands.Range[float, 0.05, 1.0] | None = None,
        mask: discord.Attachment | None = None,
        private: bool | None = None,
    ) -> None:
        words = Words(
            prompt=prompt, negative=negative, aspect=aspect, count=count, seed=seed, model=model, style=style,
            embedding=embedding, strength=strength, private=private,
        )  # fmt: skip
        await desk.imagine(interaction, words, image, mask)

    @imagine.autocomplete("model")
    async def models(_interaction: Interaction, typed: str) -> Choices:
        return chooser.models(typed)

    @imagine.autocomplete("style")
    async def styles(_interaction: Interaction, typed: str) -> Choices:
        return chooser.styles(typed)

    @imagine.autocomplete("embedding")
    async def embeddings(_interaction: Interaction, typed: str) -> Choices:
        return chooser.embeddings(typed)

    @imagine.autocomplete("aspect")
    async def aspects(_interaction: Interaction, typed: str) -> Choices:
        return chooser.aspects(typed)

    return imagine


def _blend(desk: RequestDesk) -> Command:
    @app_commands.command(name="blend", description="Draw over the average of two to five pictures.")
    @app_commands.describe(
        image1="The first picture",
        image2="The second picture",
        image3="A third picture",
        image4="A fourth picture",
        image5="A fifth picture",
        aspect="A ratio such as 3:2, or exact pixels such as 512x768",
        prompt="What the result should show",
    )
    async def blend(
        interaction: Interaction,
        image1: discord.Attachment,
        image2: discord.Attachment,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        aspect: str | None = None,
        prompt: str = "a picture",
    ) -> None:
        images = [each for each in (image1, image2, image3, image4, image5) if each is not None]
        await desk.blend(interaction, images, Words(prompt=prompt, aspect=aspect))

    return blend


def _upscale(desk: RequestDesk) -> Command:
    @app_commands.command(name="upscale", description="Make a picture of yours larger.")
    @app_commands.describe(image="The picture", factor="How many times as wide and as high")
    @app_commands.choices(factor=[app_commands.Choice(name=f"{n}x", value=n) for n in (2, 4)])
    async def upscale(interaction: Interaction, image: discord.Attachment, factor: int = 2) -> None:
        await desk.upscale(interaction, image, factor)

    return upscale


def _cancel(desk: RequestDesk, chooser: Chooser) -> Command:
    @app_commands.command(
        name="cancel", description="Cancel a request of yours that waits or is being drawn."
    )
    @app_commands.describe(job="Which request, or all of yours")
    async def cancel(interaction: Interaction, job: str) -> None:
        await desk.cancel(interaction, job.strip().lower())

    @cancel.autocomplete("job")
    async def jobs(interaction: Interaction, typed: str) -> Choices:
        return await chooser.own_jobs(interaction, typed)

    return cancel
