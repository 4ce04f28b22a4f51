"""Does the demo model draw what the prompt says? The judge, who knows rendered pictures only, looks at each."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from PIL import Image
from rich.console import Console
from rich.progress import track

from bot.benchmarks.report import Figure, Report
from bot.compose import build_engine
from bot.errors import AtelierError
from bot.settings import DEMO_MODEL, Settings, demo_model
from engine.demo import judge as judging
from engine.demo.world import Subject, prompt, subjects
from engine.events import Failed, Finished, Picture
from engine.executor import Executor
from engine.request import ImageRequest

_PARTS = ("thing", "colour", "scene")


async def measure(prompts: int, steps: int, console: Console) -> Report:
    """Draw each prompt once; half of the subjects were withheld from training."""
    rng = random.Random(20)
    half = prompts // 2
    asked = {
        "trained": rng.choices(subjects(withheld=False), k=prompts - half),
        "withheld": rng.choices(subjects(withheld=True), k=half),
    }
    figures: list[Figure] = []
    judge = judging.load()
    async with build_engine(Settings(models=(demo_model(),))) as engine:
        for kind, wanted in asked.items():
            drawn = await _draw_all(engine, kind, wanted, steps, console)
            seen = await asyncio.to_thread(judge.name, drawn)
            figures += _figures(kind, wanted, seen)
    return Report(
        "Fidelity of the demo model", f"{prompts} prompts, {steps} steps, one seed each", tuple(figures)
    )


async def _draw_all(
    engine: Executor, kind: str, wanted: Sequence[Subject], steps: int, console: Console
) -> list[Image.Image]:
    """All at once; the engine lets in as many as it can."""
    drawings = [
        asyncio.create_task(_draw(engine, subject, seed, steps)) for seed, subject in enumerate(wanted)
    ]
    for ended in track(asyncio.as_completed(drawings), kind, len(drawings), console=console, transient=True):
        await ended
    return [drawing.result() for drawing in drawings]


async def _draw(engine: Executor, subject: Subject, seed: int, steps: int) -> Image.Image:
    demo = demo_model()
    request = ImageRequest(
        id=f"fidelity-{seed}",
        model=DEMO_MODEL,
        prompt=prompt(subject),
        seed=seed,
        width=demo.width,
        height=demo.height,
        steps=steps,
        guidance=demo.guidance,
        sampler=demo.sampler,
    )
    async for event in engine.submit(request):
        match event:
            case Finished():
                return _image(event.picture)
            case Failed():
                raise AtelierError(event.sentence)
    raise AtelierError("The engine ended without a picture.")


def _image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _figures(kind: str, wanted: Sequence[Subject], seen: Sequence[Subject]) -> list[Figure]:
    pairs = list(zip(wanted, seen, strict=True))
    shares = [
        Figure(
            f"{kind}.{part}",
            sum(getattr(a, part) == getattr(b, part) for a, b in pairs) / len(pairs),
            meaning=f"{part} right",
        )
        for part in _PARTS
    ]
    return [
        Figure(f"{kind}.all", sum(a == b for a, b in pairs) / len(pairs), meaning="all three right"),
        *shares,
    ]
