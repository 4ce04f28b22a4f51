"""Which models are in memory, and what they take there."""

from __future__ import annotations

import asyncio
import logging

import pytest
import torch

from engine.catalogue import ModelCatalogue
from engine.devices import plan_device
from engine.digests import Digests
from engine.errors import UnknownModel
from engine.executor import Executor
from engine.models import load_model, size_of
from engine.networks import SharedModel
from engine.options import EngineOptions
from engine.shelf import Shelf
from tests.engine.asking import a_request, picture_of
from tests.engine.crowds import Studio


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("name", ["sd15", "sdxl", "sd15.safetensors", "sdxl.safetensors"])
def test_the_size_of_a_model_is_known_before_it_is_loaded(
    catalogue: ModelCatalogue, name: str, precision: str
) -> None:
    source, plan = catalogue.get(name), plan_device("cpu", precision)
    parts = load_model(source, plan, Digests()).pipeline.components.values()
    tensors = [
        tensor for part in parts if isinstance(part, torch.nn.Module) for tensor in part.state_dict().values()
    ]
    assert size_of(source, plan) == sum(tensor.nbytes for tensor in tensors)


def test_weights_kept_in_half_precision_are_counted_as_they_will_be_in_memory(
    exact: Studio, small_catalogue: ModelCatalogue
) -> None:
    exact.pipeline("demo")
    assert size_of(small_catalogue.get("demo"), plan_device("cpu")) == exact.bench.model("demo").bytes


def a_shelf(studio: Studio, *together: str, catalogue: ModelCatalogue) -> Shelf:
    """With room for these together, whose models are those of the studio."""

    def model(name: str) -> SharedModel:
        studio.pipeline(name)
        return studio.bench.model(name)

    budget = int(sum(model(name).bytes for name in together) / 0.8) + 2
    plan = plan_device("cpu")
    return Shelf(
        catalogue, budget, plan, lambda source: model(source.name), lambda source: model(source.name).bytes
    )


def test_the_model_that_rested_longest_leaves_for_another(
    exact: Studio, small_catalogue: ModelCatalogue
) -> None:
    shelf = a_shelf(exact, "sd15", "sdxl", catalogue=small_catalogue)
    for name in ("sd15", "sdxl", "sd15"):
        shelf.get(name)
    assert set(shelf.loaded) == {"sd15", "sdxl"}
    shelf = a_shelf(exact, "sdxl", "demo", catalogue=small_catalogue)
    for name in ("sdxl", "sd15", "sdxl", "demo"):
        shelf.get(name)
    assert list(shelf.loaded) == ["sdxl", "demo"]


def test_a_model_in_use_is_never_let_go(exact: Studio, small_catalogue: ModelCatalogue) -> None:
    shelf = a_shelf(exact, "sd15", catalogue=small_catalogue)
    shelf.get("sd15")
    shelf.users["sd15"] += 1
    assert not shelf.loadable("sdxl"), "the door waits with it"
    assert shelf.loadable("nobodys"), "to hear why it cannot be"
    with pytest.raises(UnknownModel):
        shelf.get("nobodys")
    assert not shelf.spare()
    shelf.clear()
    assert list(shelf.loaded) == ["sd15"]
    shelf.users["sd15"] -= 1
    assert shelf.loadable("sdxl")
    shelf.get("sdxl")
    assert list(shelf.loaded) == ["sdxl"]


def test_a_model_alone_is_tried_whatever_its_size(exact: Studio, small_catalogue: ModelCatalogue) -> None:
    shelf = Shelf(
        small_catalogue,
        1,
        plan_device("cpu"),
        lambda source: exact.bench.model(source.name),
        lambda _: 10**12,
    )
    assert shelf.loadable("sd15")
    assert shelf.get("sd15").bytes > 1
    assert shelf.spare()
    assert not shelf.loaded


@pytest.mark.long
async def test_a_model_leaves_the_memory_when_nobody_came_for_a_while(
    catalogue: ModelCatalogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "engine")
    async with Executor(catalogue, EngineOptions(device="cpu", threads=1, idle_s=0.2)) as executor:
        first = await picture_of(executor, a_request())
        while "The model sd15 leaves the memory" not in caplog.text:
            await asyncio.sleep(0.05)
        assert await picture_of(executor, a_request()) == first
