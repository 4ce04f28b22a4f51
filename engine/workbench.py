"""What the engine's thread works with: the models in memory, and how one request is drawn on them."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from engine.acceleration import accelerate, lay_out
from engine.adapters import Adapters
from engine.batching import current_strand
from engine.catalogue import ModelCatalogue, ModelSource
from engine.checks import picture_of
from engine.devices import is_lost, is_out_of_memory, plan_device
from engine.digests import Digests
from engine.errors import DeviceLost
from engine.events import Picture, UsedAdapter
from engine.memory import Ladder, memory_budget, most_live
from engine.models import load_model, size_of
from engine.networks import DECODING, DENOISING, SharedModel, share
from engine.options import Acceleration, EngineOptions
from engine.pipelines import OnStep, draw_latents
from engine.request import ImageRequest
from engine.rows import plan_rows
from engine.shelf import Shelf
from engine.watchdog import Watchdog

_LOADING_S = 1800.0  # a first download from the hub takes minutes


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, the row count of all the forwards that denoised it (0 where the neighbours decided), and what
    acted on the model."""

    picture: Picture
    rows: int
    adapters: tuple[UsedAdapter, ...]


class Workbench:
    """Made and used on one thread. Raises `EngineError` where the device or precision is not here."""

    def __init__(self, catalogue: ModelCatalogue, options: EngineOptions, watchdog: Watchdog) -> None:
        _set_up_libraries(options)
        self._plan = plan_device(options.device, options.precision)
        self._rows = plan_rows(self._plan.device.type, options)
        self._watchdog, self._acceleration = watchdog, options.acceleration
        self._catalogue, self._digests = catalogue, Digests(options.digests)
        budget = memory_budget(self._plan, options.memory)
        self.shelf = Shelf(
            catalogue, budget, self._plan, self._open, lambda source: size_of(source, self._plan)
        )
        self.most_live = most_live(budget, options.live)
        self.ladder = Ladder(self._plan, self.shelf.spare, exact=self._rows.exact)

    def model(self, name: str) -> SharedModel:
        """Loads it if need be. Raises `ModelError`."""
        return self.shelf.get(name)

    def draw(self, model: SharedModel, request: ImageRequest, on_step: OnStep) -> Drawn:
        """In a strand. Raises `RequestError`, `NotFinite`, and what is thrown into the strand."""
        latents = draw_latents(model, request, on_step)
        picture = picture_of(latents, model.decode, wide=model.decodes_wide)
        strand = current_strand()
        rows = strand.row_counts[DENOISING]
        steady = self._rows.exact and len(rows) == 1 and 0 not in strand.row_counts[DECODING]
        return Drawn(picture, min(rows) if steady else 0, strand.used)

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
        self.draw(model, request, lambda *_: None)
        if self._acceleration is not Acceleration.NONE and not self._rows.exact:
            for rows in self._rows.denoiser:
                draw_latents(model, request, lambda *_: None, count=rows)

    def explain(self, error: Exception) -> str:
        """A sentence for an error that the engine did not foresee. Raises `DeviceLost` where it was the last one."""
        if is_lost(error):
            raise DeviceLost(str(error)) from error
        if is_out_of_memory(error):
            return str(self.ladder.give_up())
        return "The picture could not be drawn; the owner finds the reason in the log."

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
    for logging in (diffusers_logging, transformers_logging):
        logging.set_verbosity_error()  # their warnings repeat members' prompts
        logging.disable_progress_bar()
