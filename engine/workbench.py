"""What the engine's thread works with: the models in memory, and how one request is drawn on them."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import torch

from engine.acceleration import accelerate, lay_out
from engine.adapters import Adapters
from engine.batching import current_strand
from engine.catalogue import ModelCatalogue, ModelSource
from engine.checks import picture_of
from engine.devices import (
    describe_device,
    device_memory,
    free_memory,
    is_lost,
    is_out_of_memory,
    plan_device,
    read_memory,
)
from engine.digests import Digests
from engine.errors import DeviceLost
from engine.events import Picture, UsedAdapter
from engine.memory import Ladder, memory_budget, most_live
from engine.models import load_model, size_of
from engine.networks import SharedModel, share
from engine.options import Acceleration, EngineOptions, Mode
from engine.overlay import overlay
from engine.pipelines import draw_latents
from engine.quiet import quieten
from engine.request import ImageRequest, PictureRequest, RequestError, UpscaleMethod, UpscaleRequest
from engine.rows import plan_rows
from engine.safety.desk import CheckDesk
from engine.safety.guard import Guard
from engine.samplers import check_sampler
from engine.sentence import say
from engine.shelf import Shelf
from engine.start_picture import enlarged, source_picture
from engine.status import EngineStatus, MemoryReading
from engine.steps import OnStep
from engine.upscale import as_picture, redraw
from engine.upscaling_network import UpscalingNetwork, enlarge, load_upscaling_network
from engine.watchdog import Watchdog

_LOADING_S = 1800.0  # a first download from the hub takes minutes


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, the hash of the weights that drew it, the row count of all the forwards that denoised it (0 where
    the neighbours decided), what acted on the model, and what made a picture larger."""

    picture: Picture
    digest: str = ""
    rows: int = 0
    adapters: tuple[UsedAdapter, ...] = ()
    upscaled_by: str = ""


class Workbench:
    """Made and used on one thread. Raises `EngineError` where the device or precision is not here."""

    def __init__(self, catalogue: ModelCatalogue, options: EngineOptions, watchdog: Watchdog) -> None:
        _set_up_libraries(options)
        self._plan = plan_device(options.device, options.precision)
        self._rows = plan_rows(self._plan.device.type, options)
        self._watchdog, self._acceleration = watchdog, options.acceleration
        self._catalogue, self._digests = catalogue, Digests(options.digests)
        self._upscaler_file = options.upscaler
        self._upscaler: UpscalingNetwork | None = None
        self._memory, self._live = options.memory, options.live
        self._budget = memory_budget(self._plan, options.memory)
        self.shelf = Shelf(
            catalogue, self._budget, self._plan, self._open, lambda source: size_of(source, self._plan)
        )
        self._desk = CheckDesk(options, self._plan, self._rows, watchdog, self.shelf.reserve)
        self.most_live = most_live(self._budget, options.live)
        self.ladder = Ladder(self._plan, self.shelf.spare, exact=self._rows.exact)

    def model(self, name: str) -> SharedModel:
        """Loads it if need be. Raises `ModelError`."""
        return self.shelf.get(name)

    def guard(self, request: PictureRequest) -> Guard:
        """What its pictures pass on their way in and out, the same one for all of them."""
        known = [source for source in self._catalogue if source.name == request.model]
        own = max((max(source.width, source.height) for source in known), default=0)
        return Guard(request, own, self._desk)

    def try_checker(self) -> bool:
        """Whether the safety checker works; false where it is still to be fetched. Raises `ModelError`."""
        return self._desk.try_out()

    def rest(self) -> None:
        """All leaves the memory, as nothing is in use."""
        self._upscaler = None
        self._desk.clear()
        self.shelf.clear()
        free_memory(self._plan.device)

    def unload(self, name: str | None) -> int:
        """The bytes of weights that left; without a name all that rests does. Raises `ModelError`."""
        before = self.shelf.used
        if name is not None:
            self.shelf.unload(name)
        elif any(self.shelf.users.values()):
            self.shelf.clear()
        else:
            self.rest()
        return before - self.shelf.used

    def set_budget(self, wanted: int | None) -> None:
        """Bytes; none goes back to the settings."""
        self._budget = memory_budget(self._plan, wanted or self._memory)
        self.shelf.set_budget(self._budget)
        self.most_live = most_live(self._budget, self._live)

    def read_memory(self) -> MemoryReading | None:
        """None where the device has no memory of its own."""
        return read_memory(self._plan.device)

    def status(self, *, waiting: int, uptime_s: float) -> EngineStatus:
        """What the owner sees; who waits and since when it runs are not known here."""
        device, reading = describe_device(self._plan), self.read_memory()
        free, total = device_memory(self._plan.device)
        usual = self._watchdog.usual_s
        return EngineStatus(
            device=device.name,
            precision=device.precision,
            mode=Mode.EXACT if self._rows.exact else Mode.FAST,
            models=self.shelf.status(),
            budget=self._budget,
            used=self.shelf.used if reading is None else reading.ours,
            free=free,
            total=total,
            live=self.shelf.users.total(),
            waiting=waiting,
            uptime_s=uptime_s,
            step_ms=None if usual is None else usual * 1000,
        )

    def draw(self, request: PictureRequest, on_step: OnStep) -> Drawn:
        """In a strand. Raises `RequestError`, `EngineError`, and what is thrown into the strand."""
        if isinstance(request, UpscaleRequest) and request.method is UpscaleMethod.LANCZOS:
            return self._resample(request)
        if isinstance(request, UpscaleRequest) and request.method is UpscaleMethod.NETWORK:
            return self._enlarge(request, on_step)
        check_sampler(request.sampler, request.steps)
        model = self.model(request.model)
        if isinstance(request, UpscaleRequest):
            source = self._catalogue.get(request.model)
            picture = redraw(model, (source.width, source.height), request, on_step)
            return self._drawn(model, picture, upscaled_by=UpscaleMethod.TILES)
        latents = draw_latents(model, request, on_step)
        picture = picture_of(latents, model.decode, wide=model.decodes_wide)
        if request.overlay and request.mask is not None:
            picture = overlay(picture, request, self._plan.device)
        return self._drawn(model, picture)

    def _resample(self, request: UpscaleRequest) -> Drawn:
        picture = enlarged(source_picture(request), request.factor)
        return Drawn(as_picture(picture), upscaled_by=UpscaleMethod.LANCZOS)

    def _enlarge(self, request: UpscaleRequest, on_step: OnStep) -> Drawn:
        network = self._upscaling_network()
        return Drawn(enlarge(network, request, on_step), network.digest, upscaled_by=network.name)

    def _drawn(self, model: SharedModel, picture: Picture, upscaled_by: str = "") -> Drawn:
        strand = current_strand()
        rows = strand.row_counts[model.denoiser]
        steady = self._rows.exact and len(rows) == 1 and 0 not in strand.row_counts[model.decoder]
        return Drawn(picture, model.loaded.digest, min(rows) if steady else 0, strand.used, upscaled_by)

    def warm_up(self, model: SharedModel) -> None:
        """In a strand: a picture of the model's own size, with its preview, and each row count that is prepared."""
        source = self._catalogue.get(model.loaded.name)
        request = ImageRequest(
            id="",
            model=source.name,
            prompt="a picture",
            seed=0,
            width=source.width,
            height=source.height,
            steps=2,
            guidance=0,
            preview_every=1,
        )
        self.draw(request, lambda *_: None)
        if self._acceleration is not Acceleration.NONE and not self._rows.exact:
            for rows in self._rows.denoiser:
                draw_latents(model, request, lambda *_: None, count=rows)

    def explain(self, error: Exception) -> str:
        """A sentence for an error that the engine did not foresee. Raises `DeviceLost` where it was the last one."""
        if is_lost(error):
            raise DeviceLost(str(error)) from error
        if is_out_of_memory(error):
            return self.ladder.give_up().sentence
        return say("The picture could not be drawn; the owner finds the reason in the log.")

    def _upscaling_network(self) -> UpscalingNetwork:
        if self._upscaler_file is None:
            raise RequestError(say("There is no upscaling network here; take another way to make it larger."))
        if self._upscaler is None:
            with self._watchdog.long(_LOADING_S):
                self._upscaler = load_upscaling_network(self._upscaler_file, self._plan, self._digests)
        return self._upscaler

    def _open(self, source: ModelSource) -> SharedModel:
        with self._watchdog.long(_LOADING_S):
            loaded = load_model(source, self._plan, self._digests)
            lay_out(loaded.pipeline, self._plan.device)
            adapters = Adapters(loaded.pipeline, loaded.kind, self._catalogue.adapters, self._digests)
            faster = functools.partial(
                accelerate, how=self._acceleration, plain=lambda: adapters.plain, budget=self._watchdog.long
            )
            return share(loaded, adapters, self._rows, max(source.width, source.height), faster)


def _set_up_libraries(options: EngineOptions) -> None:
    torch.set_grad_enabled(False)
    torch.set_num_threads(options.threads or max(1, (os.cpu_count() or 2) - 1))
    quieten()
