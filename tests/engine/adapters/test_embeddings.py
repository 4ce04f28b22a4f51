"""Embeddings act where their trigger is, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.catalogue import ModelKind
from engine.errors import AdapterError
from engine.request import AdapterUse
from tests.engine.adapters.studio import Studio, embedding, same


def test_an_embedding_acts_where_its_trigger_is_and_nowhere_else(studio: Studio) -> None:
    others = ("a red house", "", "one three <on e> <thre>", "A RED house, one>")
    before = [studio.encode(text) for text in others]
    unknown = studio.encode("a <one> house"), studio.encode("a <three> house")
    size = len(studio.pipeline.tokenizer)
    studio.adapters.load((), others)
    assert len(studio.pipeline.tokenizer) == size
    studio.adapters.load((), ("a <one> house", "a <three> house"))
    for text, found in zip(others, before, strict=True):
        assert same(studio.encode(text), found)
    for text, found in zip(("a <one> house", "a <three> house"), unknown, strict=True):
        assert not any(
            torch.allclose(a, b, atol=1e-3) for a, b in zip(studio.encode(text), found, strict=True)
        )


def test_an_embedding_is_put_in_with_all_its_vectors(studio: Studio, files: Path) -> None:
    vectors, pipeline = load_file(files / f"{studio.kind}-three.safetensors"), studio.pipeline
    studio.adapters.load((), ("a <three>",))
    first = "clip_l" if studio.kind is ModelKind.SDXL else "emb_params"
    parts = [(pipeline.tokenizer, pipeline.text_encoder, vectors[first])]
    if studio.kind is ModelKind.SDXL:
        parts.append((pipeline.tokenizer_2, pipeline.text_encoder_2, vectors["clip_g"]))
    for tokenizer, encoder, expected in parts:
        ids = tokenizer(pipeline.maybe_convert_prompt("a <three> house", tokenizer)).input_ids
        assert len(ids) == 1 + 1 + 3 + 1 + 1
        assert torch.equal(encoder.get_input_embeddings().weight[ids[2:5]], expected)


def test_what_follows_an_embedding_counts_for_the_whole_prompt(studio: Studio) -> None:
    for encoder in (studio.pipeline.text_encoder, getattr(studio.pipeline, "text_encoder_2", None)):
        if encoder is not None:
            getattr(encoder, "text_model", encoder).eos_token_id = 2  # as in the families' own configurations
    before = studio.encode("a red house")
    studio.adapters.load((), ("a <one>",))
    assert same(studio.encode("a red house"), before)
    house, boat = studio.encode("a <one> red house"), studio.encode("a <one> red boat")
    assert not any(torch.equal(one, other) for one, other in zip(house, boat, strict=True))


def test_a_trigger_in_capitals_brings_all_vectors(sd15: Studio) -> None:
    sd15.adapters.load((), ("A <THREE> House",))
    assert sd15.adapters.spelled("A <THREE> House <Thr>") == "A <three> House <Thr>"
    shouted = sd15.encode(sd15.adapters.spelled("A <THREE> House"))
    assert same(shouted, sd15.encode("a <three> house"))


def test_an_embedding_and_a_lora_act_together(studio: Studio) -> None:
    pictures = [
        studio.draw(*uses, prompt=f"a {word} house")
        for uses in ((), (AdapterUse("ink"),))
        for word in ("red", "<one>", "<three>")
    ]
    for i, one in enumerate(pictures):
        assert not any(torch.allclose(one, other, atol=1e-3) for other in pictures[:i])


@pytest.mark.parametrize("word", ["house", "the", "a", "red"])
def test_a_trigger_that_the_model_knows_already_is_refused(sd15: Studio, files: Path, word: str) -> None:
    sd15.add(embedding("known", files / "sd15-one.safetensors", trigger=word))
    before = sd15.encode(f"{word} of a house")
    with pytest.raises(
        AdapterError, match=f"The model knows the word {word} already; .* such as <my-{word}>"
    ):
        sd15.adapters.load((), (f"{word} of a house",))
    assert same(sd15.encode(f"{word} of a house"), before)


def test_triggers_that_run_into_each_other_are_refused(sd15: Studio, files: Path) -> None:
    sd15.sources.append(embedding("long", files / "sd15-three.safetensors", trigger="qwerty"))
    sd15.add(embedding("late", files / "sd15-one.safetensors", trigger="qwerty_2"))
    sd15.adapters.load((), ("a qwerty",))
    with pytest.raises(AdapterError, match="The model knows the word qwerty_2 already"):
        sd15.adapters.load((), ("a qwerty_2",))


def test_an_embedding_of_the_other_family_is_refused_and_leaves_nothing(studio: Studio, files: Path) -> None:
    other = next(kind for kind in ModelKind if kind is not studio.kind)
    studio.add(embedding("foreign", files / f"{other}-one.safetensors"))
    before = studio.encode("a <foreign> house")
    with pytest.raises(AdapterError, match=f"is no embedding for models of the family {studio.kind}"):
        studio.adapters.load((), ("a <foreign> house",))
    assert same(studio.encode("a <foreign> house"), before)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({"a": torch.ones(1, 17)}, "Its vectors have 17 numbers, those of a model of the family sd15 16"),
        ({"a": torch.ones(1, 16), "b": torch.ones(1, 16)}, "is no embedding for models"),
        ({"a": torch.ones(76, 16)}, "does not hold 1 to 75 vectors"),
        ({"a": torch.ones(0, 16)}, "does not hold 1 to 75 vectors"),
        ({"a": torch.tensor(1.0)}, "does not hold 1 to 75 vectors"),
        ({"a": torch.ones(2, 2, 16)}, "does not hold 1 to 75 vectors"),
        ({"a": torch.full((1, 16), torch.inf)}, "holds numbers that are not finite"),
        ({}, "is no embedding for models"),
    ],
)
def test_an_embedding_that_does_not_fit_is_refused(
    sd15: Studio, tmp_path: Path, tensors: dict[str, torch.Tensor], words: str
) -> None:
    save_file(tensors, tmp_path / "bad.safetensors")
    sd15.add(embedding("bad", tmp_path / "bad.safetensors"))
    size = len(sd15.pipeline.tokenizer)
    with pytest.raises(AdapterError, match=rf"The adapter bad cannot be used\. .*{words}"):
        sd15.adapters.load((), ("a <bad> house",))
    assert len(sd15.pipeline.tokenizer) == size


def test_an_xl_embedding_that_fits_one_encoder_only_changes_neither(
    models: Path, files: Path, tmp_path: Path
) -> None:
    studio = Studio(models, files, ModelKind.SDXL)
    save_file({"clip_l": torch.ones(1, 16), "clip_g": torch.ones(1, 25)}, tmp_path / "bad.safetensors")
    studio.add(embedding("bad", tmp_path / "bad.safetensors"))
    sizes = [len(studio.pipeline.tokenizer), len(studio.pipeline.tokenizer_2)]
    with pytest.raises(AdapterError, match="Its vectors have 25 numbers"):
        studio.adapters.load((), ("a <bad> house",))
    assert [len(studio.pipeline.tokenizer), len(studio.pipeline.tokenizer_2)] == sizes
