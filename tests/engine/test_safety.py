"""The check of what comes in and goes out: nothing passes it unseen, and where it cannot run nothing leaves."""

from __future__ import annotations

import ast
import dataclasses
import functools
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from shutil import copytree

import pytest
import torch
from PIL import Image

import engine
from engine.catalogue import ModelCatalogue
from engine.errors import EngineError
from engine.events import Failed, Finished, Picture, Progress
from engine.executor import Executor
from engine.options import EngineOptions, Mode
from engine.request import PictureRequest, UpscaleMethod
from tests.engine.asking import a_mask, a_png, a_request, an_upscale, failure_of
from tests.engine.crowds import Drawing, Studio, a_varied_request, forwards_of
from tests.engine.test_shelf import a_shelf
from tests.engine.tiny_checkers import rows_seen, save_checker, save_constant
from tests.few import few

CANNOT = "The safety check cannot run, so nothing is drawn here; the owner finds the reason in the log."
NOT_ALLOWED = "The start picture is not allowed here."
STARTS: Sequence[Callable[[], PictureRequest]] = (
    lambda: a_request(check=True, image=a_png()),
    lambda: a_request(check=True, image=a_png(), mask=a_mask(), overlay=True),
    lambda: an_upscale(a_png(), check=True, model="sd15"),
    lambda: an_upscale(a_png(), check=True, model="", method=UpscaleMethod.LANCZOS),
)

Open = Callable[..., Studio]


@pytest.fixture(scope="module")
def opened(small_catalogue: ModelCatalogue) -> Iterator[Open]:
    """Opens a studio with a checker, in exact mode unless said otherwise; the same one again for the same words."""
    studios: list[Studio] = []

    @functools.cache
    def open_one(checker: Path | None, mode: Mode = Mode.EXACT) -> Studio:
        studios.append(Studio(small_catalogue, checker=checker and str(checker), mode=mode, live=16))
        return studios[-1]

    yield open_one
    for studio in studios:
        studio.__exit__()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flags everything."""
    return save_constant(tmp_path_factory.mktemp("strict"), flags=True)


@pytest.fixture(scope="module")
def mild(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flags nothing."""
    return save_constant(tmp_path_factory.mktemp("mild"), flags=False)


def drawn(studio: Studio, request: PictureRequest) -> Drawing:
    return studio.draw([Drawing(request)])[0]


def previews_of(drawing: Drawing) -> list[Picture | None]:
    return [event.preview for event in drawing.events if isinstance(event, Progress)]


def pictures_in(drawing: Drawing) -> list[object]:
    """Whatever an event carries that could be shown."""
    values = [getattr(event, field.name) for event in drawing.events for field in dataclasses.fields(event)]
    return [value for value in values if isinstance(value, Picture | bytes)]


def an_image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


@contextmanager
def no_step(studio: Studio, model: str) -> Iterator[None]:
    """Fails where the denoiser runs."""
    seen: list[int] = []
    with forwards_of(studio.pipeline(model).unet.conv_in, lambda rows: seen.append(len(rows))):
        yield
    assert seen == []


def test_nothing_is_looked_at_unless_it_is_asked_for(opened: Open, strict: Path) -> None:
    rows: list[int] = []
    with rows_seen(rows):
        drawing = drawn(opened(strict), a_request(preview_every=1))
    assert not drawing.finished.flagged
    assert any(previews_of(drawing))
    assert rows == []


def test_a_flagged_picture_is_told_and_is_the_very_picture(opened: Open, strict: Path, mild: Path) -> None:
    request = a_request()
    plain = opened(mild).alone(request)
    flagged = opened(strict).alone(dataclasses.replace(request, check=True))
    unflagged = opened(mild).alone(dataclasses.replace(request, check=True, preview_every=1))
    assert (flagged.flagged, unflagged.flagged) == (True, False)
    assert plain.picture == flagged.picture == unflagged.picture


@pytest.mark.parametrize("method", [UpscaleMethod.TILES, UpscaleMethod.LANCZOS])
def test_what_was_made_larger_is_looked_at_as_a_whole_and_in_squares(
    opened: Open, mild: Path, method: UpscaleMethod
) -> None:
    rows: list[int] = []
    with rows_seen(rows):
        drawn(opened(mild, Mode.FAST), an_upscale(a_png(), check=True, model="sd15", method=method, steps=2))
    assert [count for count in rows if count > 1] == [6], (
        "the source is small, the result has quadrants and a centre"
    )


def test_no_preview_of_a_flagged_kind_leaves(opened: Open, strict: Path, mild: Path) -> None:
    request = a_request(steps=6, preview_every=1, check=True)
    assert previews_of(drawn(opened(strict), request)) == [None] * 6
    assert sum(preview is not None for preview in previews_of(drawn(opened(mild), request))) == 5


def test_once_a_preview_is_flagged_no_later_one_is_shown(opened: Open, mild: Path, tmp_path: Path) -> None:
    request = a_request(steps=8, preview_every=1, guidance=7.0, check=True)
    before = drawn(opened(mild), request)
    previews = [an_image(preview) for preview in previews_of(before) if preview]
    others = [previews[0], *previews[2:], an_image(before.picture)]
    after = drawn(opened(save_checker(tmp_path, previews[1], others)), request)
    assert previews_of(after) == [previews_of(before)[0], *[None] * 7]
    assert not after.finished.flagged


@pytest.mark.parametrize("start", STARTS)
def test_a_flagged_start_picture_is_refused_before_the_first_step(
    opened: Open, strict: Path, start: Callable[[], PictureRequest]
) -> None:
    with no_step(opened(strict), "sd15"):
        drawing = drawn(opened(strict), start())
    end = drawing.events[-1]
    assert isinstance(end, Failed)
    assert (end.sentence, end.refused) == (NOT_ALLOWED, True)
    assert pictures_in(drawing) == []


@pytest.mark.parametrize("start", STARTS)
def test_a_start_picture_that_is_not_flagged_is_drawn_on(
    opened: Open, mild: Path, start: Callable[[], PictureRequest]
) -> None:
    assert not drawn(opened(mild), start()).finished.flagged


def test_the_picture_itself_is_looked_at_where_a_mask_covers_all_of_it(opened: Open, strict: Path) -> None:
    request = a_request(check=True, image=a_png(), mask=a_png("white", "L"))
    assert drawn(opened(strict), request).sentence == NOT_ALLOWED


def save_cut_off(checker: Path, folder: Path) -> None:
    """Its files without their ends."""
    for file in checker.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[:-20])


@pytest.mark.parametrize("fault", few(["none", "broken", "absent", "empty"], 1))
def test_without_a_checker_nothing_leaves_and_the_log_says_why_once(
    opened: Open, strict: Path, tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = None if fault == "none" else tmp_path / fault
    if fault == "empty" and folder:
        folder.mkdir()
    if fault == "broken" and folder:
        folder.mkdir()
        save_cut_off(strict, folder)
    studio = opened(folder)
    asked = [Drawing(make()) for make in STARTS] + [Drawing(a_request(check=True, preview_every=1))]
    with no_step(studio, "sd15"), caplog.at_level(logging.WARNING):
        studio.draw(asked)
    ends = [drawing.events[-1] for drawing in asked]
    assert [(end.sentence, end.refused) for end in ends if isinstance(end, Failed)] == [(CANNOT, True)] * 5
    assert [pictures_in(drawing) for drawing in asked] == [[]] * 5
    assert len([record for record in caplog.records if record.name.startswith("engine.safety")]) == 1
    assert studio.alone(a_request()).picture, "who asks for no check is drawn as ever"


@pytest.mark.parametrize(
    "error", few([RuntimeError("a bad kernel"), ValueError("a bad shape"), KeyError("a name")], 1)
)
def test_a_checker_that_breaks_lets_nothing_out_and_hurts_no_neighbour(
    opened: Open, mild: Path, error: Exception
) -> None:
    studio, neighbour = opened(mild), Drawing(a_request())
    asked = [Drawing(make()) for make in STARTS] + [Drawing(a_request(check=True, preview_every=1))]
    drawn(studio, a_request(check=True))  # loaded, and well
    with rows_seen([], error):
        studio.draw([*asked, neighbour])
    ends = [drawing.events[-1] for drawing in asked]
    assert [(end.sentence, end.refused) for end in ends if isinstance(end, Failed)] == [(CANNOT, True)] * 5
    assert [pictures_in(drawing) for drawing in asked] == [[]] * 5
    assert neighbour.picture
    assert not drawn(studio, a_request(check=True)).finished.flagged, "it is asked again the next time"


def test_a_checker_that_finds_no_memory_is_not_to_blame(opened: Open, mild: Path) -> None:
    drawn(opened(mild), a_request(check=True))
    with rows_seen([], torch.OutOfMemoryError("CUDA out of memory.")):
        drawing = drawn(opened(mild), a_request(check=True))
    end = drawing.events[-1]
    assert isinstance(end, Failed)
    assert not end.refused, "it may be tried again"
    assert pictures_in(drawing) == []


@pytest.mark.parametrize("mode", few(Mode, 0))
def test_a_verdict_is_the_same_alone_and_in_a_crowd(
    opened: Open, mild: Path, tmp_path: Path, mode: Mode
) -> None:
    random = Random(5)
    requests = [a_varied_request(random, check=True, steps=2, preview_every=1) for _ in range(12)]
    pictures = [an_image(opened(mild, mode).alone(request).picture) for request in requests]
    studio = opened(save_checker(tmp_path, pictures[4], pictures[:4] + pictures[5:]), mode)
    alone = [studio.alone(request).flagged for request in requests]
    rows: list[int] = []
    with rows_seen(rows):
        crowd = [drawing.finished.flagged for drawing in studio.draw([Drawing(each) for each in requests])]
    assert crowd == alone == [place == 4 for place in range(12)]
    assert (max(rows) > 1) == (mode is Mode.FAST)


def test_a_crowds_checks_share_a_forward(opened: Open, mild: Path) -> None:
    rows: list[int] = []
    studio = opened(mild, Mode.FAST)
    drawn(studio, a_request(check=True))
    with rows_seen(rows):
        studio.draw([Drawing(a_request(check=True, seed=seed)) for seed in range(5)])
    assert sum(rows) == 5
    assert len(rows) < 5


def test_a_start_picture_of_several_is_looked_at_once(opened: Open, strict: Path, mild: Path) -> None:
    studio = opened(mild, Mode.FAST)
    drawn(studio, a_request(check=True))
    rows: list[int] = []
    with rows_seen(rows):
        studio.draw([Drawing(a_request(check=True, image=a_png(), seed=seed)) for seed in range(4)])
    assert sum(rows) == 1 + 4
    for image in (a_png("white"), a_png()):
        refused = [Drawing(a_request(check=True, image=image, seed=seed)) for seed in range(2)]
        opened(strict).draw(refused)
        assert [drawing.sentence for drawing in refused] == [NOT_ALLOWED] * 2


def test_a_request_that_is_cancelled_at_its_check_ends_without_a_picture(opened: Open, mild: Path) -> None:
    studio, drawing = opened(mild), Drawing(a_request(check=True, image=a_png()))
    studio.let_in([drawing])
    drawing.cancelled = True
    studio.draw([])
    end = drawing.events[-1]
    assert isinstance(end, Failed)
    assert end.cancelled
    assert pictures_in(drawing) == []


def test_a_checker_at_rest_leaves_and_comes_back(opened: Open, tmp_path: Path) -> None:
    studio = opened(save_constant(tmp_path, flags=False))
    drawn(studio, a_request(check=True))
    studio.crowd.rest()
    save_constant(tmp_path, flags=True)
    assert drawn(studio, a_request(check=True)).finished.flagged, "it was read again"
    assert drawn(studio, a_request(check=True)).finished.flagged


async def test_the_executor_says_whether_there_is_a_checker_and_asks_it(
    catalogue: ModelCatalogue, options: EngineOptions, strict: Path
) -> None:
    assert not Executor(catalogue, options).has_checker
    async with Executor(catalogue, dataclasses.replace(options, checker=str(strict))) as executor:
        assert executor.has_checker
        assert await executor.try_checker()
        events = [event async for event in executor.submit(a_request(check=True, preview_every=1))]
        assert [event.preview for event in events if isinstance(event, Progress) and event.preview] == []
        assert isinstance(events[-1], Finished)
        assert events[-1].flagged
        assert (await failure_of(executor, a_request(check=True, image=a_png()))).refused


async def test_a_checker_that_is_tried_out_says_what_is_wrong_with_it_before_any_picture_needs_it(
    catalogue: ModelCatalogue, options: EngineOptions, strict: Path, tmp_path: Path
) -> None:
    config = copytree(strict, tmp_path / "config") / "config.json"
    config.write_text("{", encoding="utf-8")
    save_cut_off(strict, tmp_path)
    faults = {
        str(tmp_path / "absent"): "not where the settings say",
        str(config.parent): r"cannot be used \(\w+Error\)",
        str(tmp_path): "no valid safetensors file",
        None: "name no safety checker",
    }
    for checker, reason in faults.items():
        async with Executor(catalogue, dataclasses.replace(options, checker=checker)) as executor:
            for _ in range(2):
                with pytest.raises(EngineError, match=reason):
                    await executor.try_checker()
    unfetched = dataclasses.replace(options, checker="nobody/nothing", checker_revision="0" * 40)
    async with Executor(catalogue, unfetched) as executor:
        assert not await executor.try_checker()


def test_pictures_leave_the_engine_in_one_place_only() -> None:
    """Events that carry pictures are made nowhere else, and there each of them passes the guard. Benchmarks, which
    have an engine of their own to compare with, show nobody anything."""
    root = Path(engine.__file__).parent
    makers = {
        (str(path.relative_to(root)), ast.unparse(call))
        for path in {*root.rglob("*.py")} - {*(root / "benchmarks").iterdir()}
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("Progress", "Finished")
    }
    assert {path for path, _ in makers} == {"work.py"}
    assert {call for _, call in makers if call.startswith("Progress")} == {
        "Progress(self.request.id, step, total, guard.passed(preview))"
    }
    assert all("guard.flags(drawn.picture)" in call for _, call in makers if call.startswith("Finished"))


@pytest.mark.long
def test_a_checker_takes_its_room_from_the_models(exact: Studio, small_catalogue: ModelCatalogue) -> None:
    shelf = a_shelf(exact, "sd15", "sdxl", catalogue=small_catalogue)
    for name in ("sd15", "sdxl"):
        shelf.get(name)
    shelf.reserve(1000)
    assert list(shelf.loaded) == ["sdxl"]
    shelf.users["sdxl"] += 1
    assert not shelf.loadable("sd15")
    shelf.reserve(0)
    assert shelf.loadable("sd15")
