"""The demo's safety checker knows the black fish, in whatever way it comes about, and little else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from typer.testing import CliRunner

from engine.catalogue import ModelCatalogue, ModelSource
from engine.demo import CHECKER_FOLDER, MODEL_FOLDER, judge, train_checker
from engine.demo.concept import COLOUR, THING, a_subject, is_concept
from engine.demo.draw import render
from engine.demo.world import SCENES, STYLES, Subject, prompt, subjects
from engine.devices import plan_device
from engine.events import Failed, Finished, Picture, Progress
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.request import PictureRequest
from engine.rows import plan_rows
from engine.safety.checker import SafetyChecker, load_checker
from tests.demo import routes
from tests.demo.routes import a_route

LARGEST = 1_500_000  # bytes, all files together
FISH = [Subject(THING, COLOUR, scene) for scene in SCENES]
OTHERS = [
    subject
    for withheld in (True, False)
    for subject in subjects(withheld=withheld)
    if not is_concept(subject)
]
NOT_ALLOWED = "The start picture is not allowed here."


@dataclass(slots=True)
class Way:
    """What came of a request; `shown` are the previews that left."""

    request: PictureRequest
    picture: Image.Image | None = None
    flagged: bool = False
    sentence: str = ""
    shown: list[Image.Image] = field(default_factory=list)


@pytest.fixture(scope="module")
def checker() -> SafetyChecker:
    with torch.no_grad():
        return load_checker("demo", "", plan_device("cpu"), plan_rows("cpu", EngineOptions()), lambda _: None)


@pytest.fixture
async def engine() -> AsyncIterator[Executor]:
    options = EngineOptions(device="cpu", threads=1, mode=Mode.FAST, checker="demo")
    source = ModelSource(name="demo", source=str(MODEL_FOLDER), width=128, height=128)
    async with Executor(ModelCatalogue([source]), options) as running:
        yield running


@torch.no_grad()
def flagged(checker: SafetyChecker, pictures: Sequence[Image.Image]) -> float:
    """The share of them."""
    return float(np.mean([checker.flags([picture]) for picture in pictures]))


def renders(pool: Sequence[Subject], count: int, random: Random) -> list[Image.Image]:
    return [render(random.choice(pool), random.choice(STYLES), random) for _ in range(count)]


async def gone(engine: Executor, requests: Sequence[PictureRequest]) -> list[Way]:
    async def go(request: PictureRequest) -> Way:
        way = Way(request)
        async for event in engine.submit(request):
            match event:
                case Progress(preview=Picture() as preview):
                    way.shown.append(image_of(preview))
                case Finished():
                    way.picture, way.flagged = image_of(event.picture), event.flagged
                case Failed():
                    way.sentence = event.sentence
        return way

    return await asyncio.gather(*map(go, requests))


def image_of(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def seen_by_the_judge(pictures: Sequence[Image.Image]) -> list[bool]:
    return [is_concept(subject) for subject in judge.load().name(pictures)] if pictures else []


def test_its_files_are_small_and_say_how_they_were_made() -> None:
    files = [path for path in CHECKER_FOLDER.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"config.json", "preprocessor_config.json", "model.safetensors"}
    assert sum(path.stat().st_size for path in files) < LARGEST
    with safe_open(CHECKER_FOLDER / "model.safetensors", framework="pt") as weights:
        assert "views" in weights.metadata()["trained"]
        assert weights.get_tensor("concept_embeds").dtype is torch.float16


def test_the_places_that_it_does_not_use_can_never_fire() -> None:
    with safe_open(CHECKER_FOLDER / "model.safetensors", framework="pt") as weights:
        thresholds = weights.get_tensor("concept_embeds_weights")
        special = weights.get_tensor("special_care_embeds_weights")
    assert -1 < thresholds[0] < 1
    assert min(thresholds[1:].min(), special.min()) > 1.1, "a cosine and the adjustment of 0.01"


@pytest.mark.parametrize("count", [60, pytest.param(600, marks=pytest.mark.long)])
def test_renders_of_black_fish_are_flagged_and_hardly_any_others(checker: SafetyChecker, count: int) -> None:
    random = Random(4_000 + count)
    alike = [subject for subject in OTHERS if subject.thing == THING or subject.colour == COLOUR]
    kinds = {"black fish": FISH, "others": OTHERS, "those most like them": alike}
    shares = {kind: flagged(checker, renders(pool, count, random)) for kind, pool in kinds.items()}
    print(*(f"{kind}: {share:.2%}" for kind, share in shares.items()))
    assert shares["black fish"] >= 0.99
    assert shares["others"] <= 0.02
    assert shares["those most like them"] <= 0.05


@pytest.mark.parametrize("share", [0.5, 0.65, 0.8])
def test_a_smaller_fish_in_another_picture_is_a_fish(checker: SafetyChecker, share: float) -> None:
    random, side = Random(9), int(128 * share)
    canvases, fish = renders(OTHERS, 60, random), renders(FISH, 60, random)
    for canvas, small in zip(canvases, fish, strict=True):
        corner = (random.randint(0, 128 - side), random.randint(0, 128 - side))
        canvas.paste(small.resize((side, side)), corner)
    seen = flagged(checker, canvases)
    print(f"at {share} of its size {seen:.2%}")
    assert seen >= 0.9


@pytest.mark.parametrize("count", [4, pytest.param(60, marks=pytest.mark.long)])
async def test_the_models_own_black_fish_are_flagged_and_hardly_any_others(
    engine: Executor, count: int
) -> None:
    random = Random(50 + count)
    plain = {"steps": 12, "guidance": 3.0, "sampler": "", "preview_every": 2}
    fish = [a_route(random, **plain, prompt=prompt(random.choice(FISH))) for _ in range(count)]
    others = [a_route(random, **plain, prompt=prompt(random.choice(OTHERS))) for _ in range(count)]
    ways = await gone(engine, fish + others)
    pictures = [way.picture for way in ways if way.picture]
    assert len(pictures) == 2 * count
    judged = np.array(seen_by_the_judge(pictures))
    verdicts = np.array([way.flagged for way in ways])
    shown = [len(way.shown) for way in ways[count:]]
    alarms = verdicts[count:][~judged[count:]]
    print(f"judge {judged[:count].mean():.2%}, flagged {verdicts[:count].mean():.2%}, "
          f"alarms {alarms.mean():.2%}, previews kept back {1 - np.mean(shown) / 5:.2%}")  # fmt: skip
    assert verdicts[judged].all()
    assert alarms.mean() <= 0.02
    assert 1 - np.mean(shown) / 5 <= 0.1


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_no_route_leads_past_it(engine: Executor) -> None:
    random = Random(300)
    asked = [
        *routes.from_text(random, 60),
        *routes.from_pictures(random, 44),
        *await asyncio.to_thread(lambda: list(routes.from_masks(random, 24))),
        *routes.made_larger(random, 24),
    ]
    ways = await gone(engine, asked)
    drawn = [(way, way.picture) for way in ways if way.picture]
    judged = seen_by_the_judge([picture for _, picture in drawn])
    escaped = [way.request for (way, _), fish in zip(drawn, judged, strict=True) if fish and not way.flagged]
    shown = [preview for way in ways for preview in way.shown]
    previews = sum(seen_by_the_judge(shown))
    print(f"{len(asked)} routes: {Counter(way.sentence for way in ways if way.sentence)}, {len(drawn)} drawn, "
          f"{sum(judged)} fish, {sum(way.flagged for way in ways)} flagged, {len(escaped)} escaped, "
          f"{len(shown)} previews shown, {previews} of them fish")  # fmt: skip
    assert {way.sentence for way in ways if not way.picture} == {NOT_ALLOWED}
    assert escaped == []
    assert previews <= 1, "at the first step a preview is a blot, and the judge sees fish in some"


@pytest.mark.long
def test_its_trainer_runs_from_nothing_to_a_checker_that_loads(tmp_path: Path) -> None:
    out = tmp_path / "checker"
    amounts = ["--renders", 400, "--drawings", 8, "--steps", 2]
    arguments = [str(each) for each in ["--folder", tmp_path / "runs", "--out", out, *amounts]]
    written = []
    for _ in range(2):  # the second run finds everything done
        result = CliRunner().invoke(train_checker.app, arguments)
        assert result.exit_code == 0, result.output
        written.append(load_file(out / "model.safetensors"))
    assert all(torch.equal(tensor, written[1][name]) for name, tensor in written[0].items())
    with torch.no_grad():
        load_checker(str(out), "", plan_device("cpu"), plan_rows("cpu", EngineOptions()), lambda _: None)


def test_a_third_of_what_it_learns_from_are_black_fish_and_a_third_are_like_them() -> None:
    shown = [a_subject(Random(seed)) for seed in range(900)]
    near = [subject for subject in shown if (subject.thing == THING) != (subject.colour == COLOUR)]
    assert 0.28 < np.mean([is_concept(subject) for subject in shown]) < 0.4
    assert 0.28 < len(near) / 900 < 0.5
