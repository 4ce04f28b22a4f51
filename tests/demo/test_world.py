"""The picture world: its facts, its pictures and its words."""

from __future__ import annotations

import random
from itertools import product

from engine.demo.draw import render
from engine.demo.tokens import LENGTH, build
from engine.demo.world import (
    COLOURS,
    SCENES,
    STYLES,
    THINGS,
    Style,
    Subject,
    Thing,
    caption,
    is_withheld,
    prompt,
    subjects,
    vocabulary,
)

EVERY = [Subject(*triple) for triple in product(THINGS, COLOURS, SCENES)]


def test_the_world_is_large_enough_and_a_tenth_of_it_is_withheld() -> None:
    assert len(THINGS) >= 10
    assert len(COLOURS) >= 10
    assert len(SCENES) >= 6
    assert len(STYLES) >= 3
    assert len(subjects(withheld=True)) * 10 == len(EVERY)
    assert not set(subjects(withheld=True)) & set(subjects(withheld=False))


def test_every_pair_of_facts_is_trained_although_some_triples_are_not() -> None:
    trained = subjects(withheld=False)
    assert len({(s.thing, s.colour) for s in trained}) == len(THINGS) * len(COLOURS)
    assert len({(s.colour, s.scene) for s in trained}) == len(COLOURS) * len(SCENES)
    assert len({(s.thing, s.scene) for s in trained}) == len(THINGS) * len(SCENES)


def test_a_picture_depends_on_its_seed_and_on_nothing_else() -> None:
    subject = subjects(withheld=False)[0]
    for style in STYLES:
        first, same, other = (render(subject, style, random.Random(seed)) for seed in (1, 1, 2))
        assert first.size == (128, 128)
        assert first.tobytes() == same.tobytes() != other.tobytes()


def test_every_subject_can_be_drawn_and_no_two_of_them_look_alike() -> None:
    pictures = {render(subject, Style.FLAT, random.Random(3)).tobytes() for subject in EVERY}
    assert len(pictures) == len(EVERY)


def test_a_prompt_is_plain_english() -> None:
    assert (
        prompt(next(s for s in EVERY if s.thing is Thing.UMBRELLA and s.colour == "orange"))
        == "an orange umbrella at night"
    )


def test_a_caption_without_a_style_word_means_flat() -> None:
    rng = random.Random(1)
    for style in (Style.OUTLINE, Style.PIXEL):
        captions = [caption(EVERY[0], style, rng) for _ in range(100)]
        assert all(any(word in text for word in ("outline", "comic", "pixel", "8-bit")) for text in captions)


def test_every_word_of_the_world_is_one_token_and_any_other_text_has_some() -> None:
    tokenizer = build()
    told = {word.strip(",") for text in vocabulary() for word in text.split()}
    facts = {*THINGS, *COLOURS, "night", "sunset", "snow", "beach", "forest", "city", "pixel", "outline"}
    assert facts <= told
    assert [word for word in facts if len(tokenizer(word).input_ids) != 3] == []
    for text in ("zürich 漢字", "🦊", "x" * 500):
        ids = tokenizer(text, padding="max_length", max_length=LENGTH, truncation=True).input_ids
        assert len(ids) == LENGTH
        assert max(ids) < len(tokenizer)


def test_the_readmes_own_example_is_trained() -> None:
    assert not is_withheld(Subject(Thing.HOUSE, COLOURS[0], SCENES[0]))
