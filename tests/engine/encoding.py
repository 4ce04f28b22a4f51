"""What diffusers' own pipelines make of a prompt, and ways to compare and to watch the text encoders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from engine.prompts import Prompt


@contextmanager
def calls(pipeline: Any) -> Iterator[list[int]]:
    """The rows of each call of the first text encoder."""
    rows: list[int] = []
    hook = pipeline.text_encoder.register_forward_hook(lambda _, inputs, __: rows.append(len(inputs[0])))
    yield rows
    hook.remove()


def stock(pipeline: Any, prompt: str, negative: str | None = None, guided: bool = True) -> list[Any]:
    """In the order of `Prompt.arguments`."""
    encoded = pipeline.encode_prompt(
        prompt,
        device="cpu",
        num_images_per_prompt=1,
        do_classifier_free_guidance=guided,
        negative_prompt=negative,
    )
    return list(encoded)


def same(prompt: Prompt, expected: list[Any]) -> bool:
    given = list(prompt.arguments().values())
    return len(given) == len(expected) and all(
        other is None if one is None else torch.equal(one, other)
        for one, other in zip(given, expected, strict=True)
    )


def halves(states: torch.Tensor) -> list[torch.Tensor]:
    """What each text encoder gave: the first is 16 wide, SDXL's second 24."""
    return [part for part in (states[..., :16], states[..., 16:]) if part.numel()]
