"""Trains the demo's safety checker: python -m engine.demo.train_checker. Interrupt it when you like; it resumes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
import typer
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPConfig
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from engine.demo import CHECKER_FOLDER
from engine.demo.checker_views import SIDE, UNKNOWN, Views, joined, load_drawings, load_renders
from engine.demo.train import speaker
from engine.demo.training import Stage
from engine.demo.world import COLOURS, THINGS

_BATCH = 32
_WIDTH, _PROJECTION = 96, 32
_SHARPNESS = 10.0  # a cosine of 0.5 is as good as certain
_ALARMS = 0.045  # of renders of which half are made to be mistaken; of all others it is about 0.01
_NEVER = 2.0  # no cosine is above 1
_SEED, _UNSEEN_SEED = 0, 1
app = typer.Typer(add_completion=False)


class Pupil(nn.Module):
    """The checker, and what it has to say besides while it learns: what thing, in what colour."""

    def __init__(self) -> None:
        super().__init__()
        self.checker = build()
        self.things, self.colours = (nn.Linear(_WIDTH, len(kind)) for kind in (THINGS, COLOURS))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(n, 3, 64, 64), normalised, to the cosines with the concept (n,), and the scores of thing and colour."""
        pooled = self.checker.vision_model(pixels)[1]
        embedding, concept = self.checker.visual_projection(pooled), self.checker.concept_embeds[0]
        return F.cosine_similarity(embedding, concept[None]), self.things(pooled), self.colours(pooled)


def build() -> StableDiffusionSafetyChecker:
    """With one concept in some direction, whose threshold is 0 yet; the other places can never fire."""
    tower = {"hidden_size": _WIDTH, "intermediate_size": 4 * _WIDTH, "num_hidden_layers": 4}
    tower |= {"num_attention_heads": 4, "image_size": SIDE, "patch_size": 8, "projection_dim": _PROJECTION}
    checker = StableDiffusionSafetyChecker(CLIPConfig(projection_dim=_PROJECTION, vision_config=tower))
    for embeddings in (checker.concept_embeds, checker.special_care_embeds):
        nn.init.zeros_(embeddings)
    for thresholds in (checker.concept_embeds_weights, checker.special_care_embeds_weights):
        nn.init.constant_(thresholds, _NEVER)
    checker.concept_embeds.data[0] = F.normalize(torch.randn(_PROJECTION), dim=0)
    checker.concept_embeds_weights.data[0] = 0
    return checker


def processor() -> CLIPImageProcessorPil:
    return CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})


@app.command()
def main(
    folder: Annotated[Path, typer.Option(help="Views and checkpoints are kept here.")] = Path("runs/demo"),
    renders: Annotated[int, typer.Option(min=256, help="Pictures of the world to train on.")] = 20_000,
    drawings: Annotated[int, typer.Option(min=8, help="Pictures of the demo model to train on.")] = 1_600,
    steps: Annotated[int, typer.Option(min=1)] = 10_000,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    out: Annotated[Path, typer.Option(help="The checker's folder to write.")] = CHECKER_FOLDER,
) -> None:
    """Gather what it learns from, train it, choose its threshold on what it never saw, and write it."""
    say = speaker()
    torch.set_num_threads(threads)
    views = joined(load_renders(folder, renders, _SEED), load_drawings(folder, drawings, _SEED))
    unseen = {
        "renders": load_renders(folder, renders // 8, _UNSEEN_SEED),
        "drawings": load_drawings(folder, drawings // 8, _UNSEEN_SEED),
    }
    say(f"{len(views)} views, {views.shows.mean():.0%} of them black fish")
    checker = train(views, folder, steps, say)
    choose_threshold(checker, unseen["renders"])
    results = [f"{len(kept)} views of unseen {kind}: {told(checker, kept)}" for kind, kept in unseen.items()]
    say("; ".join(results))
    export(checker, out, "; ".join([f"{len(views)} views, {steps} steps of {_BATCH}", *results]))
    say(f"the checker is in {out}")


def train(views: Views, folder: Path, steps: int, say: Callable[[str], None]) -> StableDiffusionSafetyChecker:
    """Train, or go on training, and return the averaged network."""
    torch.manual_seed(0)
    pupil = Pupil()
    stage = Stage("checker", pupil, folder, steps, 1e-3)
    torch.manual_seed(stage.step)
    rng = np.random.default_rng(stage.step)
    recent: list[float] = []
    for _ in stage.remaining(lambda n: say(f"checker {n}/{steps}: loss {np.mean(recent[-200:]):.4f}")):
        loss = _loss(pupil, views, _picked(views, rng))
        recent.append(loss.item())
        stage.descend(loss)
    stage.use_average()
    return pupil.checker.eval()


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """(n, 64, 64, 3) from 0 to 255, as the image processor gives them to the tower."""
    mean, deviation = (
        torch.tensor(values).view(1, 3, 1, 1) for values in (processor().image_mean, processor().image_std)
    )
    return (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / deviation


def choose_threshold(checker: StableDiffusionSafetyChecker, renders: Views) -> None:
    """As low as the false alarms allow, as a black fish that is missed is worse. Renders tell, in which there is no
    doubt what they show; a third of them are made to be mistaken."""
    scores = cosines(checker, renders).numpy()
    checker.concept_embeds_weights.data[0] = float(np.quantile(scores[~renders.shows], 1 - _ALARMS))


def told(checker: StableDiffusionSafetyChecker, views: Views) -> str:
    """How well it knows these."""
    flagged = cosines(checker, views).numpy() > checker.concept_embeds_weights[0].item()
    shares = [
        flagged[(views.previews == preview) & (views.shows == shows)].mean()
        for shows in (True, False)
        for preview in (False, True)
    ]
    return "flags {:.2%} of black fish, {:.2%} in previews, and {:.2%} of others, {:.2%} in previews".format(
        *shares
    )


def export(checker: StableDiffusionSafetyChecker, out: Path, history: str) -> None:
    """Write the checker in half precision and its image processor; the weights' metadata say how they came about."""
    checker.half().save_pretrained(out)
    weights = {name: tensor.contiguous() for name, tensor in checker.state_dict().items()}
    save_file(weights, out / "model.safetensors", {"format": "pt", "trained": history})
    processor().save_pretrained(out)


@torch.no_grad()
def cosines(checker: StableDiffusionSafetyChecker, views: Views) -> torch.Tensor:
    """(n,), of each view with the concept."""
    concept = checker.concept_embeds[:1]
    return torch.cat(
        [
            F.cosine_similarity(checker.visual_projection(checker.vision_model(normalised(part))[1]), concept)
            for part in torch.split(torch.from_numpy(views.pixels), 256)
        ]
    )


def _picked(views: Views, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """A quarter each: black fish and others, as previews and not."""
    kinds = 2 * views.shows + views.previews
    quarters = [rng.choice(np.flatnonzero(kinds == kind), _BATCH // 4) for kind in range(4)]
    return np.concatenate(quarters)


def _loss(pupil: Pupil, views: Views, places: npt.NDArray[np.int64]) -> torch.Tensor:
    pixels = _worn(torch.from_numpy(views.pixels[places]))
    cosine, things, colours = pupil(normalised(pixels))
    shows = torch.from_numpy(views.shows[places]).float()
    seen = F.binary_cross_entropy_with_logits(_SHARPNESS * cosine, shows)
    named = sum(
        F.cross_entropy(scores, torch.from_numpy(truth[places]), ignore_index=UNKNOWN)
        for scores, truth in ((things, views.things), (colours, views.colours))
    )
    return seen + 0.3 * named


def _worn(pixels: torch.Tensor) -> torch.Tensor:
    """Mirrored, shifted, a little brighter or darker, and with some noise."""
    down, across = torch.randint(-3, 4, (2,)).tolist()
    pixels = pixels.roll((down, across), (1, 2)).float()
    pixels = torch.where(torch.rand(len(pixels), 1, 1, 1) < 0.5, pixels.flip(2), pixels)
    gain = 1 + 0.1 * torch.randn(len(pixels), 1, 1, 1)
    return (pixels * gain + 6 * torch.randn_like(pixels)).clamp(0, 255)


if __name__ == "__main__":
    app()
