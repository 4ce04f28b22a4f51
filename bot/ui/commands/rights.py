"""Commands about rights: /privacy, /optout and /provenance, and the moderators' part of /admin."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.ui.answers import Interaction
from bot.ui.privacy import PrivacyDesk
from bot.ui.provenance import ProvenanceDesk
from bot.ui.reviews import ReviewDesk

Command = app_commands.Command[Any, ..., None] | app_commands.Group


def rights_commands(privacy: PrivacyDesk, reviews: ReviewDesk, provenance: ProvenanceDesk) -> list[Command]:
    """Every command of this file for members."""
    return [_privacy(privacy), _optout(reviews), _provenance(provenance)]


def add_review_commands(admin: app_commands.Group, reviews: ReviewDesk) -> None:
    """`/admin review` and `/admin takedown`."""
    review = app_commands.Group(name="review", description="What waits for a moderator.", parent=admin)

    @review.command(name="list", description="Held pictures, reports and opt-outs, one after another.")
    @app_commands.describe(number="Which one; the one that waits longest is 1")
    async def show(interaction: Interaction, number: app_commands.Range[int, 1, 99] = 1) -> None:
        await reviews.show(interaction, number)

    @review.command(name="approve", description="Show held pictures, take reported ones down, refuse a name.")
    @app_commands.describe(item="The id in its footer, such as h:k3j5x7ab2c")
    async def approve(interaction: Interaction, item: str) -> None:
        await reviews.decide_by_id(interaction, item, approved=True)

    @review.command(name="reject", description="Never show held pictures, leave reported ones, leave a name.")
    @app_commands.describe(item="The id in its footer, such as h:k3j5x7ab2c")
    async def reject(interaction: Interaction, item: str) -> None:
        await reviews.decide_by_id(interaction, item, approved=False)

    @admin.command(
        name="takedown", description="Take pictures down for good, and all that was made from them."
    )
    @app_commands.describe(message="The link to a message of mine, or the id in its footer")
    async def takedown(interaction: Interaction, message: str) -> None:
        await reviews.take_down(interaction, message)


def _privacy(desk: PrivacyDesk) -> Command:
    privacy = app_commands.Group(name="privacy", description="What is stored of you.")

    @privacy.command(name="policy", description="What is stored of you, and why.")
    async def policy(interaction: Interaction) -> None:
        await desk.policy(interaction)

    @privacy.command(name="export", description="Everything that is stored of you, as a file.")
    async def export(interaction: Interaction) -> None:
        await desk.export(interaction)

    @privacy.command(name="delete", description="Delete everything that is stored of you.")
    async def delete(interaction: Interaction) -> None:
        await desk.ask(interaction)

    return privacy


def _optout(desk: ReviewDesk) -> Command:
    @app_commands.command(name="optout", description="Ask that nothing is drawn by your name here.")
    @app_commands.describe(
        name="The name, such as: Jane Example", note="Who you are, and where one can see that it is your name"
    )
    async def optout(
        interaction: Interaction,
        name: app_commands.Range[str, 3, 80],
        note: app_commands.Range[str, 0, 500] = "",
    ) -> None:
        await desk.opt_out(interaction, name, note)

    return optout


def _provenance(desk: ProvenanceDesk) -> Command:
    @app_commands.command(name="provenance", description="Where a picture comes from: was it drawn here?")
    @app_commands.describe(image="The picture; best the file itself, not a screenshot")
    async def provenance(interaction: Interaction, image: discord.Attachment) -> None:
        await desk.look(interaction, image)

    return provenance
