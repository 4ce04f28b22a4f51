"""What happens after each denoising step of one pipeline's call: it is told, shown, and maybe the last one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from engine.events import Picture
from engine.preview import Previewer, watch
from engine.request import ImageRequest, RequestError
from engine.sentence import say

OnStep = Callable[[int, int, Picture | None], None]
"""Told the denoising steps done, their number, and a preview where one is due."""

_Tensors = dict[str, torch.Tensor]
_ROUNDING = 1e-9  # 0.1 of 30 steps are 3, and 3.0000000000000004 in floating point


class Steps:
    """Goes through the steps of one request; to be made before its pipeline runs, whose scheduler it watches.

    A request that asks for neither previews nor an early stop is drawn as if nobody watched.
    """

    def __init__(self, pipeline: Any, request: ImageRequest, previewer: Previewer, on_step: OnStep) -> None:
        self._request, self._previewer, self._on_step = request, previewer, on_step
        self._stops = request.stop < 1
        self._redraws = self._stops and request.mask is not None and pipeline.unet.config.in_channels == 4
        self._clean = watch(pipeline.scheduler) if request.preview_every or self._stops else None
        self._kept = _watch_kept(pipeline.scheduler) if self._redraws else None

    def arguments(self) -> dict[str, Any]:
        """Of the pipeline's call."""
        tensors = ["latents", "mask"] if self._redraws else ["latents"]
        return {"callback_on_step_end": self._done, "callback_on_step_end_tensor_inputs": tensors}

    def _done(self, pipeline: Any, step: int, _timestep: torch.Tensor, tensors: _Tensors) -> _Tensors:
        done, last = step + 1, self._last(pipeline.num_timesteps)
        self._on_step(done, last, self._preview(done, last))
        if done < last or last == pipeline.num_timesteps:
            return {}
        pipeline._interrupt = True  # what its own `interrupt` reads: it makes no call of a network any more
        return {"latents": self._taken_now(tensors)}

    def _last(self, steps: int) -> int:
        return math.ceil(self._request.stop * steps - _ROUNDING) if self._stops else steps

    def _preview(self, done: int, last: int) -> Picture | None:
        every = self._request.preview_every
        if self._clean is None or not every or done % every or done >= last:
            return None
        latents = self._clean()
        return None if latents is None else self._previewer.picture(latents)

    def _taken_now(self, tensors: _Tensors) -> torch.Tensor:
        """What the model foresees, and the start picture where a mask leaves it, as the pipeline would have it."""
        latents = tensors["latents"]
        clean = self._clean() if self._clean is not None else None
        if clean is None:
            raise RequestError(
                say("This model's sampler cannot stop before its last step; leave out the stop.")
            )
        clean = clean.to(latents)
        kept = self._kept() if self._kept is not None else None
        if kept is None:
            return clean
        mask = tensors["mask"][: len(clean)]  # a guided pipeline has it twice
        return (1 - mask) * kept + mask * clean


def _watch_kept(scheduler: Any) -> Callable[[], torch.Tensor | None]:
    """The latents of the start picture, which an inpainting pipeline has its scheduler add noise to."""
    seen: list[torch.Tensor] = []
    add_noise = scheduler.add_noise

    def note(latents: torch.Tensor, *noise: Any) -> Any:
        seen[:] = [latents]
        return add_noise(latents, *noise)

    scheduler.add_noise = note
    return lambda: seen[0] if seen else None
