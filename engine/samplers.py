"""The samplers by the names of the field, each built afresh for a request; free of torch until then."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.catalogue import brief
from engine.request import RequestError
from engine.sentence import say


@dataclass(frozen=True, slots=True)
class Sampler:
    """A scheduler class of diffusers, what it changes in the model's configuration, and its most steps."""

    scheduler: str
    options: Mapping[str, object] = field(default_factory=dict)
    max_steps: int | None = None


_Options = dict[str, object]
_PLAIN: _Options = {"use_karras_sigmas": False}
_KARRAS: _Options = {"use_karras_sigmas": True}
_ODE: _Options = {"algorithm_type": "dpmsolver++"}
_SDE: _Options = {"algorithm_type": "sde-dpmsolver++"}

SAMPLERS: Mapping[str, Sampler] = {
    "euler": Sampler("EulerDiscreteScheduler", _PLAIN),
    "euler_karras": Sampler("EulerDiscreteScheduler", _KARRAS),
    "euler_a": Sampler("EulerAncestralDiscreteScheduler"),
    "dpmpp_2m": Sampler("DPMSolverMultistepScheduler", _PLAIN | _ODE),
    "dpmpp_2m_karras": Sampler("DPMSolverMultistepScheduler", _KARRAS | _ODE),
    "dpmpp_2m_sde": Sampler("DPMSolverMultistepScheduler", _PLAIN | _SDE),
    "dpmpp_2m_sde_karras": Sampler("DPMSolverMultistepScheduler", _KARRAS | _SDE),
    "dpm2": Sampler("KDPM2DiscreteScheduler", _PLAIN),
    "dpm2_a": Sampler("KDPM2AncestralDiscreteScheduler", _PLAIN),
    "heun": Sampler("HeunDiscreteScheduler", _PLAIN),
    "unipc": Sampler("UniPCMultistepScheduler", _PLAIN),
    "deis": Sampler("DEISMultistepScheduler", _PLAIN),
    "ddim": Sampler(
        "DDIMScheduler", {"clip_sample": False, "set_alpha_to_one": False}
    ),  # as Stable Diffusion's
    "pndm": Sampler("PNDMScheduler", {"skip_prk_steps": True}),
    "lcm": Sampler("LCMScheduler", max_steps=50),  # its training schedule has 50 steps
}


def check_sampler(name: str, steps: int) -> None:
    """Raises `RequestError` that names a legal value; "" is the model's own sampler and always legal."""
    if not name:
        return
    if name not in SAMPLERS:
        raise RequestError(
            say("There is no sampler {name}; the samplers are: {known}.",
                name=brief(name), known=", ".join(SAMPLERS))
        )  # fmt: skip
    most = SAMPLERS[name].max_steps
    if most is not None and steps > most:
        raise RequestError(
            say("The sampler {name} takes at most {most} steps, not {steps}.",
                name=name, most=most, steps=steps)
        )  # fmt: skip


def build_scheduler(name: str, model_scheduler: Any) -> Any:
    """A fresh diffusers scheduler of that name with the noise schedule of the model's own."""
    return copy.deepcopy(_built(name, model_scheduler))


@functools.lru_cache(maxsize=64)
def _built(name: str, model_scheduler: Any) -> Any:
    """Kept to be copied: some take 0.2 s to build, for which everyone on the engine's thread would wait."""
    import diffusers

    if not name:
        return type(model_scheduler).from_config(model_scheduler.config)
    sampler = SAMPLERS[name]
    return getattr(diffusers, sampler.scheduler).from_config(model_scheduler.config, **sampler.options)
