"""A prompt becomes the embeddings that the stock pipelines' calls take in place of its text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from engine.catalogue import ModelKind
from engine.emphasis import Stretch, parse_emphasis

MAX_CHUNKS = 8
_LENGTH = 77  # tokens of every CLIP text encoder, the begin and end marks included
_ROOM = _LENGTH - 2
_LOOK_BACK = 20  # tokens that a chunk may leave free to end well


@dataclass(frozen=True, slots=True)
class Prompt:
    """`embeds` and `negative_embeds` are (1, 77 · chunks, width), the same number of chunks in both; `pooled` and
    `negative_pooled` are (1, width of the second text encoder), for SDXL only. Without guidance there is
    nothing negative. The tensors may be shared with other requests, so none is written to."""

    embeds: torch.Tensor
    negative_embeds: torch.Tensor | None
    pooled: torch.Tensor | None
    negative_pooled: torch.Tensor | None

    def arguments(self) -> dict[str, torch.Tensor | None]:
        """Of the pipeline's call, in place of `prompt` and `negative_prompt`."""
        arguments = {"prompt_embeds": self.embeds, "negative_prompt_embeds": self.negative_embeds}
        if self.pooled is None:
            return arguments
        return arguments | {
            "pooled_prompt_embeds": self.pooled,
            "negative_pooled_prompt_embeds": self.negative_pooled,
        }


@dataclass(frozen=True, slots=True)
class _Encoding:
    """One text's share of a `Prompt`."""

    embeds: torch.Tensor
    pooled: torch.Tensor | None

    @property
    def chunks(self) -> int:
        return self.embeds.shape[1] // _LENGTH

    def zeros(self) -> _Encoding:
        pooled = None if self.pooled is None else torch.zeros_like(self.pooled)
        return _Encoding(torch.zeros_like(self.embeds), pooled)


@dataclass(frozen=True, slots=True)
class _Token:
    id: int
    piece: str
    weight: float


class PromptEncoder:
    """The encodings of one model's prompts, of which the latest `capacity` chunks of 77 tokens are kept.

    A text of one chunk without weights is encoded as the stock pipeline does it. Any other is cut into chunks of
    at most 75 tokens and their marks, at a comma or a word's end if one is near and at each BREAK; they are the
    rows of one call of each text encoder, and what goes beyond `MAX_CHUNKS` is left out. The shorter of prompt
    and negative prompt is lengthened by encodings of the empty text. So a result depends on nothing but the
    request's own texts and adapters. A call may switch to other requests, which may encode meanwhile.
    """

    def __init__(self, pipeline: Any, kind: ModelKind, capacity: int = 128) -> None:
        self._pipeline = pipeline
        self._kind = kind
        self._suffixes = ("",) if kind is ModelKind.SD15 else ("", "_2")
        self._zeros_for_empty = kind is ModelKind.SDXL and pipeline.config.force_zeros_for_empty_prompt
        self._capacity = capacity
        self._kept: OrderedDict[Hashable, _Encoding] = OrderedDict()

    def encode(self, prompt: str, negative: str, *, guided: bool, adapters: Hashable = ()) -> Prompt:
        """`adapters` stands for all that acts on the text encoders or adds tokens now. Tensors are on the model's
        device, in its precision. Raises `RequestError` on a weight that is out of range."""
        wanted = self._encoding(prompt, adapters)
        if not guided:
            return Prompt(wanted.embeds, None, wanted.pooled, None)
        zeros = self._zeros_for_empty and not negative
        unwanted = wanted.zeros() if zeros else self._encoding(negative, adapters)
        chunks = max(wanted.chunks, unwanted.chunks)
        embeds, negative_embeds = (self._lengthened(one, chunks, adapters) for one in (wanted, unwanted))
        return Prompt(embeds, negative_embeds, wanted.pooled, unwanted.pooled)

    def _encoding(self, text: str, adapters: Hashable) -> _Encoding:
        key = (adapters, text)
        if key not in self._kept:
            encoding = self._encode(text)
            self._kept.setdefault(key, encoding)  # another request may have kept its own meanwhile
        self._kept.move_to_end(key)
        encoding = self._kept[key]
        while sum(kept.chunks for kept in self._kept.values()) > self._capacity:
            self._kept.popitem(last=False)
        return encoding

    def _lengthened(self, encoding: _Encoding, chunks: int, adapters: Hashable) -> torch.Tensor:
        missing = chunks - encoding.chunks
        if not missing:
            return encoding.embeds
        return torch.cat([encoding.embeds] + [self._encoding("", adapters).embeds] * missing, dim=1)

    def _encode(self, text: str) -> _Encoding:
        parts = parse_emphasis(text)
        chunks = [self._chunks(self._component("tokenizer", suffix), parts) for suffix in self._suffixes]
        count = max(map(len, chunks))
        if count == 1 and all(stretch.weight == 1 for stretch in parts[0]):
            return self._encode_as_stock("".join(stretch.text for stretch in parts[0]))
        rows = [[*some, *[[]] * (count - len(some))] for some in chunks]
        encodings = [self._encode_rows(*pair) for pair in zip(self._suffixes, rows, strict=True)]
        return _Encoding(torch.cat([encoding.embeds for encoding in encodings], dim=-1), encodings[-1].pooled)

    def _encode_as_stock(self, text: str) -> _Encoding:
        embeds, _, *pooled = self._pipeline.encode_prompt(
            text,
            device=self._pipeline._execution_device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=False,
        )
        return _Encoding(embeds, pooled[0] if pooled else None)

    def _encode_rows(self, suffix: str, rows: list[list[_Token]]) -> _Encoding:
        """One text encoder's, whose call has the very arguments that the stock pipeline gives it."""
        tokenizer, encoder = self._component("tokenizer", suffix), self._component("text_encoder", suffix)
        device = self._pipeline._execution_device
        ids = torch.tensor([_padded_ids(tokenizer, row) for row in rows], device=device)
        weights = torch.tensor([_padded_weights(row) for row in rows], device=device)
        if self._kind is ModelKind.SD15:
            states, pooled = encoder(ids, attention_mask=None)[0], None
        else:
            output = encoder(ids, output_hidden_states=True)
            states, pooled = output.hidden_states[-2], output[0][:1].clone()  # not a view of all the rows
        return _Encoding(_weighted(states, weights).reshape(1, -1, states.shape[-1]), pooled)

    def _chunks(self, tokenizer: Any, parts: list[list[Stretch]]) -> list[list[_Token]]:
        """One chunk at least, `MAX_CHUNKS` at most."""
        chunks = [chunk for part in parts for chunk in _split(self._tokens(tokenizer, part))]
        return chunks[:MAX_CHUNKS] or [[]]

    def _tokens(self, tokenizer: Any, part: list[Stretch]) -> list[_Token]:
        texts = self._pipeline.maybe_convert_prompt([stretch.text for stretch in part], tokenizer)
        rows = tokenizer(texts, add_special_tokens=False, verbose=False).input_ids
        return [
            _Token(id, piece, stretch.weight)
            for stretch, row in zip(part, rows, strict=True)
            for id, piece in zip(row, tokenizer.convert_ids_to_tokens(row), strict=True)
        ]

    def _component(self, name: str, suffix: str) -> Any:
        """Asked for anew each time, as a model's text encoders may be taken away and brought back."""
        return getattr(self._pipeline, name + suffix)


def _split(tokens: list[_Token]) -> Iterator[list[_Token]]:
    while tokens:
        end = _end_of_chunk(tokens)
        yield tokens[:end]
        tokens = tokens[end:]


def _end_of_chunk(tokens: list[_Token]) -> int:
    """After the last comma in reach, else after the last whole word, else where the chunk is full."""
    if len(tokens) <= _ROOM:
        return len(tokens)
    reach = range(_ROOM, _ROOM - _LOOK_BACK, -1)
    commas = (end for end in reach if tokens[end - 1].piece == ",</w>")
    words = (end for end in reach if tokens[end - 1].piece.endswith("</w>"))
    return next(commas, next(words, _ROOM))


def _padded_ids(tokenizer: Any, row: list[_Token]) -> list[int]:
    ids = [tokenizer.bos_token_id, *(token.id for token in row), tokenizer.eos_token_id]
    return ids + [tokenizer.pad_token_id] * (_LENGTH - len(ids))


def _padded_weights(row: list[_Token]) -> list[float]:
    weights = [1.0, *(token.weight for token in row)]
    return weights + [1.0] * (_LENGTH - len(weights))


def _weighted(states: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Each token's vector times its weight, then each chunk scaled back to its mean magnitude, so that a chunk
    without weights stays as it is. `states` is (chunks, 77, width), `weights` (chunks, 77).

    As AUTOMATIC1111's webui does it, but for the mean: there it is the signed one, which lies near zero, so that
    its ratio may blow a prompt up or turn its sign (issue 14867 there).
    """
    plain = states.float()
    strong = plain * weights[:, :, None]
    restored = strong * (_magnitude(plain) / _magnitude(strong))
    return restored.to(states.dtype)


def _magnitude(states: torch.Tensor) -> torch.Tensor:
    return states.abs().mean(dim=(1, 2), keepdim=True)
