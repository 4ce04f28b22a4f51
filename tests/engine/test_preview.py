"""Previews on the demo model: they look like the picture, foresee it, and change nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import diffusers
import numpy as np
import numpy.typing as npt
import pytest
import torch

from engine.checks import to_picture
from engine.demo import MODEL_FOLDER
from engine.demo.draw import render
from engine.demo.world import STYLES, subjects
from engine.events import Picture
from engine.preview import Previewer, watch
from engine.samplers import SAMPLERS, build_scheduler

_QUICK = ("dpmpp_2m_sde", "heun", "lcm")
_EACH = [pytest.param(name, marks=() if name in _QUICK else pytest.mark.long) for name in SAMPLERS]
_SILENT = ("deis", "pndm", "lcm")  # do not tell what clean latents they go by
_TELLING = [(name, kind) for name in SAMPLERS if name not in _SILENT for kind in ("epsilon", "v_prediction")]


@pytest.fixture(autouse=True)
def no_grad() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def demo() -> Any:
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(
        MODEL_FOLDER, dtype=torch.float32, safety_checker=None, requires_safety_checker=False
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture(scope="module")
def previewer(demo: Any) -> Previewer:
    return Previewer(demo.vae)


@pytest.fixture(scope="module")
def model_scheduler() -> Any:
    return diffusers.EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def colours(picture: Picture) -> npt.NDArray[np.float64]:
    return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3).astype(float)


def distance(one: Picture, other: Picture) -> float:
    """Mean over all pixels and colours, of 255."""
    return float(np.abs(colours(one) - colours(other)).mean())


def draw(demo: Any, scheduler: Any, on_step: Callable[[torch.Tensor], None]) -> torch.Tensor:
    """The finished latents; `on_step` sees those of every step, which are noisy."""

    def step_done(_pipeline: Any, _step: int, _timestep: object, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(tensors["latents"])
        return {}

    pipeline = type(demo)(**demo.components | {"scheduler": scheduler}, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    latents: torch.Tensor = pipeline(
        "a red house at night", num_inference_steps=10, guidance_scale=3.0, height=128, width=128,
        generator=torch.Generator().manual_seed(3), output_type="latent", callback_on_step_end=step_done,
    ).images  # fmt: skip
    return latents


def step(scheduler: Any, timestep: torch.Tensor, latents: torch.Tensor, noise: torch.Generator) -> Any:
    """As a guided pipeline does, with a model that says anything."""
    scheduler.scale_model_input(torch.cat([latents, latents]), timestep)
    return scheduler.step(torch.randn(latents.shape, generator=noise), timestep, latents)


def test_a_preview_of_finished_latents_looks_like_the_picture_made_small(
    demo: Any, previewer: Previewer
) -> None:
    rng, previews, pictures = random.Random(5), [], []
    for _ in range(12):
        drawn = render(rng.choice(subjects(withheld=False)), rng.choice(STYLES), rng)
        pixels = torch.from_numpy(np.array(drawn)).permute(2, 0, 1)[None] / 127.5 - 1
        latents = demo.vae.encode(pixels).latent_dist.mode()
        previews.append(colours(previewer.picture(latents * demo.vae.config.scaling_factor)))
        decoded = colours(to_picture(demo.vae.decode(latents).sample))
        pictures.append(decoded.reshape(16, 8, 16, 8, 3).mean((1, 3)))
    errors = np.abs(np.array(previews) - np.array(pictures)).mean((1, 2, 3))
    assert errors.mean() < 16
    assert errors.max() < 25
    assert np.corrcoef(np.ravel(previews), np.ravel(pictures))[0, 1] > 0.94


@pytest.mark.parametrize("sampler", _EACH)
def test_half_way_a_preview_foresees_the_picture_and_changes_nothing(
    demo: Any, previewer: Previewer, sampler: str
) -> None:
    watched = build_scheduler(sampler, demo.scheduler)
    clean, previews, noisy = watch(watched), [], []

    def look(latents: torch.Tensor) -> None:
        foreseen = clean()
        assert foreseen is not None
        previews.append(previewer.picture(foreseen))
        noisy.append(previewer.picture(latents))

    latents = draw(demo, watched, look)
    final, half = previewer.picture(latents), len(previews) // 2 - 1
    assert distance(previews[half], final) < distance(noisy[half], final)
    assert distance(previews[-1], final) < 2
    assert torch.equal(latents, draw(demo, build_scheduler(sampler, demo.scheduler), lambda _: None))


@pytest.mark.parametrize(("sampler", "prediction"), [*_TELLING, ("ddim", "sample"), ("unipc", "sample")])
def test_what_is_foreseen_is_what_the_sampler_itself_goes_by(
    model_scheduler: Any, sampler: str, prediction: str
) -> None:
    scheduler = build_scheduler(sampler, model_scheduler)
    scheduler.register_to_config(prediction_type=prediction)
    clean, noise = watch(scheduler), torch.Generator().manual_seed(1)
    scheduler.set_timesteps(8)
    latents = torch.randn(1, 4, 8, 8, generator=noise) * scheduler.init_noise_sigma
    for timestep in scheduler.timesteps:
        result = step(scheduler, timestep, latents, noise)
        own = result.get("pred_original_sample")
        own = scheduler.model_outputs[-1] if own is None else own
        foreseen, latents = clean(), result.prev_sample
        assert foreseen is not None
        assert (foreseen - own).abs().max() < 0.01 * own.abs().max()  # some round their timesteps


def test_nothing_is_foreseen_before_the_first_step(model_scheduler: Any) -> None:
    assert watch(build_scheduler("ddim", model_scheduler))() is None


@pytest.mark.parametrize(
    "unlike",
    [
        diffusers.EDMEulerScheduler(),
        diffusers.EulerDiscreteScheduler(prediction_type="v_prediction", timestep_type="continuous"),
        diffusers.DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True),
    ],
    ids=lambda scheduler: type(scheduler).__name__,
)
def test_nothing_is_foreseen_where_the_noise_is_of_another_kind(unlike: Any) -> None:
    clean, noise = watch(unlike), torch.Generator().manual_seed(1)
    unlike.set_timesteps(4)
    step(unlike, unlike.timesteps[0], torch.randn(1, 4, 8, 8, generator=noise), noise)
    assert clean() is None


def test_a_preview_of_latents_that_are_not_finite_ends_nothing(previewer: Previewer) -> None:
    latents = torch.tensor([torch.nan, torch.inf]).expand(1, 4, 3, 2)
    picture = previewer.picture(latents)
    assert (picture.width, picture.height) == (2, 3)


def test_an_autoencoder_in_half_precision_stays_so() -> None:
    torch.manual_seed(0)
    halves = diffusers.AutoencoderKL(
        block_out_channels=(8,) * 4,
        norm_num_groups=8,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    ).half()
    before = {name: tensor.clone() for name, tensor in halves.state_dict().items()}
    halves.decode = None  # costly, and shared with others
    Previewer(halves).picture(torch.randn(1, 4, 8, 8).half())
    assert halves.dtype is torch.float16
    assert all(torch.equal(before[name], tensor) for name, tensor in halves.state_dict().items())
