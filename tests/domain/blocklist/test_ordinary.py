"""Ordinary prompts are let through, also where a word that is none of them seems to hold a listed one."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.domain.blocklist import WordList
from tests.domain.blocklist.disguises import WORDS
from tests.domain.blocklist.ordinary import SHORT_WORDS, ordinary_prompts

_LISTED = [*WORDS, *SHORT_WORDS]
_MOST_REFUSED = 0.001
_SAID = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def test_hardly_any_ordinary_prompt_is_refused() -> None:
    check(ordinary_prompts(2000, seed=1))


@pytest.mark.long
def test_hardly_any_of_many_ordinary_prompts_is_refused() -> None:
    check(ordinary_prompts(10_000, seed=2))


def test_each_short_word_is_found_where_it_is_said() -> None:
    words = WordList(_LISTED)
    assert [
        word for word in SHORT_WORDS if (hit := words.find(f"a big {word}, oil")) is None or hit.word != word
    ] == []


def test_the_ordinary_prompts_differ_and_say_no_listed_word() -> None:
    prompts = ordinary_prompts(10_000, seed=2)
    assert len(set(prompts)) > 9_900
    inflected = {word + ending for word in _LISTED for ending in ("", "s", "es", "ed", "ing")}
    said = Counter(word for prompt in prompts for word in _SAID.findall(prompt.casefold()))
    assert inflected & said.keys() == set()
    held = [(word, prompt) for word in WORDS for prompt in prompts if word in prompt.casefold()]
    assert held == []
    assert [word for word in SHORT_WORDS if not any(word in each and word != each for each in said)] == []


def check(prompts: list[str]) -> None:
    words = WordList(_LISTED)
    hits = [(hit.word, hit.text, prompt) for prompt in prompts if (hit := words.find(prompt))]
    worst = Counter((word, text) for word, text, _ in hits).most_common(20)
    assert len(hits) <= len(prompts) * _MOST_REFUSED, (f"{len(hits)} were refused", worst, hits[:5])
