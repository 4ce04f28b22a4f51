"""The judge: a small classifier, trained on rendered pictures alone, that says what a picture shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_model, save_model
from torch import nn

from engine.demo.pen import SIZE
from engine.demo.pictures import Pictures
from engine.demo.training import Stage
from engine.demo.world import COLOURS, SCENES, THINGS, Subject

WEIGHTS = Path(__file__).parent / "judge.safetensors"
_BATCH = 48


class Judge(nn.Module):
    """(n, 3, 128, 128) pictures in -1..1 to the scores of thing, colour and scene."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 72, 96)
        self.body = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(a, b, 3, stride=2, padding=1), nn.GroupNorm(8, b), nn.SiLU())
                for a, b in pairwise(widths)
            )
        )
        self.heads = nn.ModuleList(
            nn.Linear(widths[-1] * 16, len(kind)) for kind in (THINGS, COLOURS, SCENES)
        )

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        features = F.adaptive_avg_pool2d(self.body(pixels), 4).flatten(1)
        return tuple(head(features) for head in self.heads)

    @torch.no_grad()
    def chances(self, pictures: Sequence[Image.Image]) -> tuple[torch.Tensor, ...]:
        """(n, kinds) from 0 to 1: how likely each thing, each colour and each scene is."""
        resized = [np.asarray(p.convert("RGB").resize((SIZE, SIZE))) for p in pictures]
        scores = self(torch.from_numpy(np.stack(resized)).permute(0, 3, 1, 2).float() / 127.5 - 1)
        return tuple(score.softmax(1) for score in scores)

    def name(self, pictures: Sequence[Image.Image]) -> list[Subject]:
        """What each picture shows."""
        things, colours, scenes = (chances.argmax(1).tolist() for chances in self.chances(pictures))
        return [
            Subject(THINGS[t], COLOURS[c], SCENES[s]) for t, c, s in zip(things, colours, scenes, strict=True)
        ]


def load(weights: Path = WEIGHTS) -> Judge:
    """The judge with these weights, by default those that come with the package."""
    judge = Judge()
    load_model(judge, weights)
    return judge.eval()


def train(pictures: Pictures, folder: Path, steps: int, say: Callable[[str], None], out: Path) -> Judge:
    """Train on rendered pictures, a little blurred and noisy, and write the weights."""
    torch.manual_seed(0)
    judge = Judge()
    stage = Stage("judge", judge, folder, steps, 2e-3)
    rng = np.random.default_rng(stage.step)
    for _ in stage.remaining(lambda n: say(f"judge {n}/{steps}")):
        indices = rng.integers(len(pictures), size=_BATCH)
        with torch.autocast("cpu", torch.bfloat16):
            scores = judge(_worn(pictures.batch(indices)))
        truth = _labels([pictures.subjects[i] for i in indices])
        losses = [F.cross_entropy(s.float(), t) for s, t in zip(scores, truth, strict=True)]
        stage.descend(torch.stack(losses).sum())
    stage.use_average()
    save_model(judge.half(), str(out))
    return load(out)


def accuracy(judge: Judge, pictures: Pictures) -> float:
    """Share of pictures whose thing, colour and scene are all named right."""
    named = [subject for p in pictures.pixels for subject in judge.name([Image.fromarray(p)])]
    return sum(a == b for a, b in zip(named, pictures.subjects, strict=True)) / len(pictures)


def _labels(subjects: list[Subject]) -> tuple[torch.Tensor, ...]:
    rows = [(THINGS.index(s.thing), COLOURS.index(s.colour), SCENES.index(s.scene)) for s in subjects]
    return tuple(torch.tensor(rows).unbind(1))


def _worn(pixels: torch.Tensor) -> torch.Tensor:
    """Half of the batch through a small blur, all with a little noise: an autoencoder's pictures are not crisp."""
    half = len(pixels) // 2
    blurred = F.avg_pool2d(F.pad(pixels[:half], (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return torch.cat([blurred, pixels[half:]]) + 0.04 * torch.randn_like(pixels)
