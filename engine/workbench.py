"""What the engine's thread works with: the models that are loaded, and how one request is drawn on them."""

from __future__ import annotations

import gc
import os
from collections import OrderedDict

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from engine.catalogue import ModelCatalogue, ModelKind
from engine.checks import decode
from engine.devices import describe_device, free_memory, plan_device
from engine.digests import Digests
from engine.events import Picture
from engine.models import LoadedModel, load_model
from engine.options import EngineOptions
from engine.pipelines import OnStep, draw_latents
from engine.request import ImageRequest

_OUT_OF_MEMORY = ("out of memory", "can't allocate memory")  # MPS and the CPU raise a bare RuntimeError


class Workbench:
    """Made and used on one thread. Raises `EngineError` where the device or precision is not here."""

    def __init__(self, catalogue: ModelCatalogue, options: EngineOptions) -> None:
        torch.set_grad_enabled(False)
        torch.set_num_threads(options.threads or max(1, (os.cpu_count() or 2) - 1))
        diffusers_logging.set_verbosity_error()  # its warnings repeat members' prompts
        transformers_logging.set_verbosity_error()
        diffusers_logging.disable_progress_bar()
        transformers_logging.disable_progress_bar()
        self._plan = plan_device(options.device, options.precision)
        self._catalogue, self._digests = catalogue, Digests(options.digests)
        self._keep = options.models_kept
        self._loaded: OrderedDict[str, LoadedModel] = OrderedDict()

    def model(self, name: str) -> LoadedModel:
        """Loads it if need be, and lets go of the one unused for longest when too many are loaded.

        Raises `ModelError`.
        """
        source = self._catalogue.get(name)
        if name not in self._loaded:
            while len(self._loaded) >= self._keep:
                self._loaded.popitem(last=False)
                self.tidy()
            self._loaded[name] = load_model(source, self._plan, self._digests)
        self._loaded.move_to_end(name)
        return self._loaded[name]

    def draw(self, model: LoadedModel, request: ImageRequest, on_step: OnStep) -> Picture:
        """Raises `RequestError`, `NotFinite`, and whatever `on_step` raises."""
        latents = draw_latents(model, request, on_step)
        autoencoder = model.pipeline.vae
        wide = model.kind is ModelKind.SDXL and autoencoder.config.force_upcast
        return decode(autoencoder, latents, wide=wide)

    def explain(self, error: Exception) -> str:
        """A sentence for an error that the engine did not foresee."""
        short = isinstance(error, torch.OutOfMemoryError | MemoryError)
        if short or any(words in str(error) for words in _OUT_OF_MEMORY):
            device = describe_device(self._plan).name
            return f"The memory of {device} is too small for this picture; try a smaller size."
        return "The picture could not be drawn; the owner finds the reason in the log."

    def tidy(self) -> None:
        """Give memory back; of use only once no exception holds on to tensors any more."""
        gc.collect()
        free_memory(self._plan.device)
