"""What every stage of the demo's training shares: checkpoints that resume, a cosine schedule, averaged weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers.optimization import get_cosine_schedule_with_warmup
from diffusers.training_utils import EMAModel
from torch import nn

_CHECKPOINT_EVERY_S = 120


@dataclass
class Stage:
    """One network on its way: optimiser, schedule, averaged weights, and the step it has reached."""

    name: str
    network: nn.Module
    folder: Path
    steps: int
    learning_rate: float
    ema_decay: float = 0.999
    step: int = 0
    _saved_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), self.learning_rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.schedule = get_cosine_schedule_with_warmup(
            self.optimizer, min(200, self.steps // 10), self.steps
        )
        self.ema = EMAModel(self.network.parameters(), decay=self.ema_decay, use_ema_warmup=True, power=0.75)
        if self.path.exists():
            self._resume()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.ckpt"

    def descend(self, loss: torch.Tensor) -> None:
        """One optimiser step."""
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.ema.step(self.network.parameters())

    def remaining(self, report: Callable[[int], None], every: int = 200) -> Iterator[int]:
        """The steps still to do; saves a checkpoint now and then and at the end."""
        while self.step < self.steps:
            yield self.step
            self.step += 1
            if self.step % every == 0 or self.step == self.steps:
                report(self.step)
            if time.monotonic() - self._saved_at > _CHECKPOINT_EVERY_S or self.step == self.steps:
                self.save()

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "ema": self.ema.state_dict(),
            "step": self.step,
        }
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.path)
        self._saved_at = time.monotonic()

    def use_average(self) -> None:
        """Put the averaged weights into the network, for export and measuring."""
        self.ema.copy_to(self.network.parameters())

    def _resume(self) -> None:
        state = torch.load(self.path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.ema.load_state_dict(state["ema"])
        self.step = state["step"]
