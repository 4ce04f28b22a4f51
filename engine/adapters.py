"""LoRAs and textual-inversion embeddings on a loaded model: many may be loaded, and few act at a time."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError

from engine.adapter_files import check_file, count_layers, read_embedding, read_lora
from engine.catalogue import AdapterKind, AdapterSource, ModelKind, brief
from engine.digests import Digests
from engine.errors import AdapterError, ModelError, UnknownAdapter
from engine.events import UsedAdapter
from engine.request import AdapterUse, RequestError, normalise
from engine.sentence import say

_log = logging.getLogger(__name__)

KEPT = 8  # LoRAs that stay loaded; a large one has some hundred MB


class Adapters:
    """The adapters of one loaded model; lives on the engine's thread, and runs none of its networks.

    `pipeline` is the model's, whose networks, tokenizers and embeddings change in place. Between forwards they
    are always as the last `activate` left them.
    """

    def __init__(
        self,
        pipeline: Any,
        kind: ModelKind,
        sources: Iterable[AdapterSource],
        digests: Digests | None = None,
        kept: int = KEPT,
    ) -> None:
        self._pipeline, self._kind, self._kept = pipeline, kind, kept
        self._digests = digests or Digests()
        self._sources = {source.name: source for source in sources}
        self._slots = {name: f"slot{i:05}" for i, name in enumerate(self._sources)}  # names without dots
        self._loras: OrderedDict[str, str] = OrderedDict()  # name to sha256, the last used at the end
        self._embedded: dict[str, str] = {}  # name to sha256
        self._active: tuple[AdapterUse, ...] = ()
        self._layers: list[Any] = []

    def load(self, uses: tuple[AdapterUse, ...], prompt_texts: tuple[str, ...]) -> tuple[UsedAdapter, ...]:
        """Have all loaded that a request names, and the embeddings whose trigger is in its texts.

        Nothing acts differently until the next `activate`. Returns what will act. Blocks while it reads files.
        Raises `RequestError`, `UnknownAdapter` that names the known ones, and `AdapterError`.
        """
        for use in uses:
            self._lora(use.name)
        wanted = normalise(uses)
        self._load_loras(wanted)
        loras = [UsedAdapter(use.name, use.weight, self._loras[use.name]) for use in wanted]
        embeddings = [
            UsedAdapter(source.name, 1.0, self._load_embedding(source))
            for source in self._called(prompt_texts)
        ]
        return (*loras, *embeddings)

    @property
    def plain(self) -> bool:
        """Whether no LoRA acts now."""
        return not self._active

    def activate(self, uses: tuple[AdapterUse, ...]) -> None:
        """Make exactly these LoRAs act on denoiser and text encoders; none means the plain model, bit by bit.

        Raises as `load` does where one had to make room for others and cannot be loaded again.
        """
        wanted = normalise(uses)
        if wanted != self._active:
            self._load_loras(wanted)
            self._active = wanted
            self._apply()

    def spelled(self, text: str) -> str:
        """A text with the triggers in lower case, which the tokenizer and diffusers then see alike."""
        words = sorted((source.word for source in self._embeddings()), key=len, reverse=True)
        if not words:
            return text
        pattern = "|".join(map(re.escape, words))
        return re.sub(pattern, lambda match: match[0].lower(), text, flags=re.IGNORECASE | re.ASCII)

    def _load_loras(self, wanted: tuple[AdapterUse, ...]) -> None:
        sources = [self._lora(use.name) for use in wanted]
        for source in sources:
            if source.name not in self._loras:
                self._make_room({use.name for use in (*wanted, *self._active)})
                self._load_lora(source)
            self._loras.move_to_end(source.name)

    def _lora(self, name: str) -> AdapterSource:
        loras = [source.name for source in self._sources.values() if source.kind is AdapterKind.LORA]
        if name in loras:
            return self._sources[name]
        if name in self._sources:
            word = self._sources[name].word
            raise RequestError(
                say("The adapter {name} is an embedding; write {word} into the prompt instead.",
                    name=name, word=word)
            )  # fmt: skip
        if not loras:
            raise UnknownAdapter(say("There is no LoRA {name}, and none else yet.", name=brief(name)))
        raise UnknownAdapter(
            say("There is no LoRA {name}; the LoRAs here are: {known}.",
                name=brief(name), known=", ".join(loras))
        )  # fmt: skip

    def _load_lora(self, source: AdapterSource) -> None:
        with _as_adapter_errors(source):
            self._check_family(source)
            path, digest = check_file(source, self._digests)
            tensors = read_lora(path, self._pipeline.unet.dtype)
            slot, whole = self._slots[source.name], False
            try:
                self._pipeline.load_lora_weights(tensors, adapter_name=slot)
                whole = self._count_loaded(slot) == count_layers(tensors)
            finally:
                if not whole:
                    self._delete(slot)
                self._find_layers()
                self._apply()
            if not whole:
                raise AdapterError(
                    say("{file} does not fit a model of the family {kind}.", file=path.name, kind=self._kind)
                )
            self._loras[source.name] = digest

    def _count_loaded(self, slot: str) -> int:
        """The tensors that got in; one that no file gave would stay on torch's meta device."""
        tensors = [
            matrices[slot].weight
            for layer in self._tuner_layers()
            for matrices in (layer.lora_A, layer.lora_B)
            if slot in matrices
        ]
        return sum(not tensor.is_meta for tensor in tensors)

    def _make_room(self, needed: set[str]) -> None:
        idle = [name for name in self._loras if name not in needed]
        for name in idle[: max(0, len(self._loras) + 1 - self._kept)]:
            del self._loras[name]
            self._delete(self._slots[name])

    def _delete(self, slot: str) -> None:
        self._pipeline.delete_adapters(slot)
        if not self._loras:
            self._pipeline.unload_lora_weights()  # puts the model's own layers back into their places

    def _find_layers(self) -> None:
        self._layers = list(self._tuner_layers())

    def _tuner_layers(self) -> Iterator[Any]:
        for part in ("unet", "text_encoder", "text_encoder_2"):
            network = getattr(self._pipeline, part, None)
            if network is not None:
                yield from (layer for layer in network.modules() if isinstance(layer, BaseTunerLayer))

    def _apply(self) -> None:
        """As diffusers' `set_adapters`, which walks through all modules instead of those that LoRAs act on."""
        slots = [self._slots[use.name] for use in self._active]
        for layer in self._layers:
            layer.set_adapter(slots, inference_mode=True)
            for slot, use in zip(slots, self._active, strict=True):
                layer.set_scale(slot, use.weight)

    def _embeddings(self) -> list[AdapterSource]:
        return [source for source in self._sources.values() if source.kind is AdapterKind.EMBEDDING]

    def _called(self, texts: tuple[str, ...]) -> list[AdapterSource]:
        """The tokenizer finds a trigger anywhere in a text, once it has been put into its own spelling."""
        embeddings = self._embeddings()
        if not embeddings:
            return []
        spelling = self._pipeline.tokenizer.backend_tokenizer.normalizer
        spelt = [spelling.normalize_str(text) for text in texts]
        return [source for source in embeddings if any(source.word in text for text in spelt)]

    def _load_embedding(self, source: AdapterSource) -> str:
        if source.name not in self._embedded:
            with _as_adapter_errors(source):
                self._check_family(source)
                path, digest = check_file(source, self._digests)
                tensors = read_embedding(path, self._kind)
                parts = self._encoders()
                for tensor, (tokenizer, encoder) in zip(tensors, parts, strict=True):
                    self._check_fits(source.word, tensor, tokenizer, encoder)
                for tensor, (tokenizer, encoder) in zip(tensors, parts, strict=True):
                    _mark_end(tokenizer, encoder)
                    self._pipeline.load_textual_inversion(
                        tensor, token=source.word, tokenizer=tokenizer, text_encoder=encoder
                    )
            self._embedded[source.name] = digest
        return self._embedded[source.name]

    def _encoders(self) -> list[tuple[Any, Any]]:
        pipeline = self._pipeline
        pairs = [(pipeline.tokenizer, pipeline.text_encoder)]
        if self._kind is ModelKind.SDXL:
            pairs.append((pipeline.tokenizer_2, pipeline.text_encoder_2))
        return pairs

    def _check_fits(self, word: str, tensor: torch.Tensor, tokenizer: Any, encoder: Any) -> None:
        width = encoder.get_input_embeddings().embedding_dim
        if tensor.shape[1] != width:
            raise AdapterError(
                say("Its vectors have {length} numbers, those of a model of the family {kind} {width}.",
                    length=tensor.shape[1], kind=self._kind, width=width)
            )  # fmt: skip
        words = [word, *(f"{word}_{i}" for i in range(1, len(tensor) + 1))]
        taken = next((word for word in words if len(tokenizer.tokenize(word)) == 1), None)
        if taken is not None:
            raise AdapterError(
                say("The model knows the word {word} already; choose another trigger, such as {other}.",
                    word=taken, other=f"<my-{word.strip('<>')}>")
            )  # fmt: skip

    def _check_family(self, source: AdapterSource) -> None:
        if source.model not in (None, self._kind):
            raise AdapterError(
                say("It is for models of the family {other}, this one is {kind}.",
                    other=source.model, kind=self._kind)
            )  # fmt: skip


def _mark_end(tokenizer: Any, encoder: Any) -> None:
    """Old configurations, which say 2, take the highest token for a prompt's end; added ones are higher."""
    network = getattr(encoder, "text_model", encoder)
    if network.eos_token_id == 2:
        network.eos_token_id = tokenizer.eos_token_id


@contextmanager
def _as_adapter_errors(source: AdapterSource) -> Iterator[None]:
    """Say which adapter it was, and keep the libraries' own words, which name paths, for the log."""
    try:
        yield
    except (AdapterError, ModelError) as error:
        raise AdapterError(
            say("The adapter {name} cannot be used. {reason}", name=source.name, reason=error.sentence)
        ) from error
    except torch.OutOfMemoryError:
        raise
    except (
        OSError,
        ValueError,
        RuntimeError,
        LookupError,
        TypeError,
        AttributeError,
        SafetensorError,
    ) as error:
        _log.exception("The adapter %s cannot be loaded", source.name)
        raise AdapterError(
            say("The adapter {name} cannot be used with this model. The owner finds the reason in the log.",
                name=source.name)
        ) from error  # fmt: skip
