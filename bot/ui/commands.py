"""The slash commands: their options, and the call at the desk that each one makes."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.domain.params import Words
from bot.ui.desk import Desk
from engine.request import MAX_GUIDANCE, MAX_STEPS

Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]


def add_commands(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    """Put every command into the tree."""
    for command in (_imagine(desk), _queue(desk), _cancel(desk)):
        tree.add_command(command)


def _imagine(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="imagine", description="Draw pictures from your words.")
    @app_commands.describe(
        prompt="What the pictures should show, such as: a red house at night",
        negative="What they should not show",
        aspect="A ratio such as 3:2, or exact pixels such as 512x768",
        count="How many pictures, 1 to 4",
        seed="The same seed and words give the same picture again",
        model="Which model draws",
        steps="Denoising steps: more is slower and finer",
        guidance="How strictly the words are followed",
        image="A picture to start from",
        strength="How much of the start picture changes, 0.05 to 1",
    )
    async def imagine(
        interaction: Interaction,
        prompt: str,
        negative: str | None = None,
        aspect: str | None = None,
        count: app_commands.Range[int, 1, 4] | None = None,
        seed: app_commands.Range[int, 0, 4294967295] | None = None,
        model: str | None = None,
        steps: app_commands.Range[int, 1, MAX_STEPS] | None = None,
        guidance: app_commands.Range[float, 0.0, MAX_GUIDANCE] | None = None,
        image: discord.Attachment | None = None,
        strength: app_commands.Range[float, 0.05, 1.0] | None = None,
    ) -> None:
        words = Words(
            prompt=prompt,
            negative=negative,
            aspect=aspect,
            count=count,
            seed=seed,
            model=model,
            steps=steps,
            guidance=guidance,
            strength=strength,
        )
        await desk.imagine(interaction, words, image)

    @imagine.autocomplete("model")
    async def models(interaction: Interaction, typed: str) -> Choices:
        return await desk.model_choices(interaction, typed)

    return imagine


def _queue(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="queue", description="See what is being drawn, and your place in line.")
    async def queue(interaction: Interaction) -> None:
        await desk.queue(interaction)

    return queue


def _cancel(desk: Desk) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(
        name="cancel", description="Cancel a request of yours that waits or is being drawn."
    )
    @app_commands.describe(job="Which request, or all of yours")
    async def cancel(interaction: Interaction, job: str) -> None:
        await desk.cancel(interaction, job)

    @cancel.autocomplete("job")
    async def jobs(interaction: Interaction, typed: str) -> Choices:
        return await desk.own_choices(interaction, typed)

    return cancel
