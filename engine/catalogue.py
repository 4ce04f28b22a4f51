"""Which models and adapters there are and where their weights come from, by the settings; free of torch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import AdapterError, ModelError, UnknownModel
from engine.sentence import say

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRIGGER = re.compile(r"<?[a-z0-9][a-z0-9._-]{0,61}>?")


class ModelKind(StrEnum):
    """The families of models that the engine draws with."""

    SD15 = "sd15"
    SDXL = "sdxl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSource:
    """One model of the settings.

    `source` is a hub repository "owner/name" when `revision` (a commit of 40 hex digits) is given; otherwise
    it is a local diffusers folder or one .safetensors file. `config` is for a single file: a diffusers folder
    of its family, whose weights are not needed; by default the one beside the file that ends in .config, else
    the family's own from the hub. `variant` picks weights such as "fp16" in a folder or repository. `kind` and
    `sha256` (of the file, or `Digests.of_files` of a folder) are checked where given. Sides are pixels.
    Raises `ModelError` where a value cannot be right.
    """

    name: str
    source: str
    title: str = ""
    description: str = ""
    revision: str = ""
    variant: str = ""
    config: str = ""
    kind: ModelKind | None = None
    sha256: str = ""
    width: int = 512
    height: int = 512
    steps: int = 25
    guidance: float = 7.0
    sampler: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ModelError(
                f"The model name {brief(self.name)} is not 1 to 64 letters, digits and any of .-_"
            )
        if not self.source or "\0" in self.source:
            raise ModelError(f"The model {self.name} has no source; name a folder, a file or a hub id.")
        if self.revision and not _HUB_ID.fullmatch(self.source):
            raise ModelError(
                f"The model {self.name} has a revision but its source {brief(self.source)} is no hub id; "
                "a hub id looks like owner/name."
            )
        if self.revision and not _COMMIT.fullmatch(self.revision):
            raise ModelError(
                f"The revision of the model {self.name} is {brief(self.revision)}; "
                "pin a commit, 40 hexadecimal digits, which nobody can move."
            )
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise ModelError(f"The sha256 of the model {self.name} must be 64 lower-case hexadecimal digits.")

    @property
    def path(self) -> Path:
        """Where a local source lies. Raises `ModelError` with the way out where nothing is there."""
        path = Path(self.source).expanduser()
        if path.exists():
            return path
        if _HUB_ID.fullmatch(self.source):
            raise ModelError(
                f"The model {self.name} names no file or folder here; if {self.source} is a hub id, "
                "pin its revision (a commit of 40 hexadecimal digits)."
            )
        raise ModelError(f"The files of the model {self.name} are not where the settings say.")


class AdapterKind(StrEnum):
    """What can be added to a model: a LoRA, which a request names, or an embedding, which a prompt names."""

    LORA = "lora"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSource:
    """One LoRA or textual-inversion embedding of the settings: a local .safetensors `file`.

    `model` is the family that it is made for, where the settings say so. `trigger` is the word that brings an
    embedding into a prompt, by default its name in angle brackets. `sha256` is checked where given.
    Raises `AdapterError` where a value cannot be right.
    """

    name: str
    file: str
    kind: AdapterKind
    model: ModelKind | None = None
    title: str = ""
    trigger: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise AdapterError(
                f"The adapter name {brief(self.name)} is not 1 to 64 letters, digits and any of .-_"
            )
        if not self.file or "\0" in self.file:
            raise AdapterError(f"The adapter {self.name} has no file; name a .safetensors file.")
        if self.trigger and self.kind is AdapterKind.LORA:
            raise AdapterError(f"The adapter {self.name} is a LoRA, which has no trigger; leave it out.")
        if self.trigger and not _TRIGGER.fullmatch(self.trigger):
            raise AdapterError(
                f"The trigger of the adapter {self.name} is {brief(self.trigger)}; it must be lower-case letters, "
                f"digits and any of .-_ such as <{self.name.lower()}>."
            )
        if self.sha256 and not _SHA256.fullmatch(self.sha256):
            raise AdapterError(
                f"The sha256 of the adapter {self.name} must be 64 lower-case hexadecimal digits."
            )

    @property
    def word(self) -> str:
        """What a prompt must contain for an embedding to act."""
        return self.trigger or f"<{self.name.lower()}>"


class ModelCatalogue:
    """The models that members may draw with, in the order of the settings, the first being the default; and
    the adapters that may act on them. Raises `ModelError` and `AdapterError` where two are called alike."""

    def __init__(self, sources: Iterable[ModelSource], adapters: Iterable[AdapterSource] = ()) -> None:
        self._sources: dict[str, ModelSource] = {}
        for source in sources:
            if source.name in self._sources:
                raise ModelError(f"Two models are called {source.name}; give each a name of its own.")
            self._sources[source.name] = source
        self.adapters = tuple(adapters)
        names = [adapter.name for adapter in self.adapters]
        words = [adapter.word for adapter in self.adapters if adapter.kind is AdapterKind.EMBEDDING]
        if name := _twice(names):
            raise AdapterError(f"Two adapters are called {name}; give each a name of its own.")
        if word := _twice(words):
            raise AdapterError(f"Two embeddings have the trigger {word}; give each a trigger of its own.")

    def __iter__(self) -> Iterator[ModelSource]:
        return iter(self._sources.values())

    def get(self, name: str) -> ModelSource:
        """Raises `UnknownModel` that names the known ones."""
        if name in self._sources:
            return self._sources[name]
        if not self._sources:
            raise UnknownModel(say("There is no model {name}, and none else yet.", name=brief(name)))
        raise UnknownModel(
            say("There is no model {name}; the models here are: {known}.",
                name=brief(name), known=", ".join(self._sources))
        )  # fmt: skip


def _twice(words: list[str]) -> str | None:
    return next((word for word in words if words.count(word) > 1), None)


def brief(text: str, length: int = 40) -> str:
    """Someone else's text, quoted on one line and short enough for a sentence."""
    return ascii(text if len(text) <= length else text[: length - 1] + "…")
