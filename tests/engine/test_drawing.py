"""Requests of every kind, drawn by the executor on tiny random models."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import (
    DiffusionPipeline,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
)
from PIL import Image

from engine.catalogue import ModelCatalogue
from engine.events import Finished, Progress
from engine.executor import Executor
from engine.options import EngineOptions
from engine.request import ImageRequest
from engine.samplers import SAMPLERS, build_scheduler
from tests.engine.asking import a_mask, a_png, a_request, difference, events_of, failure_of, picture_of
from tests.few import few

EVERY_SOURCE = ("sd15", "sdxl", "sd15.safetensors", "sdxl.safetensors")
STOCK: dict[str, tuple[Any, Any, Any]] = {
    "sd15": (StableDiffusionPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline),
    "sdxl": (StableDiffusionXLPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline),
}


@pytest.mark.parametrize("model", EVERY_SOURCE)
async def test_a_model_of_every_kind_and_format_draws(shared_executor: Executor, model: str) -> None:
    finished = (await events_of(shared_executor, a_request(model=model)))[-1]
    assert isinstance(finished, Finished)
    assert (finished.picture.width, finished.picture.height) == (64, 64)
    assert len(finished.picture.rgb) == 64 * 64 * 3
    assert len(set(finished.picture.rgb)) > 10
    assert len(bytes.fromhex(finished.model_hash)) == 32


@pytest.mark.parametrize("kind", ["sd15", "sdxl"])
async def test_a_folder_and_a_file_of_the_same_weights_draw_the_same(
    shared_executor: Executor, kind: str
) -> None:
    folder = await picture_of(shared_executor, a_request(model=kind))
    file = await picture_of(shared_executor, a_request(model=f"{kind}.safetensors"))
    assert difference(folder.rgb, file.rgb) <= 1


async def test_a_picture_is_wider_than_high_when_asked(shared_executor: Executor) -> None:
    picture = await picture_of(shared_executor, a_request(width=128, height=72))
    assert (picture.width, picture.height, len(picture.rgb)) == (128, 72, 128 * 72 * 3)


@pytest.mark.parametrize("sampler", ["", "euler_a", "dpmpp_2m_sde"])
async def test_a_request_draws_the_same_bytes_whatever_ran_before(
    shared_executor: Executor, sampler: str
) -> None:
    first = await picture_of(shared_executor, a_request(sampler=sampler))
    await picture_of(shared_executor, a_request(sampler=sampler, seed=7, steps=5, width=128, negative="blue"))
    await picture_of(shared_executor, a_request(model="sdxl", sampler=sampler))
    torch.rand(3)
    assert first == await picture_of(shared_executor, a_request(sampler=sampler))


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"prompt": "a blue cat"},
        {"negative": "fog"},
        {"guidance": 1.0},
        {"steps": 4},
        {"sampler": "heun"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_each_parameter_changes_the_picture(
    shared_executor: Executor, change: dict[str, object]
) -> None:
    assert await picture_of(shared_executor, a_request()) != await picture_of(
        shared_executor, a_request(**change)
    )


async def test_strength_says_how_far_the_picture_leaves_its_start(shared_executor: Executor) -> None:
    pictures = [
        await picture_of(shared_executor, a_request(image=a_png(), strength=strength, steps=10))
        for strength in (0.0, 0.1, 0.5, 1.0)
    ]
    start, same, middle, far = (
        torch.frombuffer(bytearray(p.rgb), dtype=torch.uint8).float() for p in pictures
    )
    assert start.equal(same), "no strength still takes one step of ten"
    assert (start - middle).abs().mean() < (start - far).abs().mean()


async def test_a_mask_confines_the_drawing(shared_executor: Executor) -> None:
    whole = a_request(image=a_png(), strength=0.9)
    masked = a_request(image=a_png(), strength=0.9, mask=a_mask())
    assert await picture_of(shared_executor, whole) != await picture_of(shared_executor, masked)
    nothing = a_request(image=a_png(), strength=0.9, mask=a_png("black", "L"))
    other = a_request(image=a_png(), strength=0.9, mask=a_png("black", "L"), prompt="a blue cat")
    assert await picture_of(shared_executor, nothing) == await picture_of(shared_executor, other)


@pytest.mark.parametrize("task", [0, 1, 2], ids=["text", "image", "inpaint"])
@pytest.mark.parametrize("kind", ["sd15", "sdxl"])
async def test_the_picture_is_the_one_of_the_stock_pipeline(
    shared_executor: Executor, models: Path, kind: str, task: int
) -> None:
    images = ({}, {"image": a_png()}, {"image": a_png(), "mask": a_mask()})[task]
    request = a_request(model=kind, negative="fog", sampler="dpmpp_2m", steps=4, **images)
    stock = STOCK[kind][0].from_pretrained(models / kind, use_safetensors=True)
    expected = _stock_picture(STOCK[kind][task].from_pipe(stock), request)
    drawn = await picture_of(shared_executor, request)
    assert difference(drawn.rgb, expected.tobytes()) <= 1


def _stock_picture(pipeline: DiffusionPipeline, request: ImageRequest) -> Image.Image:
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = build_scheduler(request.sampler, pipeline.scheduler)
    given = {
        "image": request.image and Image.open(BytesIO(request.image)),
        "mask_image": request.mask and Image.open(BytesIO(request.mask)),
        "strength": request.image and request.strength,
        "width": None if request.image and not request.mask else request.width,
        "height": None if request.image and not request.mask else request.height,
    }
    picture: Image.Image = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance,
        generator=torch.Generator().manual_seed(request.seed),
        **{name: value for name, value in given.items() if value is not None},
    ).images[0]
    return picture


@pytest.mark.long
async def test_half_precision_draws_nearly_the_same_and_repeats_itself(
    shared_executor: Executor, catalogue: ModelCatalogue
) -> None:
    """On the CPU here, for want of a GPU; SDXL's autoencoder goes to fp32 and back."""
    halves = EngineOptions(device="cpu", precision="float16", threads=1)
    async with Executor(catalogue, halves) as executor:
        for request in (a_request(), a_request(model="sdxl"), a_request(model="sdxl", image=a_png())):
            half = await picture_of(executor, request)
            assert half == await picture_of(executor, request)
            full = await picture_of(shared_executor, request)
            assert half != full
            assert difference(half.rgb, full.rgb) < 64


@pytest.mark.parametrize("sampler", few(SAMPLERS, 5))
async def test_every_sampler_draws_in_few_steps_and_from_a_picture(
    shared_executor: Executor, sampler: str
) -> None:
    for steps in (1, 2):
        await picture_of(shared_executor, a_request(sampler=sampler, steps=steps))
    await picture_of(shared_executor, a_request(sampler=sampler, steps=4, image=a_png(), strength=0.5))


@pytest.mark.long
async def test_samplers_differ_from_one_another(shared_executor: Executor) -> None:
    pictures = [await picture_of(shared_executor, a_request(sampler=name, steps=6)) for name in SAMPLERS]
    assert len({picture.rgb for picture in pictures}) == len(SAMPLERS)


async def test_progress_counts_the_steps_that_run(shared_executor: Executor) -> None:
    request = a_request(image=a_png(), strength=0.5, steps=8)
    events = [event for event in await events_of(shared_executor, request) if isinstance(event, Progress)]
    assert {event.total for event in events} == {4}
    assert [event.step for event in events] == sorted({event.step for event in events})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sampler": "eular"}, "There is no sampler 'eular'; the samplers are: euler, "),
        ({"sampler": "lcm", "steps": 51}, "The sampler lcm takes at most 50 steps, not 51."),
        ({"model": "dall-e"}, "There is no model 'dall-e'; the models here are: sd15, sdxl, "),
        ({"image": b"%PDF-1.7"}, "The picture cannot be read; send a PNG, JPEG or WebP file."),
        ({"image": a_png()[:60]}, "The picture cannot be read; send a PNG, JPEG or WebP file."),
        ({"image": a_png(), "mask": b""}, "The mask cannot be read; send a PNG, JPEG or WebP file."),
    ],
)
async def test_what_cannot_be_drawn_is_refused_with_a_legal_value(
    shared_executor: Executor, change: dict[str, object], words: str
) -> None:
    failed = await failure_of(shared_executor, a_request(**change))
    assert failed.sentence.startswith(words)
    assert failed.refused


async def test_a_prompt_too_long_for_the_text_encoder_is_cut_and_not_logged(
    shared_executor: Executor, caplog: pytest.LogCaptureFixture
) -> None:
    prompt = "a secret " * 200
    assert await picture_of(shared_executor, a_request(prompt=prompt + "house")) == await picture_of(
        shared_executor, a_request(prompt=prompt + "cat")
    )
    assert "secret" not in caplog.text


async def test_a_gif_is_no_start_picture(shared_executor: Executor) -> None:
    file = BytesIO()
    Image.new("RGB", (64, 64)).save(file, "GIF")
    assert (await failure_of(shared_executor, a_request(image=file.getvalue()))).refused
