"""The words that draw one cell of a job again, to the byte."""

from __future__ import annotations

from bot.domain.drawing import Drawing
from bot.domain.words import Words


def words_of(drawing: Drawing, cell: int) -> Words:
    """With every value said, so that neither defaults nor preferences matter; one picture."""
    factor = drawing.upscale
    image = drawing.image_sha256
    return Words(
        prompt=drawing.prompt,
        negative=drawing.negative or None,
        aspect=f"{drawing.width // factor}x{drawing.height // factor}",
        count=1,
        seed=drawing.cell_seed(cell),
        model=drawing.model,
        style=drawing.style.name if drawing.style else None,
        steps=drawing.steps,
        guidance=drawing.guidance,
        sampler=drawing.sampler or None,
        chaos=drawing.chaos or None,
        stop=drawing.stop if drawing.stop < 100 else None,
        tile=drawing.tile or None,
        image_sha256=image,
        mask_sha256=drawing.mask_sha256,
        strength=drawing.strength if image else None,
        upscale=factor if factor > 1 else None,
    )
