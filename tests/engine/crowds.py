"""Crowds of requests, drawn on the test's own thread, where each number can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from random import Random
from typing import Any, Self, TypeVar

import torch
from PIL import Image

from engine.batching import Strand, current_strand
from engine.catalogue import ModelCatalogue
from engine.crowd import Crowd
from engine.errors import Cancelled
from engine.events import Event, Failed, Finished, Picture
from engine.options import EngineOptions
from engine.pipelines import draw_latents
from engine.request import AdapterUse, ImageRequest, PictureRequest
from engine.samplers import SAMPLERS
from engine.stream import Channel
from engine.watchdog import Watchdog
from engine.work import DrawingWork, Work
from engine.workbench import Workbench
from tests.engine.asking import a_request

TASKS = ("text", "image", "inpaint")
GUIDANCES = (1.0, 1.5, 4.0, 7.5, 12.0)
NEGATIVES = ("", "fog", "a blue cat")
LONG = "a red house under a tall tree, " * 12
PROMPTS = (
    "a red house",
    "a blue cat",
    "a (red:1.4) house",
    "a [red] house by a (tree)",
    LONG,
    f"{LONG} (a cat:0.7)",
)
_LARGEST_LATENT = 5.0
W = TypeVar("W", bound=Work)


@dataclass(frozen=True, slots=True)
class Floats:
    """Latents (1, 4, height / 8, width / 8), and pixels (1, 3, height, width) from -1 to 1."""

    latents: torch.Tensor
    pixels: torch.Tensor

    def distance(self, other: Floats) -> float:
        """The largest between two numbers. Latents count as if scaled to those of a real picture where a random
        network, which takes no noise away, leaves far larger ones."""
        scale = max(1.0, float(other.latents.abs().max()) / _LARGEST_LATENT)
        latents = float((self.latents - other.latents).abs().max()) / scale
        return max(latents, float((self.pixels - other.pixels).abs().max()))


class Sketch(Work):
    """Keeps the numbers that `Drawing` makes a picture of."""

    def __init__(self, request: ImageRequest) -> None:
        super().__init__(
            request.id, request.model, (request.model, request.width, request.height, request.adapters)
        )
        self.request = request
        self._floats: Floats | None = None

    @property
    def floats(self) -> Floats:
        assert self._floats is not None, f"{self.request} was not drawn"
        return self._floats

    def run(self, workbench: Workbench) -> None:
        model = workbench.model(self.model)
        with suppress(Cancelled):
            latents = draw_latents(model, self.request, lambda *_: None)
            pixels = model.decode(latents, model.decodes_wide)
            self._floats = Floats(latents, pixels.clamp(-1, 1))

    def fail(self, sentence: str) -> None:
        raise AssertionError(sentence)

    def report(self) -> None: ...


class _Notes(Channel):
    """Keeps what is posted, as there is no event loop."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)


class Drawing(DrawingWork):
    """A request as the executor would have it, and what it is told."""

    def __init__(self, request: PictureRequest) -> None:
        self._notes = _Notes()
        super().__init__(request, self._notes)

    @property
    def events(self) -> Sequence[Event]:
        return self._notes.events

    @property
    def finished(self) -> Finished:
        end = self.events[-1]
        assert isinstance(end, Finished), end
        return end

    @property
    def picture(self) -> Picture:
        return self.finished.picture

    @property
    def sentence(self) -> str:
        """Of its failure."""
        end = self.events[-1]
        assert isinstance(end, Failed), end
        assert not end.cancelled
        return end.sentence


class Studio:
    """A workbench and its crowd, used as the executor uses them."""

    def __init__(self, catalogue: ModelCatalogue, **options: Any) -> None:
        self._watchdog = Watchdog(floor_s=600)
        chosen = replace(EngineOptions(device="cpu", threads=1), **options)
        with torch.no_grad():  # and back to how it was, as the thread is that of other tests too
            self.bench = Workbench(catalogue, chosen, self._watchdog)
        self.crowd = Crowd(self.bench, self._watchdog, self._end)
        self.live: list[Work] = []
        self.order: list[Work] = []
        """Of their ends."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watchdog.close()

    @torch.no_grad()
    def draw(self, works: Sequence[W], each_round: Callable[[], None] = lambda: None) -> Sequence[W]:
        """All come at once."""
        waiting = list[Work](works)
        while waiting or self.live:
            self.let_in(waiting)
            self.crowd.step()
            each_round()
        return works

    @torch.no_grad()
    def churn(self, works: Sequence[W], random: Random, leaving: Sequence[Work] = ()) -> Sequence[W]:
        """They come at random moments in random order, and those that are `leaving` are cancelled at some."""
        coming, waiting = random.sample(works, len(works)), list[Work]()
        while coming or waiting or self.live:
            while coming and (random.random() < 0.5 or not self.live + waiting):
                waiting.append(coming.pop())
            self.let_in(waiting)
            for work in self.live:
                work.cancelled = work.cancelled or (work in leaving and random.random() < 0.25)
            self.crowd.step()
        return works

    def alone(self, request: PictureRequest) -> Finished:
        """As it is drawn with no neighbour."""
        return self.draw([Drawing(request)])[0].finished

    @torch.no_grad()
    def let_in(self, waiting: list[Work]) -> None:
        while (work := self.crowd.next(waiting)) is not None:
            waiting.remove(work)
            self.live.append(work)
            self.crowd.let_in(work)

    @torch.no_grad()
    def pipeline(self, model: str) -> Any:
        """Its networks are those that all its requests share."""
        return self.bench.model(model).loaded.pipeline

    def _end(self, work: Work) -> None:
        self.live.remove(work)
        self.order.append(work)
        work.report()


def a_varied_request(random: Random, **changes: Any) -> ImageRequest:
    """Of a random task, sampler, guidance, number of steps and so on, unless the changes say which."""
    task = changes.pop("task", None) or random.choice(TASKS)
    side = changes.pop("side", 64)
    asked: dict[str, Any] = {
        "prompt": random.choice(PROMPTS[:2]),
        "negative": random.choice(NEGATIVES),
        "seed": random.randrange(2**32),
        "width": side,
        "height": side,
        "steps": random.randint(2, 4),
        "guidance": random.choice(GUIDANCES),
        "sampler": random.choice(list(SAMPLERS)),
        "strength": random.choice((0.55, 0.8, 1.0)),
    }
    if task != "text":
        asked["image"] = _png(Image.radial_gradient("L").resize((side, side)).convert("RGB"))
    if task == "inpaint":
        asked["mask"] = _png(Image.new("L", (side, side)), (0, 0, side // 2, side))
    return a_request(**asked | changes)


def a_mixed_request(random: Random, models: Sequence[str], *, loras: Sequence[str] = ()) -> ImageRequest:
    """Anything that members may ask for, in two sizes."""
    return a_varied_request(
        random,
        model=random.choice(models),
        side=random.choice((64, 64, 64, 128)),
        prompt=random.choice(PROMPTS),
        preview_every=random.choice((0, 0, 1)),
        adapters=tuple(AdapterUse(name, 0.8) for name in loras if random.random() < 0.3),
    )


def _png(picture: Image.Image, white: tuple[int, int, int, int] | None = None) -> bytes:
    file = BytesIO()
    if white:
        picture.paste(255, white)
    picture.save(file, "PNG")
    return file.getvalue()


@contextmanager
def forwards_of(module: torch.nn.Module, look: Callable[[torch.Tensor], None]) -> Iterator[None]:
    """Shows the rows of each real forward, of whose first layer `module` is.

    A hook on the network itself would see each request's call instead, as that comes before its gate.
    """
    hook = module.register_forward_pre_hook(lambda _, inputs: look(inputs[0]))
    try:
        yield
    finally:
        hook.remove()


@contextmanager
def calls_of(
    denoiser: torch.nn.Module, change: Callable[[Strand, torch.Tensor], torch.Tensor | None]
) -> Iterator[None]:
    """Lets a test change what a request, whose strand runs, is about to give to its denoiser."""

    def hook(_: torch.nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        changed = change(current_strand(), inputs[0])
        return None if changed is None else (changed, *inputs[1:])

    handle = denoiser.register_forward_pre_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def results_of(
    denoiser: torch.nn.Module, change: Callable[[Strand, torch.Tensor], torch.Tensor | None]
) -> Iterator[None]:
    """Lets a test change what a request, whose strand runs, got from its denoiser."""

    def hook(_: torch.nn.Module, __: object, output: tuple[torch.Tensor]) -> tuple[torch.Tensor] | None:
        changed = change(current_strand(), output[0])
        return None if changed is None else (changed,)

    handle = denoiser.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
