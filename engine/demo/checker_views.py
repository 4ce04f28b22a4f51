"""What the demo's safety checker learns from: renders, the demo model's own drawings, and previews on their way."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from engine.demo import judge
from engine.demo.checker_drawings import Drawing, draw
from engine.demo.concept import a_subject, is_concept
from engine.demo.draw import render
from engine.demo.world import COLOURS, STYLES, THINGS, Subject, subjects

SIDE = 64  # pixels that the checker sees
UNKNOWN = -1  # what else a view shows
_PREVIEW_SIDE = 16
_CLEAR = 0.4  # of a drawing's steps, after which its previews look like it


@dataclass(frozen=True, slots=True)
class Views:
    """`pixels` (n, 64, 64, 3) uint8; `shows` (n,) whether that is a black fish; `things` and `colours` (n,) are places
    in the world's lists or `UNKNOWN`; `previews` (n,) whether it is one."""

    pixels: npt.NDArray[np.uint8]
    shows: npt.NDArray[np.bool_]
    things: npt.NDArray[np.int64]
    colours: npt.NDArray[np.int64]
    previews: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.shows)


@dataclass(frozen=True, slots=True)
class _View:
    """Of a picture; `subject` is what it shows where that is known, `shows` None where nobody can tell. A `whole` one
    is as large as the judge knows them."""

    picture: Image.Image
    shows: bool | None
    subject: Subject | None = None
    preview: bool = False
    whole: bool = True


def load_renders(folder: Path, count: int, seed: int) -> Views:
    """Two views each, made now or read from an earlier run."""
    return _kept(folder / f"checker-renders-{seed}-{count}.npz", lambda rng: _of_renders(count, rng), seed)


def load_drawings(folder: Path, count: int, seed: int) -> Views:
    """Two views each and its previews, made now or read from an earlier run."""
    return _kept(folder / f"checker-drawings-{seed}-{count}.npz", lambda rng: _of_drawings(count, rng), seed)


def joined(*parts: Views) -> Views:
    columns = {each.name: [getattr(part, each.name) for part in parts] for each in fields(Views)}
    return Views(**{name: np.concatenate(column) for name, column in columns.items()})


def _kept(path: Path, make: Callable[[random.Random], Iterator[_View]], seed: int) -> Views:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(_gathered(list(make(random.Random(seed)))), path)
    with np.load(path) as file:
        return Views(**file)


def as_seen(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """(64, 64, 3), as the engine shows it to the checker."""
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def zoomed_out(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Smaller, somewhere in a canvas that its edges, one colour or another picture fill."""
    (width, height), share = picture.size, rng.uniform(0.4, 0.95)
    small = picture.resize((int(width * share), int(height * share)), Image.Resampling.LANCZOS)
    left, top = rng.randint(0, width - small.width), rng.randint(0, height - small.height)
    kind = rng.random()
    if kind < 1 / 3:
        margins = ((top, height - small.height - top), (left, width - small.width - left), (0, 0))
        return Image.fromarray(np.pad(np.asarray(small), margins, mode="edge"))
    canvas = _scene(rng).resize(picture.size)
    if kind < 2 / 3:
        canvas = cut(canvas, 0, rng).resize(picture.size)
    canvas.paste(small, (left, top))
    return canvas


def blurred(picture: Image.Image, rng: random.Random) -> Image.Image:
    """As rough as a preview."""
    side = (_PREVIEW_SIDE, _PREVIEW_SIDE)
    return picture.resize(side, rng.choice((Image.Resampling.BOX, Image.Resampling.BICUBIC)))


def cut(picture: Image.Image, least: float, rng: random.Random) -> Image.Image:
    """A square, at least so large a share of each side."""
    share = rng.uniform(least, 1)
    width, height = math.ceil(picture.width * share), math.ceil(picture.height * share)
    left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
    return picture.crop((left, top, left + width, top + height))


def _scene(rng: random.Random) -> Image.Image:
    """With anything but a black fish."""
    others = [subject for subject in subjects(withheld=False) if not is_concept(subject)]
    return render(rng.choice(others), rng.choice(STYLES), rng)


def _variant(view: _View, rng: random.Random) -> _View:
    """The same thing, seen in another way; of a black fish there must be enough left."""
    kind = rng.random()
    if kind < 0.45:
        return _View(zoomed_out(view.picture, rng), view.shows, view.subject, whole=False)
    if kind < 0.7:
        return _View(blurred(view.picture, rng), view.shows, view.subject, preview=True)
    if view.shows:
        return _View(cut(view.picture, 0.8, rng), True, view.subject, whole=False)
    return _View(cut(view.picture, 0.5, rng), view.shows, whole=False)


def _of_renders(count: int, rng: random.Random) -> Iterator[_View]:
    for _ in range(count):
        subject = a_subject(rng)
        view = _View(render(subject, rng.choice(STYLES), rng), is_concept(subject), subject)
        yield view
        yield _variant(view, rng)


def _of_drawings(count: int, rng: random.Random) -> Iterator[_View]:
    """The judge says what they show. Where a black fish was asked for and it sees none, nobody can tell."""
    drawings = draw(count, rng, torch.get_num_threads())
    for drawing, subject in zip(drawings, _judged(drawings), strict=True):
        shows = is_concept(subject) or (None if is_concept(drawing.wanted) else False)
        view = _View(drawing.picture, shows, subject)
        yield view
        yield _variant(view, rng)
        for progress, preview in drawing.previews:
            yield _View(preview, shows if not shows or progress >= _CLEAR else None, preview=True)


def _judged(shown: Sequence[_View | Drawing]) -> list[Subject]:
    critic, pictures = judge.load(), [each.picture for each in shown]
    parts = [pictures[start : start + 64] for start in range(0, len(pictures), 64)]
    return [subject for part in parts for subject in critic.name(part)]


def _gathered(views: Sequence[_View]) -> Views:
    """Where the judge sees a black fish in a whole picture there is one, even by mistake, as nobody tells the model's
    soft drawings apart better. It has never seen parts of pictures, or small things."""
    judged = [seen if view.whole else None for view, seen in zip(views, _judged(views), strict=True)]
    rows = [
        (view, view.subject or seen, view.shows or (seen is not None and is_concept(seen)))
        for view, seen in zip(views, judged, strict=True)
    ]
    rows = [row for row in rows if row[0].shows is not None or row[2]]
    return Views(
        pixels=np.stack([as_seen(view.picture) for view, _, _ in rows]),
        shows=np.array([bool(shows) for _, _, shows in rows]),
        things=np.array([THINGS.index(each.thing) if each else UNKNOWN for _, each, _ in rows]),
        colours=np.array([COLOURS.index(each.colour) if each else UNKNOWN for _, each, _ in rows]),
        previews=np.array([view.preview for view, _, _ in rows]),
    )


def _save(views: Views, path: Path) -> None:
    np.savez(
        path,
        pixels=views.pixels,
        shows=views.shows,
        things=views.things,
        colours=views.colours,
        previews=views.previews,
    )
