"""Loads a model of the settings: from a folder, one file or the hub, checked before any weight is read."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.loaders.single_file_utils import SingleFileComponentError
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError

from engine.catalogue import ModelKind, ModelSource
from engine.devices import DevicePlan
from engine.digests import Digests
from engine.errors import ModelError
from engine.sentence import say
from engine.weights import (
    COMPONENTS,
    Configuration,
    Weights,
    inspect_checkpoint,
    inspect_configuration,
    inspect_weights,
    read_shapes,
    weighted_components,
)

_log = logging.getLogger(__name__)

_PIPELINES = {
    ModelKind.SD15: diffusers.StableDiffusionPipeline,
    ModelKind.SDXL: diffusers.StableDiffusionXLPipeline,
}
_FAMILIES = {
    ModelKind.SD15: (
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "451f4fe16113bff5a5d2269ed5ad43b0592e9a14",
    ),
    ModelKind.SDXL: ("stabilityai/stable-diffusion-xl-base-1.0", "462165984030d82259a11f4367a4eed129e94a7b"),
}  # where the configuration of a lone file comes from, unless a folder gives it


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model on its device. `pipeline` is diffusers' text-to-image pipeline, from whose components every
    request makes a pipeline of its own; nothing runs on this one. `digest` is the sha256 of the weights."""

    name: str
    kind: ModelKind
    pipeline: Any
    digest: str
    plan: DevicePlan


def load_model(source: ModelSource, plan: DevicePlan, digests: Digests) -> LoadedModel:
    """Blocks for seconds or, on a first download, minutes. Raises `ModelError`."""
    with _as_model_errors(source.name):
        path = _download(source) if source.revision else source.path
        model = (_open_folder if path.is_dir() else _open_checkpoint)(path, source, plan, digests)
        model.pipeline.set_progress_bar_config(disable=True)
        model.pipeline.to(plan.device)
    return model


def size_of(source: ModelSource, plan: DevicePlan) -> int:
    """Bytes of its weights in memory; 0 where they are not on this machine yet. Raises `ModelError`."""
    if source.revision:
        return 0
    with _as_model_errors(source.name):
        files = [source.path]
        if source.path.is_dir():
            kind = inspect_configuration(source.path).kind
            files = [
                file for part in inspect_weights(source.path, kind, source.variant) for file in part.files
            ]
        shapes = [shape for file in files for shape in read_shapes(file).values()]
    return sum(map(math.prod, shapes)) * plan.dtype.itemsize


def _open_folder(root: Path, source: ModelSource, plan: DevicePlan, digests: Digests) -> LoadedModel:
    configuration = inspect_configuration(root)
    weights = inspect_weights(root, configuration.kind, source.variant)
    digest = digests.of_files(root, [file for part in weights for file in part.files])
    _check(source, configuration.kind, digest)
    modules = {part.component: _load_module(configuration, part, plan.dtype) for part in weights}
    pipeline = _PIPELINES[configuration.kind](**modules, **_other_arguments(configuration))
    return LoadedModel(source.name, configuration.kind, pipeline, digest, plan)


def _open_checkpoint(path: Path, source: ModelSource, plan: DevicePlan, digests: Digests) -> LoadedModel:
    kind = inspect_checkpoint(path)
    configuration = inspect_configuration(_configuration_folder(path, kind, source))
    if configuration.kind is not kind:
        raise ModelError(
            say("{file} is of the family {kind}, its configuration of {other}.",
                file=path.name, kind=kind, other=configuration.kind)
        )  # fmt: skip
    digest = digests.of_file(path)
    _check(source, kind, digest)
    pipeline = _PIPELINES[kind].from_single_file(
        str(path),
        config=str(configuration.root),
        torch_dtype=plan.dtype,
        local_files_only=True,
        **_other_arguments(configuration),
    )
    for name in weighted_components(kind):
        _check_complete(name, getattr(pipeline, name))
    return LoadedModel(source.name, kind, pipeline, digest, plan)


def _load_module(configuration: Configuration, weights: Weights, dtype: torch.dtype) -> torch.nn.Module:
    name = COMPONENTS[configuration.kind][weights.component]
    loader = getattr(transformers if name.startswith("CLIP") else diffusers, name)
    module: torch.nn.Module
    module, report = loader.from_pretrained(
        str(configuration.root),
        subfolder=weights.component,
        variant=weights.variant or None,
        torch_dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise _incomplete(weights.component, len(report["missing_keys"]))
    _check_complete(weights.component, module)
    return module


def _other_arguments(configuration: Configuration) -> dict[str, Any]:
    """What the pipeline takes beside its networks; it does not check pictures, as that comes later."""
    root = str(configuration.root)
    scheduler = getattr(diffusers, configuration.scheduler)
    arguments: dict[str, Any] = {
        "scheduler": scheduler.from_pretrained(root, subfolder="scheduler", local_files_only=True),
        "feature_extractor": None,
        "image_encoder": None,
    }
    for name in COMPONENTS[configuration.kind]:
        if name.startswith("tokenizer"):
            arguments[name] = transformers.CLIPTokenizer.from_pretrained(
                root, subfolder=name, local_files_only=True
            )
    if configuration.kind is ModelKind.SD15:
        return arguments | {"safety_checker": None, "requires_safety_checker": False}
    return arguments | {
        "force_zeros_for_empty_prompt": configuration.zeros_for_empty,
        "add_watermarker": False,
    }


def _configuration_folder(path: Path, kind: ModelKind, source: ModelSource) -> Path:
    """Named in the settings, or beside the file, or of the family on the hub."""
    folder = Path(source.config).expanduser() if source.config else path.with_suffix(".config")
    if source.config or folder.is_dir():
        return folder
    repository, revision = _FAMILIES[kind]
    try:
        return Path(
            snapshot_download(repository, revision=revision, allow_patterns=["*.json", "*/*.json", "*/*.txt"])
        )
    except (OSError, HfHubHTTPError) as error:
        raise ModelError(
            say("{file} has no configuration and tokenizer, and {repository} could not be reached; put a "
                "diffusers folder of the family {kind} (its weights are not needed) beside it as {folder}.",
                file=path.name, repository=repository, kind=kind, folder=folder.name)
        ) from error  # fmt: skip


def _download(source: ModelSource) -> Path:
    try:
        return Path(
            diffusers.DiffusionPipeline.download(
                source.source,
                revision=source.revision,
                variant=source.variant or None,
                use_safetensors=True,
                safety_checker=None,
                feature_extractor=None,
            )
        )
    except (OSError, HfHubHTTPError, ValueError) as error:
        raise ModelError(
            say("{source} could not be fetched from the hub at that revision with safetensors weights.",
                source=source.source)
        ) from error  # fmt: skip


def _check(source: ModelSource, kind: ModelKind, digest: str) -> None:
    if source.kind not in (None, kind):
        raise ModelError(
            say("Its files are of the family {kind}, the settings say {other}.", kind=kind, other=source.kind)
        )
    if source.sha256 not in ("", digest):
        raise ModelError(
            say("The sha256 of its weights is {digest}, the settings say {expected}.",
                digest=digest, expected=source.sha256)
        )  # fmt: skip


def _check_complete(component: str, module: torch.nn.Module) -> None:
    """A tensor that no file gave stays on torch's meta device."""
    missing = sum(tensor.is_meta for tensor in module.state_dict().values())
    if missing:
        raise _incomplete(component, missing)


def _incomplete(component: str, missing: int) -> ModelError:
    return ModelError(
        say("Its {component} weights are incomplete (tensors missing: {missing}).",
            component=component, missing=missing)
    )  # fmt: skip


@contextmanager
def _as_model_errors(name: str) -> Iterator[None]:
    """Say which model it was, and keep the libraries' own words, which name paths, for the log."""
    try:
        yield
    except ModelError as error:
        raise ModelError(
            say("The model {name} cannot be used. {reason}", name=name, reason=error.sentence)
        ) from error
    except torch.OutOfMemoryError:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError, SingleFileComponentError) as error:
        _log.exception("The model %s cannot be loaded", name)
        raise ModelError(
            say("The model {name} cannot be used. The owner finds the reason in the log.", name=name)
        ) from error
