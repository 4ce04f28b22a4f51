"""A byte-level CLIP tokenizer for the picture world: known words are one token, any other text falls back to bytes."""

from __future__ import annotations

import json

from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import CLIPTokenizer

from engine.demo.world import vocabulary

_WORD_END = "</w>"
_START, _END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 77  # tokens, as every CLIP text encoder of Stable Diffusion takes


def build() -> CLIPTokenizer:
    """CLIP's own layout of ids: bytes, bytes that end a word, merges in order, the two marks."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = _merges(letters)
    tokens = [*letters, *(letter + _WORD_END for letter in letters), *("".join(pair) for pair in merges)]
    ids = {token: i for i, token in enumerate([*dict.fromkeys(tokens), _START, _END])}
    return CLIPTokenizer(vocab=ids, merges=merges, model_max_length=LENGTH)


def _merges(letters: list[str]) -> list[tuple[str, str]]:
    """Learn merges until each word of the captions is one token."""
    learner = Tokenizer(models.BPE(end_of_word_suffix=_WORD_END))
    learner.pre_tokenizer = CLIPTokenizer().backend_tokenizer.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=2000, initial_alphabet=letters, end_of_word_suffix=_WORD_END, show_progress=False
    )
    learner.train_from_iterator((text.lower() for text in vocabulary()), trainer)
    return [(left, right) for left, right in json.loads(learner.to_str())["model"]["merges"]]
